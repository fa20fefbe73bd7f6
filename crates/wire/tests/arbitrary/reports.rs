use model::{
    Connection, Counts, Heartbeat, LocationPresence, ObjectStatus, Partial, Phase, PhaseCounts, Presence,
    Progress, ProgressGroup, ReportOrder, Status, Summary,
};
use proptest::{array, collection, prelude::*, sample::select};

use super::{digest, name, numbers, order, problem, uid};

fn object_status() -> impl Strategy<Value = ObjectStatus> {
    let phase = select(vec![
        Phase::Healthy,
        Phase::Orphaned,
        Phase::Applied,
        Phase::Pending,
        Phase::Progressing,
        Phase::Degraded,
        Phase::Conflict,
        Phase::Failed,
    ]);
    (".{0,6}", phase, ".{0,6}", ".{0,6}").prop_map(|(object, phase, reason, message)| ObjectStatus {
        object,
        phase,
        reason,
        message,
    })
}

fn phases() -> impl Strategy<Value = PhaseCounts> {
    array::uniform8(0u32..100_000).prop_map(
        |[pending, applied, progressing, healthy, degraded, failed, conflict, orphaned]| PhaseCounts {
            pending,
            applied,
            progressing,
            healthy,
            degraded,
            failed,
            conflict,
            orphaned,
        },
    )
}

pub fn status() -> impl Strategy<Value = Status> {
    let numbers = (any::<u64>(), any::<u64>(), any::<u64>(), any::<u64>(), any::<u64>());
    let spans = (any::<u32>(), any::<u32>(), any::<u64>(), any::<bool>());
    (numbers, spans, uid(), order(), phases(), collection::vec(object_status(), 0..3)).prop_map(
        |(
            (boot, seq, rollout, received_time, drift_corrected),
            spans,
            placement_uid,
            order,
            phases,
            unhealthy,
        )| {
            let (fetch_us, apply_us, report_us, withdrawn) = spans;
            Status {
                report: ReportOrder { boot, seq },
                placement_uid,
                rollout,
                order,
                phases,
                unhealthy,
                withdrawn,
                fetch_us,
                apply_us,
                report_us,
                received_time,
                drift_corrected,
            }
        },
    )
}

pub fn heartbeat() -> impl Strategy<Value = Heartbeat> {
    (any::<u64>(), digest(), order(), ".{0,6}", any::<u32>()).prop_map(
        |(boot, status_digest, order, agent_version, period_ms)| Heartbeat {
            boot,
            status_digest,
            order,
            agent_version,
            period_ms,
        },
    )
}

fn counts() -> impl Strategy<Value = Counts> {
    array::uniform10(any::<u64>()).prop_map(
        |[expected, reported, updated, healthy, progressing, degraded, failed, stale, missing, offline]| {
            Counts {
                expected,
                reported,
                updated,
                healthy,
                progressing,
                degraded,
                failed,
                stale,
                missing,
                offline,
            }
        },
    )
}

pub fn partial() -> impl Strategy<Value = Partial> {
    let regions = collection::btree_map(name(), counts(), 0..3);
    let lists = (regions, collection::vec(problem(), 0..3), numbers());
    (".{0,6}", any::<u64>(), numbers(), lists, any::<u64>()).prop_map(
        |(placement_uid, rollout, watermark, (regions, problems, reasons), withdrawing)| Partial {
            placement_uid,
            rollout,
            watermark,
            regions,
            problems,
            reasons,
            withdrawing,
        },
    )
}

pub fn summary() -> impl Strategy<Value = Summary> {
    (partial(), counts(), any::<u64>(), collection::vec(name(), 0..3))
        .prop_map(|(partial, total, as_of_time, behind)| Summary { partial, total, as_of_time, behind })
}

pub fn presence() -> impl Strategy<Value = Presence> {
    let connection = select(vec![Connection::NeverSeen, Connection::Online, Connection::Offline]);
    let location = (any::<u64>(), connection, ".{0,6}", order(), any::<u32>()).prop_map(
        |(last_seen, connection, agent_version, order, period_ms)| LocationPresence {
            last_seen,
            connection,
            agent_version,
            order,
            period_ms,
        },
    );
    collection::btree_map(name(), location, 0..4).prop_map(|locations| Presence { locations })
}

pub fn progress() -> impl Strategy<Value = Progress> {
    let names = || collection::btree_set(name(), 0..4).prop_map(|names| names.into_iter().collect());
    let group = (any::<u64>(), names(), names(), names(), names()).prop_map(
        |(rollout, updated, healthy, degraded, failed)| ProgressGroup {
            rollout,
            updated,
            healthy,
            degraded,
            failed,
        },
    );
    (name(), collection::vec(group, 0..3))
        .prop_map(|(placement_uid, groups)| Progress { placement_uid, groups })
}
