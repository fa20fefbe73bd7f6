//! Decisions and rollouts.

use bytes::Bytes;
use model::{Decision, DecisionGroup, Problem, Rollout, RolloutStep};
use prost::Message as _;

use crate::{
    Error, bus,
    field::{Reader, digest_bytes},
    front_coding,
    rollout::{progress, progress_message},
};

/// More buckets than this would be more than locations in a region, by far.
const MAX_BUCKET_BITS: u32 = 24;
const DECISION: Reader = Reader("Decision");
const ROLLOUT: Reader = Reader("Rollout");

/// The row of a decision, with the trace context of what caused it. Names of locations have at most 255 bytes.
pub fn encode_decision(decision: &Decision, trace: &str) -> Bytes {
    let message = bus::Decision {
        placement_uid: decision.placement_uid.clone(),
        placement_create_time_ms: decision.placement_create_time,
        bucket_bits: decision.bucket_bits,
        groups: decision.groups.iter().map(group_message).collect(),
        trace_parent: trace.to_owned(),
    };
    message.encode_to_vec().into()
}

fn group_message(group: &DecisionGroup) -> bus::DecisionGroup {
    bus::DecisionGroup {
        release: digest_bytes(&group.release),
        rollout: group.rollout,
        wave: group.wave,
        locations: front_coding::encode(group.locations.iter().map(String::as_str)).into(),
        location_count: u32::try_from(group.locations.len()).expect("a bucket holds about 500 locations"),
        arriving_from: group.arriving_from.clone(),
        former: group.former.as_ref().map(digest_bytes).unwrap_or_default(),
    }
}

/// A decision and its trace context. One that has chosen anything names its placement's uid.
pub fn decode_decision(bytes: &[u8]) -> Result<(Decision, String), Error> {
    let message: bus::Decision = DECISION.parse(bytes)?;
    if message.bucket_bits > MAX_BUCKET_BITS {
        return Err(
            DECISION.invalid("bucket_bits", format!("{} exceeds {MAX_BUCKET_BITS}", message.bucket_bits))
        );
    }
    if message.placement_uid.is_empty() && !message.groups.is_empty() {
        return Err(DECISION.invalid("placement_uid", "empty".to_owned()));
    }
    let decision = Decision {
        placement_uid: message.placement_uid,
        placement_create_time: message.placement_create_time_ms,
        bucket_bits: message.bucket_bits,
        groups: message.groups.iter().map(group).collect::<Result<_, _>>()?,
    };
    Ok((decision, message.trace_parent))
}

fn group(message: &bus::DecisionGroup) -> Result<DecisionGroup, Error> {
    let locations = locations(DECISION, "groups.locations", &message.locations)?;
    if locations.len() != message.location_count as usize {
        let reason = format!("{}, but there are {}", message.location_count, locations.len());
        return Err(DECISION.invalid("groups.location_count", reason));
    }
    Ok(DecisionGroup {
        release: DECISION.digest("groups.release", &message.release)?,
        rollout: message.rollout,
        wave: message.wave,
        arriving_from: message.arriving_from.clone(),
        former: DECISION.optional_digest("groups.former", &message.former)?,
        locations,
    })
}

/// A front-coded list.
pub(crate) fn locations(reader: Reader, field: &'static str, bytes: &[u8]) -> Result<Vec<String>, Error> {
    front_coding::decode(bytes)
        .map_err(|front_coding::Malformed| reader.invalid(field, "not a sorted list of names".to_owned()))
}

/// The row of a rollout.
pub fn encode_rollout(rollout: &Rollout) -> Bytes {
    rollout_message(rollout).encode_to_vec().into()
}

/// A rollout as the API carries it.
pub fn rollout_message(rollout: &Rollout) -> bus::Rollout {
    bus::Rollout {
        placement_uid: rollout.placement_uid.clone(),
        generation: rollout.generation,
        number: rollout.number,
        release: digest_bytes(&rollout.release),
        object_count: rollout.object_count,
        location_count: rollout.location_count,
        problems: rollout.problems.iter().map(problem_message).collect(),
        history: rollout.history.iter().map(step_message).collect(),
        withdrawn: rollout.withdrawn,
        progress: rollout.progress.as_ref().map(progress_message),
    }
}

/// See [`encode_rollout`].
pub fn decode_rollout(bytes: &[u8]) -> Result<Rollout, Error> {
    rollout(ROLLOUT.parse(bytes)?)
}

/// See [`rollout_message`].
pub fn rollout(message: bus::Rollout) -> Result<Rollout, Error> {
    Ok(Rollout {
        placement_uid: ROLLOUT.filled("placement_uid", message.placement_uid)?,
        generation: message.generation,
        number: message.number,
        release: ROLLOUT.digest("release", &message.release)?,
        object_count: message.object_count,
        location_count: message.location_count,
        problems: message.problems.into_iter().map(problem).collect(),
        history: message.history.into_iter().map(step).collect::<Result<_, _>>()?,
        withdrawn: message.withdrawn,
        progress: message.progress.map(progress).transpose()?,
    })
}

fn step_message(step: &RolloutStep) -> bus::RolloutStep {
    bus::RolloutStep {
        number: step.number,
        release: digest_bytes(&step.release),
        time_ms: step.time,
        reason: step.reason.clone(),
    }
}

fn step(message: bus::RolloutStep) -> Result<RolloutStep, Error> {
    Ok(RolloutStep {
        number: message.number,
        release: ROLLOUT.digest("history.release", &message.release)?,
        time: message.time_ms,
        reason: message.reason,
    })
}

/// A problem as messages carry it.
pub fn problem_message(problem: &Problem) -> bus::Problem {
    let Problem { location, object, reason, message } = problem.clone();
    bus::Problem { location, object, reason, message }
}

/// See [`problem_message`].
pub fn problem(message: bus::Problem) -> Problem {
    let bus::Problem { location, object, reason, message } = message;
    Problem { location, object, reason, message }
}
