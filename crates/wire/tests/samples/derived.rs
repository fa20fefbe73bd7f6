//! What services and agents write.

use std::sync::Arc;

use bytes::Bytes;
use model::{
    Adopt, Bundle, BundleObject, Conflict, Connection, Counts, Decision, DecisionGroup, Deletion, Desired,
    DesiredPlacement, Digest, Heartbeat, IgnoreWhen, IgnoredPath, LocationPresence, NamedTransform,
    ObjectKey, ObjectStatus, Order, Own, Partial, Phase, PhaseCounts, Presence, Problem, Progress,
    ProgressGroup, Release, ReleaseObject, Rendered, ReportOrder, Rollout, RolloutStep, Status, Summary,
};
use wire::{Key, content};

use super::{TRACE, at, declared, digest, placement};

/// As the gateway makes them; others are possible.
const UID: &str = "3f0c9a52-1d7e-4c1b-a0e5-9b1f6a2c4d80";

pub fn rows() -> Vec<(&'static str, Key, Bytes)> {
    let (region, location) = at();
    let mut rows = vec![
        (
            "decision",
            Key::Decision { region: region.clone(), bucket: 1, placement: placement() },
            wire::encode_decision(&decision(), TRACE),
        ),
        ("rollout", Key::Rollout(placement()), wire::encode_rollout(&rollout())),
        (
            "desired",
            Key::Desired { region: region.clone(), location: location.clone() },
            wire::encode_desired(&desired(), TRACE),
        ),
        (
            "status",
            Key::Status { region: region.clone(), location: location.clone(), placement: placement() },
            wire::encode_status(&status(), TRACE),
        ),
        ("alive", Key::Alive { region, location }, wire::encode_heartbeat(&heartbeat())),
    ];
    rows.extend(reduced());
    rows.extend(contents());
    rows
}

fn reduced() -> Vec<(&'static str, Key, Bytes)> {
    let (region, location) = at();
    let child = Key::Partial { parent: String::new(), child: region.clone(), placement: placement() };
    let summary = Summary { partial: partial(), total: counts(), as_of_time: 7, behind: vec!["us".into()] };
    let known = LocationPresence {
        last_seen: 1_790_000_040,
        connection: Connection::Online,
        agent_version: "0.1.0".into(),
        order: order(),
        period_ms: 60_000,
    };
    let presence = Presence { locations: [(location, known)].into() };
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let progress = Progress {
        placement_uid: "3f0c9a52".into(),
        groups: vec![ProgressGroup {
            rollout: 2,
            updated: names(&["fra-1", "fra-2", "fra-3"]),
            healthy: names(&["fra-1"]),
            degraded: names(&["fra-2"]),
            failed: names(&["fra-3"]),
        }],
    };
    let of_progress = Key::Progress { region: region.clone(), bucket: 0, placement: placement() };
    vec![
        ("partial", child, wire::encode_partial(&partial(), TRACE)),
        ("summary", Key::Summary(placement()), wire::encode_summary(&summary, TRACE)),
        ("presence", Key::Presence { region, bucket: 0 }, wire::encode_presence(&presence)),
        ("progress", of_progress, wire::encode_progress(&progress)),
    ]
}

fn contents() -> Vec<(&'static str, Key, Bytes)> {
    let release = wire::encode_release(&release());
    let template = Some(wire::encode_bundle(&bundle()));
    let blob = wire::encode_bundle(&Bundle { template, ..bundle() });
    let manifest = br#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}"#;
    let single = |bytes: &[u8]| content::chunk(bytes).remove(0);
    let key = |bytes: &[u8]| (Digest::of(bytes), 0);
    let of_release = |(digest, chunk)| Key::Release { digest, chunk };
    let of_blob = |(digest, chunk)| Key::Blob { digest, chunk };
    vec![
        ("release", of_release(key(&release)), single(&release)),
        ("release-manifest", of_release(key(manifest)), single(manifest)),
        ("blob-bundle", of_blob(key(&blob)), single(&blob)),
    ]
}

fn decision() -> Decision {
    let group = |release, arriving_from: &[&str], locations: &[&str]| DecisionGroup {
        release: digest(release),
        rollout: 2,
        wave: 1,
        arriving_from: arriving_from.iter().map(|&name| name.to_owned()).collect(),
        former: Some(digest(3)),
        locations: locations.iter().map(|&name| name.to_owned()).collect(),
    };
    Decision {
        placement_uid: "3f0c9a52".into(),
        placement_create_time: 1_790_000_000_000,
        bucket_bits: 1,
        groups: vec![group(1, &[], &["fra-1", "fra-10", "muc-3"]), group(2, &["us"], &["ber-1"])],
    }
}

fn problem() -> Problem {
    Problem {
        location: "fra-1".into(),
        object: "Deployment.apps shop/cart".into(),
        reason: "ImagePullBackOff".into(),
        message: "no such tag".into(),
    }
}

fn rollout() -> Rollout {
    Rollout {
        placement_uid: "3f0c9a52".into(),
        generation: 3,
        number: 2,
        release: digest(1),
        object_count: 4,
        location_count: 3,
        problems: vec![problem()],
        history: vec![RolloutStep {
            number: 2,
            release: digest(1),
            time: 1_790_000_000_000,
            reason: "workload changed".into(),
        }],
        withdrawn: true,
        progress: Some(super::rollouts::progress()),
    }
}

fn object(name: &str) -> ObjectKey {
    ObjectKey { group: "apps".into(), kind: "Deployment".into(), namespace: "shop".into(), name: name.into() }
}

fn release() -> Release {
    Release {
        objects: vec![ReleaseObject {
            key: object("cart"),
            version: "v1".into(),
            source: digest(5),
            create_only: true,
        }],
        transforms: vec![NamedTransform { name: "replicas".into(), spec: declared::transform() }],
        priority: 7,
        deletion: Deletion::Delete,
        conflict: Conflict::Force,
        adopt: Adopt::Never,
        ignore: Vec::new(),
        health: vec![declared::health_rule()],
    }
}

fn bundle() -> Bundle {
    let object = |name, content| BundleObject {
        key: object(name).into(),
        version: "v1".into(),
        content,
        create_only: false,
        ignore: Arc::from([IgnoredPath { path: "$.spec.replicas".into(), when: IgnoreWhen::OnUpdate }]),
        health: Arc::from([declared::health_check()]),
    };
    let manifest = bytes::Bytes::from_static(br#"{"kind":"Deployment"}"#);
    Bundle {
        objects: vec![
            object("cart", Rendered::Inline(manifest)),
            object("checkout", Rendered::Blob(digest(6))),
            object("stock", Rendered::Withheld("no property n at $.spec.replicas".into())),
        ],
        template: None,
    }
}

fn order() -> Order {
    Order { epoch: 4, revision: 9 }
}

fn desired() -> Desired {
    let entry = |name: &str, own| DesiredPlacement {
        placement_uid: "3f0c9a52".into(),
        placement: model::PlacementKey { space: "default".into(), name: name.into() },
        rollout: 2,
        priority: -1,
        create_time: 1_790_000_000_000,
        shared: Some(digest(7)),
        own,
        deletion: Deletion::Delete,
        conflict: Conflict::Report,
        adopt: Adopt::IfNoDiff,
        patch: None,
    };
    let framed = DesiredPlacement {
        placement_uid: UID.into(),
        patch: Some(model::Patch { base: digest(6), data: Bytes::from_static(b"a patch") }.into()),
        ..entry("stock", Own::Framed(Bytes::from_static(b"a frame")))
    };
    Desired {
        order: order(),
        placements: vec![entry("shop", Own::Inline(bundle())), framed, entry("tools", Own::Blob(digest(8)))],
        moved_to_region: Some("us".into()),
    }
}

fn status() -> Status {
    Status {
        report: ReportOrder { boot: 3, seq: 12 },
        placement_uid: UID.into(),
        rollout: 2,
        order: order(),
        phases: PhaseCounts { healthy: 3, failed: 1, ..PhaseCounts::default() },
        unhealthy: vec![ObjectStatus {
            object: "Deployment.apps shop/cart".into(),
            phase: Phase::Failed,
            reason: "ImagePullBackOff".into(),
            message: "no such tag: \"v9\"".into(),
        }],
        withdrawn: true,
        fetch_us: 800,
        apply_us: 12_000,
        received_time: 1_790_000_000_500,
        report_us: 21_000,
        drift_corrected: 2,
    }
}

fn heartbeat() -> Heartbeat {
    Heartbeat {
        boot: 3,
        status_digest: digest(9),
        order: order(),
        agent_version: "0.1.0".into(),
        period_ms: 60_000,
    }
}

fn counts() -> Counts {
    Counts {
        expected: 10,
        reported: 8,
        updated: 7,
        healthy: 4,
        progressing: 1,
        degraded: 1,
        failed: 1,
        stale: 1,
        missing: 2,
        offline: 1,
    }
}

fn partial() -> Partial {
    Partial {
        placement_uid: "3f0c9a52".into(),
        rollout: 2,
        watermark: [("eu".to_owned(), 900)].into(),
        regions: [("eu".to_owned(), counts())].into(),
        problems: vec![problem()],
        reasons: [("ImagePullBackOff".to_owned(), 1)].into(),
        withdrawing: 1,
    }
}
