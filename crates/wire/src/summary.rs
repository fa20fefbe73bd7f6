//! What comes back, reduced: partials, summaries, presence.

use std::collections::BTreeMap;

use bytes::Bytes;
use model::{Connection, Counts, FailedAt, Failure, LocationPresence, Order, Partial, Presence, Summary};
use prost::Message as _;

use crate::{
    Error, bus,
    decision::{problem, problem_message},
    field::Reader,
};

const PARTIAL: Reader = Reader("Partial");
const SUMMARY: Reader = Reader("Summary");
const PRESENCE: Reader = Reader("Presence");

/// The row of a partial, with the trace context of what changed it last.
pub fn encode_partial(partial: &Partial, trace: &str) -> Bytes {
    bus::Partial { trace_parent: trace.to_owned(), ..partial_message(partial) }.encode_to_vec().into()
}

/// See [`encode_partial`]. An empty uid is let through: it is feedback on no placement, and counts for none.
pub fn decode_partial(bytes: &[u8]) -> Result<(Partial, String), Error> {
    let mut message: bus::Partial = PARTIAL.parse(bytes)?;
    let trace = std::mem::take(&mut message.trace_parent);
    Ok((partial(PARTIAL, message)?, trace))
}

/// The row of a summary, with the trace context of what changed it last.
pub fn encode_summary(summary: &Summary, trace: &str) -> Bytes {
    bus::Summary { trace_parent: trace.to_owned(), ..summary_message(summary) }.encode_to_vec().into()
}

/// A summary as the API carries it.
pub fn summary_message(summary: &Summary) -> bus::Summary {
    let partial = partial_message(&summary.partial);
    bus::Summary {
        placement_uid: partial.placement_uid,
        rollout: partial.rollout,
        watermark: partial.watermark,
        total: Some(counts_message(&summary.total)),
        regions: partial.regions,
        problems: partial.problems,
        reasons: partial.reasons,
        as_of_time_ms: summary.as_of_time,
        behind: summary.behind.clone(),
        trace_parent: String::new(),
        withdrawing: partial.withdrawing,
        failures: partial.failures,
    }
}

/// See [`encode_summary`].
pub fn decode_summary(bytes: &[u8]) -> Result<(Summary, String), Error> {
    let message: bus::Summary = SUMMARY.parse(bytes)?;
    let summed = bus::Partial {
        placement_uid: message.placement_uid,
        rollout: message.rollout,
        watermark: message.watermark,
        regions: message.regions,
        problems: message.problems,
        reasons: message.reasons,
        trace_parent: String::new(),
        withdrawing: message.withdrawing,
        failures: message.failures,
    };
    let total = counts(&SUMMARY.required("total", message.total)?);
    let partial = partial(SUMMARY, summed)?;
    let summary = Summary { partial, total, as_of_time: message.as_of_time_ms, behind: message.behind };
    Ok((summary, message.trace_parent))
}

/// What partials and summaries have in common; without a trace context.
fn partial_message(partial: &Partial) -> bus::Partial {
    bus::Partial {
        placement_uid: partial.placement_uid.clone(),
        rollout: partial.rollout,
        watermark: partial.watermark.clone(),
        regions: region_messages(&partial.regions),
        problems: partial.problems.iter().map(problem_message).collect(),
        reasons: reason_messages(&partial.reasons),
        trace_parent: String::new(),
        withdrawing: partial.withdrawing,
        failures: partial.failures.iter().map(failure_message).collect(),
    }
}

fn partial(reader: Reader, message: bus::Partial) -> Result<Partial, Error> {
    Ok(Partial {
        placement_uid: message.placement_uid,
        rollout: message.rollout,
        watermark: message.watermark,
        regions: regions(reader, message.regions)?,
        problems: message.problems.into_iter().map(problem).collect(),
        reasons: reasons(message.reasons),
        withdrawing: message.withdrawing,
        failures: message.failures.into_iter().map(failure).collect(),
    })
}

fn failure_message((failure, at): (&Failure, &FailedAt)) -> bus::FailureCount {
    let Failure { object, reason, message } = failure.clone();
    bus::FailureCount { object, reason, message, locations: at.locations, examples: at.examples.clone() }
}

fn failure(message: bus::FailureCount) -> (Failure, FailedAt) {
    let bus::FailureCount { object, reason, message, locations, examples } = message;
    (Failure { object, reason, message }, FailedAt { locations, examples })
}

fn region_messages(regions: &BTreeMap<String, Counts>) -> Vec<bus::RegionCounts> {
    let message = |(region, counts): (&String, &Counts)| bus::RegionCounts {
        region: region.clone(),
        counts: Some(counts_message(counts)),
    };
    regions.iter().map(message).collect()
}

fn regions(reader: Reader, messages: Vec<bus::RegionCounts>) -> Result<BTreeMap<String, Counts>, Error> {
    let one = |m: bus::RegionCounts| {
        let region = reader.filled("regions.region", m.region)?;
        Ok((region, counts(&reader.required("regions.counts", m.counts)?)))
    };
    messages.into_iter().map(one).collect()
}

fn reason_messages(reasons: &BTreeMap<String, u64>) -> Vec<bus::ReasonCount> {
    reasons
        .iter()
        .map(|(reason, &locations)| bus::ReasonCount { reason: reason.clone(), locations })
        .collect()
}

fn reasons(messages: Vec<bus::ReasonCount>) -> BTreeMap<String, u64> {
    messages.into_iter().map(|m| (m.reason, m.locations)).collect()
}

fn counts_message(counts: &Counts) -> bus::Counts {
    let Counts {
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
    } = *counts;
    bus::Counts {
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
}

fn counts(message: &bus::Counts) -> Counts {
    let bus::Counts {
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
    } = *message;
    Counts { expected, reported, updated, healthy, progressing, degraded, failed, stale, missing, offline }
}

/// The row of a bucket's presence.
pub fn encode_presence(presence: &Presence) -> Bytes {
    let locations = presence.locations.iter().map(|(name, known)| location_message(name, known)).collect();
    bus::Presence { locations }.encode_to_vec().into()
}

/// See [`encode_presence`].
pub fn decode_presence(bytes: &[u8]) -> Result<Presence, Error> {
    let message: bus::Presence = PRESENCE.parse(bytes)?;
    Ok(Presence { locations: message.locations.into_iter().map(location).collect::<Result<_, _>>()? })
}

fn location_message(name: &str, known: &LocationPresence) -> bus::LocationPresence {
    let connection = match known.connection {
        Connection::NeverSeen => bus::Connection::NeverSeen,
        Connection::Online => bus::Connection::Online,
        Connection::Offline => bus::Connection::Offline,
    };
    bus::LocationPresence {
        location: name.to_owned(),
        last_seen_s: known.last_seen,
        connection: connection.into(),
        agent_version: known.agent_version.clone(),
        epoch: known.order.epoch,
        revision: known.order.revision,
        period_ms: known.period_ms,
    }
}

fn location(message: bus::LocationPresence) -> Result<(String, LocationPresence), Error> {
    let connection = match bus::Connection::try_from(message.connection) {
        Ok(bus::Connection::NeverSeen) => Connection::NeverSeen,
        Ok(bus::Connection::Online) => Connection::Online,
        Ok(bus::Connection::Offline) => Connection::Offline,
        _ => return Err(PRESENCE.unknown("locations.connection", message.connection)),
    };
    let known = LocationPresence {
        last_seen: message.last_seen_s,
        connection,
        agent_version: message.agent_version,
        order: Order { epoch: message.epoch, revision: message.revision },
        period_ms: message.period_ms,
    };
    Ok((PRESENCE.filled("locations.location", message.location)?, known))
}
