//! What controllers make of objects: where the reason is found why one does not do well.

use crate::{ObjectKey, is_built_in_group};

/// A kind whose objects controllers make, all in version `v1`.
#[derive(Clone, Copy, Debug)]
pub struct MadeKind {
    pub group: &'static str,
    pub kind: &'static str,
    pub plural: &'static str,
    /// Kinds of which they are made.
    by: &'static [&'static str],
}

/// Each may also be made of one that follows.
pub const MADE_KINDS: [MadeKind; 3] = [
    MadeKind {
        group: "",
        kind: "Pod",
        plural: "pods",
        by: &[
            "Deployment",
            "ReplicaSet",
            "ReplicationController",
            "StatefulSet",
            "DaemonSet",
            "Job",
            "CronJob",
        ],
    },
    MadeKind { group: "apps", kind: "ReplicaSet", plural: "replicasets", by: &["Deployment"] },
    MadeKind { group: "batch", kind: "Job", plural: "jobs", by: &["CronJob"] },
];

impl MadeKind {
    /// Whether they may be made of this object. What becomes of custom kinds, nobody here knows.
    pub fn may_come_of(&self, key: &ObjectKey) -> bool {
        self.by.contains(&key.kind.as_str()) || !is_built_in_group(&key.group)
    }
}
