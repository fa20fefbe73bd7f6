//! What a placement is to have everywhere, under which rollout number; decided on the release wanted now and on what is
//! stored. Nothing else is remembered, so that another replica, or the next process, goes on with the same number.

use model::{Digest, Problem, Rollout, RolloutStep};

use crate::rows::Rows;

/// Steps kept in a rollout's history.
pub(crate) const MAX_HISTORY: usize = 20;

/// What all rows of a placement are to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub uid: String,
    pub generation: u64,
    pub create_time: u64,
    pub number: u64,
    /// `None`: nothing anywhere. Either it is withdrawn, or it never had a release.
    pub release: Option<Digest>,
    /// The placement is deleted.
    pub withdrawn: bool,
}

/// The newest that is stored of a placement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Latest {
    pub uid: String,
    pub number: u64,
    pub release: Digest,
    withdrawn: bool,
}

impl Latest {
    /// By rollout number. Rows may be ahead of the rollout: after a change that took several batches and was cut off.
    pub fn of(rollout: Option<&Rollout>, rows: &Rows) -> Option<Self> {
        let from_rows = rows.iter().flat_map(|(_, _, row)| row.groups.iter().map(move |group| (row, group)));
        let ahead = from_rows.max_by_key(|(_, group)| group.rollout);
        let ahead = ahead.map(|(row, group)| Self {
            uid: row.uid.clone(),
            number: group.rollout,
            release: group.release,
            withdrawn: false,
        });
        let told = rollout.map(|rollout| Self {
            uid: rollout.placement_uid.clone(),
            number: rollout.number.max(rollout.progress.as_ref().map_or(0, |progress| progress.last)),
            release: rollout.release,
            withdrawn: rollout.withdrawn,
        });
        match (told, ahead) {
            (Some(told), Some(ahead)) => Some(if ahead.number > told.number { ahead } else { told }),
            (told, ahead) => told.or(ahead),
        }
    }

    /// Whether it is the state of the placement with this uid, and not of one that had its name before.
    fn is_of(&self, uid: &str) -> bool {
        self.uid == uid && !self.withdrawn
    }

    /// The release that stays while the placement cannot have the one it wants.
    pub fn kept(&self, uid: &str) -> Option<Digest> {
        (self.is_of(uid) && self.number > 0 && self.release != Digest::default()).then_some(self.release)
    }

    /// The number under which a release goes out: every change raises it, going back included, and so does a new
    /// placement of an old name.
    pub fn number(&self, uid: &str, release: Digest) -> u64 {
        if self.is_of(uid) && self.release == release && self.number > 0 {
            self.number
        } else {
            self.number + 1
        }
    }
}

/// The rollout row of a placement that is there.
pub(crate) fn row(
    target: &Target,
    before: Option<&Rollout>,
    objects: u32,
    locations: u64,
    problems: Vec<Problem>,
    now_ms: u64,
) -> Rollout {
    let mut row = Rollout {
        placement_uid: target.uid.clone(),
        generation: target.generation,
        number: target.number,
        release: target.release.unwrap_or_default(),
        object_count: objects,
        location_count: locations,
        problems,
        history: before.map(|before| before.history.clone()).unwrap_or_default(),
        withdrawn: false,
        progress: None,
    };
    if target.release.is_some() && before.is_none_or(|before| before.number != target.number) {
        let reason = reason(target, before);
        let release = row.release;
        row.history.push(RolloutStep { number: target.number, release, time: now_ms, reason });
        let surplus = row.history.len().saturating_sub(MAX_HISTORY);
        row.history.drain(..surplus);
    }
    row
}

/// The rollout row of a placement that is deleted: what it last was, and that it is withdrawn.
pub(crate) fn withdrawn_row(target: &Target, before: Option<&Rollout>) -> Rollout {
    Rollout {
        placement_uid: target.uid.clone(),
        number: target.number,
        location_count: 0,
        problems: Vec::new(),
        withdrawn: true,
        ..before.cloned().unwrap_or_default()
    }
}

fn reason(target: &Target, before: Option<&Rollout>) -> String {
    let Some(before) = before.filter(|before| before.number > 0) else {
        return "placement created".to_owned();
    };
    if before.placement_uid != target.uid || before.withdrawn {
        return "placement created again".to_owned();
    }
    let same = |step: &&RolloutStep| Some(step.release) == target.release;
    match before.history.iter().rev().find(same) {
        Some(step) => format!("back to the release of rollout {}", step.number),
        None => "objects, transforms, health rules or policy changed".to_owned(),
    }
}
