//! Single requests: a part is written only as it was before.

use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::api::{Api, PostParams};

use crate::Error;
use crate::sink::Cluster as Access;
use crate::sink::kubernetes::{ask, refuses};

/// Makes the namespace for state and lease where it is missing.
///
/// # Errors
/// In the API server's words.
pub async fn ensure_namespace(access: &Access, namespace: &str) -> Result<(), Error> {
    let namespaces: Api<Namespace> = Api::all(access.client.clone());
    let mut wanted = Namespace::default();
    wanted.metadata.name = Some(namespace.to_owned());
    match ask(namespaces.get_opt(namespace)).await {
        // Who may not look has been given one.
        Ok(Some(_)) => Ok(()),
        Err(error) if refuses(&error, "Forbidden") => Ok(()),
        Ok(None) => create(&namespaces, wanted).await,
        Err(error) => Err(error),
    }
}

/// Makes it, unless it is there.
pub(super) async fn create<K>(api: &Api<K>, object: K) -> Result<(), Error>
where
    K: Clone + std::fmt::Debug + serde::Serialize + serde::de::DeserializeOwned,
{
    match ask(api.create(&PostParams::default(), &object)).await {
        Err(error) if !refuses(&error, "ChangedMeanwhile") => Err(error),
        _ => Ok(()),
    }
}

/// Replaces a part as it was before, if it was; the version that it has now.
pub(super) async fn write(secrets: &Api<Secret>, part: Secret) -> Result<String, Error> {
    let params = PostParams::default();
    let metadata = &part.metadata;
    let written = match (&metadata.resource_version, &metadata.name) {
        (Some(_), Some(name)) => ask(secrets.replace(name, &params, &part)).await,
        _ => ask(secrets.create(&params, &part)).await,
    };
    let written = written.map_err(succeeded)?;
    Ok(written.metadata.resource_version.unwrap_or_default())
}

/// What a write that came too late means.
fn succeeded(error: Error) -> Error {
    if refuses(&error, "ChangedMeanwhile") { Error::Succeeded } else { error }
}
