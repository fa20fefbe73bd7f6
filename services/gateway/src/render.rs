//! The objects as one location gets them: the release that was decided for it, rendered by translation's own function.

use std::collections::{BTreeMap, BTreeSet};

use bus::{Bus, Store};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use model::{Digest, Location, PlacementKey, Release, Spec};
use serde_json::Value;
use translation::{Part, RenderedObject};
use wire::{Key, api};

use crate::{error::Error, names, state::Shared};

/// Manifests that are fetched at once.
const IN_FLIGHT: usize = 16;

pub(crate) async fn render(
    bus: &Bus,
    shared: &Shared,
    request: api::RenderRequest,
) -> Result<api::RenderResponse, Error> {
    let placement = names::placement(&request.space, &request.placement)?;
    let name = names::location(request.location)?;
    let (location, digest) = shared.read(|state| {
        if state.declared.get(&names::placement_row(&placement)).is_none() {
            return Err(Error::NotFound(format!("Placement {placement}")));
        }
        let location = location(state, &name)?;
        let group = state.decided.group_of(&placement, &location.spec.region, &name);
        let group = group.ok_or_else(|| not_chosen(&placement, &name))?;
        Ok::<_, Error>((location, group.release))
    })??;
    let release = wire::decode_release(&content(bus, digest).await?)?;
    let sources = sources(bus, &release).await?;
    let objects = translation::render(&release, &sources, &location);
    let message = |object| message(&placement, object);
    Ok(api::RenderResponse { objects: objects.into_iter().map(message).collect() })
}

fn location(state: &crate::state::State, name: &str) -> Result<Location, Error> {
    let row = state.declared.get(&Key::Location(name.to_owned()));
    let row = row.ok_or_else(|| Error::NotFound(format!("Location {name}")))?;
    let resource = wire::decode_resource(&row.bytes)?;
    match resource.spec {
        Spec::Location(spec) => Ok(Location { metadata: resource.metadata, spec }),
        _ => Err(Error::Internal(format!("the row of location {name} holds something else"))),
    }
}

fn not_chosen(placement: &PlacementKey, location: &str) -> Error {
    Error::Precondition(format!(
        "{placement} gives nothing to {location}, or has not been decided yet; see Explain for the reason"
    ))
}

async fn content(bus: &Bus, digest: Digest) -> Result<Bytes, Error> {
    let content = bus.get_content(Store::Release, digest).await?;
    content.ok_or_else(|| Error::Unavailable(format!("content {digest} is not there (yet)")))
}

async fn sources(bus: &Bus, release: &Release) -> Result<BTreeMap<Digest, Value>, Error> {
    let wanted: BTreeSet<Digest> = release.objects.iter().map(|object| object.source).collect();
    stream::iter(wanted)
        .map(|digest| async move {
            let manifest = serde_json::from_slice(&content(bus, digest).await?);
            let manifest = manifest.map_err(|error| Error::Internal(format!("content {digest}: {error}")))?;
            Ok((digest, manifest))
        })
        .buffer_unordered(IN_FLIGHT)
        .try_collect()
        .await
}

fn message(placement: &PlacementKey, object: RenderedObject) -> api::RenderedObject {
    let key = api::ResourceKey {
        space: placement.space.clone(),
        group: object.key.group,
        kind: object.key.kind,
        namespace: object.key.namespace,
        name: object.key.name,
    };
    let (manifest_json, withheld) = match object.outcome {
        Ok(manifest) => (Bytes::copy_from_slice(&manifest), String::new()),
        Err(reason) => (Bytes::new(), reason.to_string()),
    };
    api::RenderedObject { object: Some(key), manifest_json, withheld, shared: object.part == Part::Shared }
}
