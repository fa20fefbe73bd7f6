//! The documents of locations.

use std::sync::Arc;

use bytes::Bytes;
use model::{Desired, DesiredPlacement, Order, Own, Patch, PlacementKey};
use prost::Message as _;

use crate::{
    Error, bus,
    bus::desired_placement::Own as OwnMessage,
    compact,
    field::{Reader, digest_bytes},
    policy,
    release::{bundle, bundle_message},
};

const DESIRED: Reader = Reader("Desired");

/// The row of a document, with the trace context of what changed it last.
pub fn encode_desired(desired: &Desired, trace: &str) -> Bytes {
    let (trace_parent, trace) = compact::trace_fields(trace);
    let message = bus::Desired {
        epoch: desired.order.epoch,
        revision: desired.order.revision,
        placements: desired.placements.iter().map(entry_message).collect(),
        moved_to_region: desired.moved_to_region.clone().unwrap_or_default(),
        trace_parent,
        trace,
    };
    message.encode_to_vec().into()
}

/// A document and its trace context. What is inline are parts of `bytes`, not copies.
pub fn decode_desired(bytes: &Bytes) -> Result<(Desired, String), Error> {
    let message: bus::Desired = DESIRED.parse_shared(bytes)?;
    let desired = Desired {
        order: Order { epoch: message.epoch, revision: message.revision },
        placements: message.placements.into_iter().map(entry).collect::<Result<_, _>>()?,
        moved_to_region: Some(message.moved_to_region).filter(|region| !region.is_empty()),
    };
    Ok((desired, compact::trace(DESIRED, message.trace_parent, &message.trace)?))
}

fn entry_message(entry: &DesiredPlacement) -> bus::DesiredPlacement {
    let own = match &entry.own {
        Own::None => None,
        Own::Inline(bundle) => Some(OwnMessage::OwnInline(bundle_message(bundle))),
        Own::Framed(frame) => Some(OwnMessage::OwnFramed(frame.clone())),
        Own::Blob(digest) => Some(OwnMessage::OwnDigest(digest_bytes(digest))),
    };
    let (placement_uid, placement_uuid) = compact::uid_fields(&entry.placement_uid);
    bus::DesiredPlacement {
        placement_uid,
        placement_uuid,
        space: entry.placement.space.clone(),
        placement: entry.placement.name.clone(),
        rollout: entry.rollout,
        priority: entry.priority,
        create_time_ms: entry.create_time,
        shared: entry.shared.as_ref().map(digest_bytes).unwrap_or_default(),
        own,
        deletion: policy::deletion_value(entry.deletion),
        conflict: policy::conflict_value(entry.conflict),
        adopt: policy::adopt_value(entry.adopt),
        depends_on: policy::dependency_messages(&entry.depends_on),
        shared_patch: entry.patch.as_deref().map(patch_message),
    }
}

fn patch_message(patch: &Patch) -> bus::Patch {
    bus::Patch { base: digest_bytes(&patch.base), data: patch.data.clone() }
}

fn patch(message: bus::Patch) -> Result<Arc<Patch>, Error> {
    let base = DESIRED.digest("placements.shared_patch.base", &message.base)?;
    Ok(Arc::new(Patch { base, data: message.data }))
}

fn entry(message: bus::DesiredPlacement) -> Result<DesiredPlacement, Error> {
    let own = match message.own {
        None => Own::None,
        Some(OwnMessage::OwnInline(inline)) => Own::Inline(bundle(inline)?),
        Some(OwnMessage::OwnFramed(frame)) => Own::Framed(frame),
        Some(OwnMessage::OwnDigest(digest)) => Own::Blob(DESIRED.digest("placements.own_digest", &digest)?),
    };
    Ok(DesiredPlacement {
        placement_uid: compact::uid(DESIRED, message.placement_uid, &message.placement_uuid)?,
        placement: PlacementKey {
            space: message.space,
            name: DESIRED.filled("placements.placement", message.placement)?,
        },
        rollout: message.rollout,
        priority: message.priority,
        create_time: message.create_time_ms,
        shared: DESIRED.optional_digest("placements.shared", &message.shared)?,
        own,
        deletion: policy::deletion(DESIRED, message.deletion)?,
        conflict: policy::conflict(DESIRED, message.conflict)?,
        adopt: policy::adopt(DESIRED, message.adopt)?,
        depends_on: policy::dependencies(DESIRED, message.depends_on)?,
        patch: message.shared_patch.map(patch).transpose()?,
    })
}
