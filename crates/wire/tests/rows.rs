//! Every row survives its encoding, equal rows have equal bytes, and arbitrary bytes never panic.

mod arbitrary;

use arbitrary::{decisions, declared, documents, reports};
use bytes::Bytes;
use proptest::prelude::*;

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn resources_survive(resource in declared::resource()) {
        let row = wire::encode_resource(&resource);
        prop_assert_eq!(wire::decode_resource(&row).unwrap(), resource.clone());
        prop_assert_eq!(wire::encode_resource(&resource), row);
    }

    #[test]
    fn decisions_survive(decision in decisions::decision(), trace in ".{0,9}") {
        let row = wire::encode_decision(&decision, &trace);
        prop_assert_eq!(wire::decode_decision(&row).unwrap(), (decision, trace));
    }

    #[test]
    fn rollouts_survive(rollout in decisions::rollout()) {
        prop_assert_eq!(wire::decode_rollout(&wire::encode_rollout(&rollout)).unwrap(), rollout);
    }

    #[test]
    fn releases_survive(release in documents::release()) {
        prop_assert_eq!(wire::decode_release(&wire::encode_release(&release)).unwrap(), release);
    }

    #[test]
    fn bundles_survive(bundle in documents::bundle()) {
        prop_assert_eq!(wire::decode_bundle(&wire::encode_bundle(&bundle)).unwrap(), bundle);
    }

    #[test]
    fn documents_survive(desired in documents::desired(), trace in arbitrary::trace()) {
        let row = wire::encode_desired(&desired, &trace);
        prop_assert_eq!(wire::decode_desired(&row).unwrap(), (desired, trace));
    }

    #[test]
    fn reports_survive(status in reports::status(), trace in arbitrary::trace()) {
        let row = wire::encode_status(&status, &trace);
        prop_assert_eq!(wire::decode_status(&row).unwrap(), (status, trace));
    }

    #[test]
    fn heartbeats_survive(heartbeat in reports::heartbeat()) {
        prop_assert_eq!(wire::decode_heartbeat(&wire::encode_heartbeat(&heartbeat)).unwrap(), heartbeat);
    }

    #[test]
    fn partials_survive(partial in reports::partial(), trace in ".{0,9}") {
        let row = wire::encode_partial(&partial, &trace);
        prop_assert_eq!(wire::decode_partial(&row).unwrap(), (partial, trace));
    }

    #[test]
    fn summaries_survive(summary in reports::summary(), trace in ".{0,9}") {
        let row = wire::encode_summary(&summary, &trace);
        prop_assert_eq!(wire::decode_summary(&row).unwrap(), (summary, trace));
    }

    #[test]
    fn presence_survives(presence in reports::presence()) {
        prop_assert_eq!(wire::decode_presence(&wire::encode_presence(&presence)).unwrap(), presence);
    }

    #[test]
    fn progress_survives(progress in reports::progress()) {
        prop_assert_eq!(wire::decode_progress(&wire::encode_progress(&progress)).unwrap(), progress);
    }

    #[test]
    fn rows_about_rows_survive(
        lease in decisions::lease(),
        member in decisions::member(),
        complete in decisions::complete(),
        epoch in decisions::epoch(),
    ) {
        prop_assert_eq!(wire::decode_lease(&wire::encode_lease(&lease)).unwrap(), lease);
        prop_assert_eq!(wire::decode_member(&wire::encode_member(&member)).unwrap(), member);
        prop_assert_eq!(wire::decode_complete(&wire::encode_complete(&complete)).unwrap(), complete);
        prop_assert_eq!(wire::decode_epoch(&wire::encode_epoch(&epoch)).unwrap(), epoch);
    }
}

/// Everything that can be decoded, from the same bytes.
fn decode_all(bytes: &[u8]) -> usize {
    let shared = Bytes::copy_from_slice(bytes);
    [
        wire::decode_resource(bytes).is_ok(),
        wire::decode_row(bytes).is_ok(),
        wire::decode_decision(bytes).is_ok(),
        wire::decode_rollout(bytes).is_ok(),
        wire::decode_release(bytes).is_ok(),
        wire::decode_bundle(&shared).is_ok(),
        wire::decode_desired(&shared).is_ok(),
        wire::decode_status(bytes).is_ok(),
        wire::decode_heartbeat(bytes).is_ok(),
        wire::decode_partial(bytes).is_ok(),
        wire::decode_summary(bytes).is_ok(),
        wire::decode_presence(bytes).is_ok(),
        wire::decode_progress(bytes).is_ok(),
        wire::decode_lease(bytes).is_ok(),
        wire::decode_member(bytes).is_ok(),
        wire::decode_complete(bytes).is_ok(),
        wire::decode_epoch(bytes).is_ok(),
        wire::content::chunk_count(bytes).is_ok(),
    ]
    .into_iter()
    .filter(|&ok| ok)
    .count()
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in bytes()) {
        decode_all(&bytes);
    }

    /// Bytes that are nearly right reach deeper than arbitrary ones.
    #[test]
    fn a_damaged_row_never_panics(
        resource in declared::resource(), decision in decisions::decision(), desired in documents::desired(),
        at in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        let rows = [
            wire::encode_resource(&resource),
            wire::encode_decision(&decision, ""),
            wire::encode_desired(&desired, ""),
        ];
        for row in rows.iter().filter(|row| !row.is_empty()) {
            let mut row = row.to_vec();
            let at = at.index(row.len());
            row[at] = byte;
            decode_all(&row);
        }
    }
}

#[test]
fn a_large_manifest_is_named_by_digest_and_resolves() {
    let resource = declared::config_map(wire::LARGE_MANIFEST);
    let row = wire::encode_row(&resource);
    let (digest, content) = row.content.unwrap();
    assert!(row.bytes.len() < 1000);
    assert!(matches!(wire::decode_resource(&row.bytes), Err(wire::Error::Elsewhere(d)) if d == digest));
    let wire::Stored::Large(large) = wire::decode_row(&row.bytes).unwrap() else { panic!("not large") };
    assert_eq!(large.resolve(&content).unwrap(), resource);
}

#[test]
fn a_small_manifest_stays_in_its_row() {
    let row = wire::encode_row(&declared::config_map(10));
    assert!(row.content.is_none());
}
