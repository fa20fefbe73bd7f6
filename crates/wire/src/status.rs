//! What an agent reports: status rows and heartbeats.

use bytes::Bytes;
use model::{Heartbeat, ObjectStatus, Order, Phase, PhaseCounts, ReportOrder, Status};
use prost::Message as _;

use crate::{
    Error, bus, compact,
    field::{Reader, digest_bytes},
};

const STATUS: Reader = Reader("Status");
const HEARTBEAT: Reader = Reader("Heartbeat");

/// The row of a report, with the trace context of the document it is about.
pub fn encode_status(status: &Status, trace: &str) -> Bytes {
    let (placement_uid, placement_uuid) = compact::uid_fields(&status.placement_uid);
    let (trace_parent, trace) = compact::trace_fields(trace);
    let message = bus::Status {
        boot: status.report.boot,
        seq: status.report.seq,
        placement_uid,
        placement_uuid,
        rollout: status.rollout,
        epoch: status.order.epoch,
        revision: status.order.revision,
        phases: Some(phases_message(&status.phases)),
        unhealthy: status.unhealthy.iter().map(object_status_message).collect(),
        withdrawn: status.withdrawn,
        spans: Some(bus::SpanTimes {
            fetch_us: status.fetch_us,
            apply_us: status.apply_us,
            received_time_ms: status.received_time,
            report_us: status.report_us,
        }),
        trace_parent,
        trace,
        drift_corrected: status.drift_corrected,
    };
    message.encode_to_vec().into()
}

/// See [`encode_status`]. Spans and phases that are absent are zero.
pub fn decode_status(bytes: &[u8]) -> Result<(Status, String), Error> {
    let message: bus::Status = STATUS.parse(bytes)?;
    let spans = message.spans.unwrap_or_default();
    let status = Status {
        report: ReportOrder { boot: message.boot, seq: message.seq },
        placement_uid: compact::uid(STATUS, message.placement_uid, &message.placement_uuid)?,
        rollout: message.rollout,
        order: Order { epoch: message.epoch, revision: message.revision },
        phases: phases(&message.phases.unwrap_or_default()),
        unhealthy: message.unhealthy.into_iter().map(object_status).collect::<Result<_, _>>()?,
        withdrawn: message.withdrawn,
        fetch_us: spans.fetch_us,
        apply_us: spans.apply_us,
        received_time: spans.received_time_ms,
        report_us: spans.report_us,
        drift_corrected: message.drift_corrected,
    };
    Ok((status, compact::trace(STATUS, message.trace_parent, &message.trace)?))
}

fn phases_message(phases: &PhaseCounts) -> bus::PhaseCounts {
    let PhaseCounts { pending, applied, progressing, healthy, degraded, failed, conflict, orphaned } =
        *phases;
    bus::PhaseCounts { pending, applied, progressing, healthy, degraded, failed, conflict, orphaned }
}

/// The sum over all phases must fit as well: counts that cannot be are cut, so that totals cannot overflow.
fn phases(message: &bus::PhaseCounts) -> PhaseCounts {
    let most = |count: u32| count.min(u32::MAX / 8);
    PhaseCounts {
        pending: most(message.pending),
        applied: most(message.applied),
        progressing: most(message.progressing),
        healthy: most(message.healthy),
        degraded: most(message.degraded),
        failed: most(message.failed),
        conflict: most(message.conflict),
        orphaned: most(message.orphaned),
    }
}

/// An object's status as messages carry it.
pub fn object_status_message(status: &ObjectStatus) -> bus::ObjectStatus {
    let phase = match status.phase {
        Phase::Pending => bus::Phase::Pending,
        Phase::Applied => bus::Phase::Applied,
        Phase::Progressing => bus::Phase::Progressing,
        Phase::Healthy => bus::Phase::Healthy,
        Phase::Degraded => bus::Phase::Degraded,
        Phase::Failed => bus::Phase::Failed,
        Phase::Conflict => bus::Phase::Conflict,
        Phase::Orphaned => bus::Phase::Orphaned,
    };
    bus::ObjectStatus {
        object: status.object.clone(),
        phase: phase.into(),
        reason: status.reason.clone(),
        message: status.message.clone(),
    }
}

/// See [`object_status_message`].
pub fn object_status(message: bus::ObjectStatus) -> Result<ObjectStatus, Error> {
    let phase = match bus::Phase::try_from(message.phase) {
        Ok(bus::Phase::Pending) => Phase::Pending,
        Ok(bus::Phase::Applied) => Phase::Applied,
        Ok(bus::Phase::Progressing) => Phase::Progressing,
        Ok(bus::Phase::Healthy) => Phase::Healthy,
        Ok(bus::Phase::Degraded) => Phase::Degraded,
        Ok(bus::Phase::Failed) => Phase::Failed,
        Ok(bus::Phase::Conflict) => Phase::Conflict,
        Ok(bus::Phase::Orphaned) => Phase::Orphaned,
        Ok(bus::Phase::Unspecified) | Err(_) => return Err(STATUS.unknown("unhealthy.phase", message.phase)),
    };
    Ok(ObjectStatus { object: message.object, phase, reason: message.reason, message: message.message })
}

/// A heartbeat.
pub fn encode_heartbeat(heartbeat: &Heartbeat) -> Bytes {
    let message = bus::Heartbeat {
        boot: heartbeat.boot,
        status_digest: digest_bytes(&heartbeat.status_digest),
        epoch: heartbeat.order.epoch,
        revision: heartbeat.order.revision,
        agent_version: heartbeat.agent_version.clone(),
        period_ms: heartbeat.period_ms,
    };
    message.encode_to_vec().into()
}

/// See [`encode_heartbeat`].
pub fn decode_heartbeat(bytes: &[u8]) -> Result<Heartbeat, Error> {
    let message: bus::Heartbeat = HEARTBEAT.parse(bytes)?;
    Ok(Heartbeat {
        boot: message.boot,
        status_digest: HEARTBEAT.digest("status_digest", &message.status_digest)?,
        order: Order { epoch: message.epoch, revision: message.revision },
        agent_version: message.agent_version,
        period_ms: message.period_ms,
    })
}
