//! Where locations stand in rollouts.

use bytes::Bytes;
use model::{Progress, ProgressGroup};
use prost::Message as _;

use crate::{Error, bus, decision::locations, field::Reader, front_coding};

const PROGRESS: Reader = Reader("Progress");

/// The row of a bucket's progress. Names of locations have at most 255 bytes.
pub fn encode_progress(progress: &Progress) -> Bytes {
    let message = bus::Progress {
        placement_uid: progress.placement_uid.clone(),
        groups: progress.groups.iter().map(group_message).collect(),
    };
    message.encode_to_vec().into()
}

/// See [`encode_progress`].
pub fn decode_progress(bytes: &[u8]) -> Result<Progress, Error> {
    let message: bus::Progress = PROGRESS.parse(bytes)?;
    let placement_uid = PROGRESS.filled("placement_uid", message.placement_uid)?;
    let groups = message.groups.iter().map(group).collect::<Result<_, _>>()?;
    Ok(Progress { placement_uid, groups })
}

fn group_message(group: &ProgressGroup) -> bus::ProgressGroup {
    let names = |names: &[String]| front_coding::encode(names.iter().map(String::as_str)).into();
    bus::ProgressGroup {
        rollout: group.rollout,
        updated: names(&group.updated),
        healthy: names(&group.healthy),
        degraded: names(&group.degraded),
        failed: names(&group.failed),
    }
}

fn group(message: &bus::ProgressGroup) -> Result<ProgressGroup, Error> {
    Ok(ProgressGroup {
        rollout: message.rollout,
        updated: locations(PROGRESS, "groups.updated", &message.updated)?,
        healthy: locations(PROGRESS, "groups.healthy", &message.healthy)?,
        degraded: locations(PROGRESS, "groups.degraded", &message.degraded)?,
        failed: locations(PROGRESS, "groups.failed", &message.failed)?,
    })
}
