//! Where rollouts in waves have come.

use bytes::Bytes;
use model::{Progress, ProgressGroup, ProgressState};
use prost::Message as _;

use crate::{Error, bus, decision::locations, field::Reader, front_coding};

const PROGRESS: Reader = Reader("Progress");

/// The row of a bucket's progress. Names of locations have at most 255 bytes.
pub fn encode_progress(progress: &Progress) -> Bytes {
    let groups = progress.groups.iter().map(group_message).collect();
    bus::Progress { placement_uid: progress.placement_uid.clone(), groups }.encode_to_vec().into()
}

/// See [`encode_progress`].
pub fn decode_progress(bytes: &[u8]) -> Result<Progress, Error> {
    let message: bus::Progress = PROGRESS.parse(bytes)?;
    if message.placement_uid.is_empty() && !message.groups.is_empty() {
        return Err(PROGRESS.invalid("placement_uid", "empty".to_owned()));
    }
    let groups = message.groups.iter().map(group).collect::<Result<_, _>>()?;
    Ok(Progress { placement_uid: message.placement_uid, groups })
}

fn group_message(group: &ProgressGroup) -> bus::ProgressGroup {
    let state = match group.state {
        ProgressState::Progressing => bus::ProgressState::Progressing,
        ProgressState::Healthy => bus::ProgressState::Healthy,
        ProgressState::Degraded => bus::ProgressState::Degraded,
        ProgressState::Failed => bus::ProgressState::Failed,
        ProgressState::Stale => bus::ProgressState::Stale,
    };
    let locations = front_coding::encode(group.locations.iter().map(String::as_str));
    bus::ProgressGroup { rollout: group.rollout, state: state.into(), locations: locations.into() }
}

fn group(message: &bus::ProgressGroup) -> Result<ProgressGroup, Error> {
    let state = match bus::ProgressState::try_from(message.state) {
        Ok(bus::ProgressState::Progressing) => ProgressState::Progressing,
        Ok(bus::ProgressState::Healthy) => ProgressState::Healthy,
        Ok(bus::ProgressState::Degraded) => ProgressState::Degraded,
        Ok(bus::ProgressState::Failed) => ProgressState::Failed,
        Ok(bus::ProgressState::Stale) => ProgressState::Stale,
        _ => return Err(PROGRESS.unknown("groups.state", message.state)),
    };
    let locations = locations(PROGRESS, "groups.locations", &message.locations)?;
    Ok(ProgressGroup { rollout: message.rollout, state, locations })
}
