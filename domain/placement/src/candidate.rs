//! The release that a placement wants now, or why there is none.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Digest, HealthRuleSpec, NamedTransform, ObjectKey, PlacementSpec, Release, ReleaseObject};

use crate::space::{Space, Stored};

/// What became of the objects, transforms, health rules and policy of a placement.
#[derive(Clone, Debug)]
pub(crate) enum Candidate {
    Ready(Ready),
    /// Transforms that it lists and that are not there: the release before stays.
    Missing(Vec<String>),
}

/// A release with its name and the bytes that give it.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    pub digest: Digest,
    pub bytes: Arc<[u8]>,
    /// What it names, by source digest.
    pub sources: Vec<(Digest, ObjectKey)>,
}

impl Candidate {
    /// The release of a placement of `space`.
    pub fn of(space: &Space, placement: &str, spec: &PlacementSpec, encode: fn(&Release) -> Vec<u8>) -> Self {
        let missing = |name: &&String| space.transform(name).is_none();
        let missing: Vec<String> = spec.transforms.iter().filter(missing).cloned().collect();
        if !missing.is_empty() {
            return Self::Missing(missing);
        }
        let taken: Vec<&Stored> = space.taken(placement).collect();
        let release = release(space, spec, &taken);
        let bytes = encode(&release);
        let sources = taken.iter().map(|stored| (stored.source, stored.object.key.clone())).collect();
        Self::Ready(Ready { digest: Digest::of(&bytes), bytes: bytes.into(), sources })
    }
}

fn release(space: &Space, spec: &PlacementSpec, taken: &[&Stored]) -> Release {
    Release {
        objects: taken.iter().map(|stored| release_object(stored)).collect(),
        transforms: transforms(space, spec, taken),
        priority: spec.priority,
        deletion: spec.deletion,
        conflict: spec.conflict,
        adopt: spec.adopt,
        ignore: spec.ignore.clone(),
        depends_on: spec.depends_on.clone(),
        health: health_rules(space, taken),
    }
}

fn release_object(stored: &Stored) -> ReleaseObject {
    ReleaseObject {
        key: stored.object.key.clone(),
        version: stored.object.version.clone(),
        source: stored.source,
        create_only: stored.create_only(),
    }
}

/// Listed ones in their order, then those bound by `match` alone. Of the latter only those that match something here:
/// a change of another would be a rollout in which nothing changes.
fn transforms(space: &Space, spec: &PlacementSpec, taken: &[&Stored]) -> Vec<NamedTransform> {
    let listed = spec.transforms.iter().filter_map(|name| Some((name, space.transform(name)?)));
    let bound = space.unlisted_transforms().filter(|(_, transform)| {
        let clause = transform.match_.as_ref();
        clause.is_some_and(|clause| taken.iter().any(|stored| space.matches(clause, &stored.object)))
    });
    let named = |(name, spec): (&String, &_)| NamedTransform { name: name.clone(), spec: Clone::clone(spec) };
    listed.chain(bound).map(named).collect()
}

/// Those that decide about an object here, by name: a change of another is none for this placement.
fn health_rules(space: &Space, taken: &[&Stored]) -> Vec<HealthRuleSpec> {
    let deciding: BTreeMap<_, _> =
        taken.iter().filter_map(|stored| space.health_rule(&stored.object)).collect();
    deciding.into_values().cloned().collect()
}
