use model::{
    Bundle, BundleObject, Desired, DesiredPlacement, IgnoredPath, NamedTransform, ObjectKey, Own, Patch,
    PlacementKey, Release, ReleaseObject, Rendered,
};
use proptest::{collection, option, prelude::*};

use super::{
    declared::{health_check, health_rule, ignore, ignore_when, policies, transform},
    digest, name, order, uid,
};

fn key() -> impl Strategy<Value = ObjectKey> {
    (".{0,6}", name(), ".{0,6}", name()).prop_map(|(group, kind, namespace, name)| ObjectKey {
        group,
        kind,
        namespace,
        name,
    })
}

pub fn release() -> impl Strategy<Value = Release> {
    let object = (key(), ".{0,6}", digest(), any::<bool>())
        .prop_map(|(key, version, source, create_only)| ReleaseObject { key, version, source, create_only });
    let transform = (".{0,6}", transform()).prop_map(|(name, spec)| NamedTransform { name, spec });
    let rules = (ignore(), collection::vec(health_rule(), 0..2));
    (collection::vec(object, 0..3), collection::vec(transform, 0..3), policies(), rules).prop_map(
        |(objects, transforms, (priority, deletion, conflict, adopt, depends_on), (ignore, health))| {
            Release { objects, transforms, priority, deletion, conflict, adopt, ignore, depends_on, health }
        },
    )
}

pub fn bundle() -> impl Strategy<Value = Bundle> {
    let content = prop_oneof![
        collection::vec(any::<u8>(), 0..9).prop_map(|bytes| Rendered::Inline(bytes.into())),
        digest().prop_map(Rendered::Blob),
        ".{0,6}".prop_map(Rendered::Withheld),
    ];
    let object =
        (key(), ".{0,6}", content, any::<bool>(), (ignored(), collection::vec(health_check(), 0..3)))
            .prop_map(|(key, version, content, create_only, (ignore, health))| BundleObject {
                key: key.into(),
                version,
                content,
                create_only,
                ignore: ignore.into(),
                health: health.into(),
            });
    let template = option::of(collection::vec(any::<u8>(), 1..9).prop_map(Into::into));
    (collection::vec(object, 0..3), template).prop_map(|(objects, template)| Bundle { objects, template })
}

fn ignored() -> impl Strategy<Value = Vec<IgnoredPath>> {
    let path = (".{1,6}", ignore_when()).prop_map(|(path, when)| IgnoredPath { path, when });
    collection::vec(path, 0..3)
}

fn entry() -> impl Strategy<Value = DesiredPlacement> {
    let frame = collection::vec(any::<u8>(), 0..9).prop_map(|frame| Own::Framed(frame.into()));
    let own =
        prop_oneof![Just(Own::None), bundle().prop_map(Own::Inline), frame, digest().prop_map(Own::Blob)];
    let shared = (option::of(digest()), option::of(patch()));
    (uid(), ".{0,6}", name(), any::<u64>(), any::<u64>(), shared, own, policies()).prop_map(
        |(placement_uid, space, name, rollout, create_time, (shared, patch), own, policies)| {
            let (priority, deletion, conflict, adopt, depends_on) = policies;
            DesiredPlacement {
                placement_uid,
                placement: PlacementKey { space, name },
                rollout,
                priority,
                create_time,
                shared,
                own,
                deletion,
                conflict,
                adopt,
                depends_on,
                patch: patch.map(Into::into),
            }
        },
    )
}

fn patch() -> impl Strategy<Value = Patch> {
    let data = collection::vec(any::<u8>(), 0..9);
    (digest(), data).prop_map(|(base, data)| Patch { base, data: data.into() })
}

pub fn desired() -> impl Strategy<Value = Desired> {
    (order(), collection::vec(entry(), 0..3), option::of(name()))
        .prop_map(|(order, placements, moved_to_region)| Desired { order, placements, moved_to_region })
}
