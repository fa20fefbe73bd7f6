//! Single resources.

use bus::{Bus, Store};
use model::Digest;
use wire::{
    Key,
    api::{self, resource::Spec, workload_spec::Content},
};

use crate::{declared::message, error::Error, names, state::Shared};

pub(crate) async fn get(
    bus: &Bus,
    shared: &Shared,
    request: api::GetRequest,
) -> Result<api::GetResponse, Error> {
    let key = names::requested("key", request.key)?;
    let mut resource = stored(shared, &key)?;
    fill(bus, &mut resource).await?;
    Ok(api::GetResponse { resource: Some(resource) })
}

fn stored(shared: &Shared, key: &Key) -> Result<api::Resource, Error> {
    let row = shared.read(|state| state.declared.get(key).cloned())?;
    let row = row.ok_or_else(|| Error::NotFound(names::text(key)))?;
    message(&row).ok_or_else(|| Error::Internal(format!("{} cannot be decoded", names::text(key))))
}

/// Puts a large manifest in the place of its digest.
pub(crate) async fn fill(bus: &Bus, resource: &mut api::Resource) -> Result<(), Error> {
    let Some(Spec::Workload(workload)) = &mut resource.spec else { return Ok(()) };
    let Some(Content::ManifestDigest(digest)) = &workload.content else { return Ok(()) };
    let digest =
        Digest::from_bytes(digest).ok_or_else(|| Error::Internal("a digest of another length".to_owned()))?;
    let manifest = bus.get_content(Store::Release, digest).await?;
    let manifest =
        manifest.ok_or_else(|| Error::Unavailable(format!("the manifest {digest} is not there (yet)")))?;
    workload.content = Some(Content::ManifestJson(manifest));
    // The copy for selectors; they are in the manifest.
    resource.metadata.get_or_insert_default().labels.clear();
    Ok(())
}
