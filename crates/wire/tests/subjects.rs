//! Subjects: each key has one, and it reads back.

use model::{Digest, PlacementKey, ResourceKey};
use proptest::prelude::*;
use wire::{Key, Stream};

fn placement() -> impl Strategy<Value = PlacementKey> {
    (".{0,8}", ".{0,8}").prop_map(|(space, name)| PlacementKey { space, name })
}

fn stream() -> impl Strategy<Value = Stream> {
    prop_oneof![
        Just(Stream::Intent),
        Just(Stream::Locations),
        Just(Stream::Release),
        Just(Stream::Decision),
        Just(Stream::Blob),
        Just(Stream::Partial),
        Just(Stream::Summary),
        ".{0,8}".prop_map(Stream::Desired),
        ".{0,8}".prop_map(Stream::Status),
    ]
}

fn resource() -> impl Strategy<Value = ResourceKey> {
    (".{0,8}", "[a-z.]{0,8}", ".{0,8}", ".{0,8}", ".{0,8}").prop_map(
        |(space, group, kind, namespace, name)| {
            // The core group is spelled `core`, which is no group of Kubernetes.
            let group = if group == "core" { String::new() } else { group };
            ResourceKey { space, group, kind, namespace, name }
        },
    )
}

fn truth() -> impl Strategy<Value = Key> {
    prop_oneof![
        resource().prop_map(Key::Intent),
        ".{0,8}".prop_map(Key::Location),
        ".{0,8}".prop_map(Key::Region),
        (any::<[u8; 32]>(), any::<u32>()).prop_map(|(d, chunk)| Key::Release { digest: Digest(d), chunk }),
        (any::<[u8; 32]>(), any::<u32>()).prop_map(|(d, chunk)| Key::Blob { digest: Digest(d), chunk }),
        (".{0,8}", any::<u32>(), placement()).prop_map(|(region, bucket, placement)| Key::Decision {
            region,
            bucket,
            placement
        }),
        placement().prop_map(Key::Rollout),
        Just(Key::Epoch),
        (stream(), ".{0,8}").prop_map(|(stream, unit)| Key::Complete { stream, unit }),
        (stream(), ".{0,8}").prop_map(|(stream, unit)| Key::Lease { stream, unit }),
        (stream(), ".{0,8}").prop_map(|(stream, holder)| Key::Member { stream, holder }),
    ]
}

fn derived() -> impl Strategy<Value = Key> {
    let at = (".{0,8}", ".{0,8}");
    prop_oneof![
        at.prop_map(|(region, location)| Key::Desired { region, location }),
        at.prop_map(|(region, location)| Key::Alive { region, location }),
        at.prop_map(|(region, location)| Key::Ask { region, location }),
        at.prop_map(|(region, location)| Key::Down { region, location }),
        (".{0,8}", ".{0,8}", placement()).prop_map(|(region, location, placement)| Key::Status {
            region,
            location,
            placement
        }),
        (".{0,8}", any::<u32>()).prop_map(|(region, bucket)| Key::Presence { region, bucket }),
        (".{0,8}", any::<u32>(), placement()).prop_map(|(region, bucket, placement)| Key::Progress {
            region,
            bucket,
            placement
        }),
        (".{0,8}", ".{0,8}", placement()).prop_map(|(parent, child, placement)| Key::Partial {
            parent,
            child,
            placement
        }),
        placement().prop_map(Key::Summary),
        ".{0,8}".prop_map(|region| Key::Query { region }),
    ]
}

proptest! {
    #[test]
    fn every_key_reads_back_from_its_subject(key in prop_oneof![truth(), derived()]) {
        prop_assert_eq!(Key::parse(&key.subject()).unwrap(), key);
    }

    #[test]
    fn a_subject_that_parses_is_the_subject_of_what_it_parses_to(
        subject in r"(trib\.v1|\$KV)\.(intent|locations|lease|decision|blob|rollout|status)(\.[a-z0-9=_]{0,4}){0,6}"
    ) {
        if let Ok(key) = Key::parse(&subject) {
            prop_assert_eq!(key.subject(), subject);
        }
    }

    #[test]
    fn every_stream_reads_back_from_its_name(stream in stream()) {
        prop_assert_eq!(Stream::from_name(&stream.name()), Some(stream));
    }

    #[test]
    fn subjects_hold_no_wildcard_and_no_space(key in prop_oneof![truth(), derived()]) {
        prop_assert!(!key.subject().contains([' ', '*', '>', '\t', '\r', '\n']));
    }
}

#[test]
fn subjects_are_those_of_the_design() {
    let placement = PlacementKey { space: "default".into(), name: "shop".into() };
    let cases = [
        (Key::Location("fra-1".into()), "$KV.locations.fra-1"),
        (Key::Region("eu".into()), "$KV.locations.region.eu"),
        (Key::Lease { stream: Stream::Desired("eu".into()), unit: "0".into() }, "trib.v1.lease.desired-eu.0"),
        (
            Key::Partial { parent: String::new(), child: "eu".into(), placement: placement.clone() },
            "trib.v1.partial._.eu.default.shop._placement",
        ),
        (Key::Decision { region: "eu".into(), bucket: 3, placement }, "trib.v1.decision.eu.3.default.shop"),
    ];
    for (key, subject) in cases {
        assert_eq!(key.subject(), subject);
    }
}

#[test]
fn an_intent_subject_spells_the_core_group_and_escapes_upper_case() {
    let key = ResourceKey {
        space: "default".into(),
        kind: "ConfigMap".into(),
        namespace: "shop".into(),
        name: "a.b".into(),
        ..ResourceKey::default()
    };
    assert_eq!(Key::Intent(key).subject(), "$KV.intent.default.core.=43onfig=4Dap.shop.a=2Eb");
}
