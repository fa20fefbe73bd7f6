//! The way to one cluster's API server.

use std::path::Path;
use std::time::Duration;

use kube::api::{Api, DynamicObject};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::{ApiResource, DynamicResourceScope, PartialObjectMeta};
use kube::{Client, Config, Resource};
use model::ObjectKey;

use super::kinds::Kind;
use super::refusal;
use crate::Error;

/// Who Tributary is among those who apply fields.
pub const MANAGER: &str = "tributary";
/// No single request may take longer.
const PATIENCE: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(10);

/// An object of which only the metadata is told.
pub type Metadata = PartialObjectMeta<DynamicObject>;

/// A cluster, and which location it is.
#[derive(Clone)]
pub struct Cluster {
    pub(crate) client: Client,
    pub(crate) location: String,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("location", &self.location).finish_non_exhaustive()
    }
}

impl Cluster {
    /// By a kubeconfig file, or as a pod by its service account. Nothing is asked of the API server yet.
    ///
    /// # Errors
    /// Where the configuration cannot be read.
    pub async fn connect(kubeconfig: Option<&Path>, location: &str) -> Result<Self, Error> {
        let mut config = match kubeconfig {
            Some(path) => from_file(path).await?,
            None => Config::incluster().map_err(|error| {
                let todo = "outside of a cluster, name a kubeconfig file with --kubeconfig";
                Error::Cluster(format!("this is not a pod with a service account ({error}); {todo}"))
            })?,
        };
        // Who asks decides whether to ask again.
        config.default_retry = false;
        config.connect_timeout = Some(CONNECT);
        let client = Client::try_from(config).map_err(|error| Error::Cluster(error.to_string()))?;
        Ok(Self { client, location: location.to_owned() })
    }

    /// What selects all that is this location's.
    pub(crate) fn selector(&self) -> String {
        format!("{}={}", super::mark::LABEL, self.location)
    }

    /// Objects of a kind; `namespace`: "" for those of no namespace, or of all.
    pub(crate) fn api(&self, resource: &ApiResource, namespace: &str) -> Api<DynamicObject> {
        api(self.client.clone(), resource, namespace)
    }

    /// The same, of which only the metadata travels.
    pub(crate) fn metadata(&self, resource: &ApiResource, namespace: &str) -> Api<Metadata> {
        api(self.client.clone(), resource, namespace)
    }
}

fn api<K>(client: Client, resource: &ApiResource, namespace: &str) -> Api<K>
where
    K: Resource<DynamicType = ApiResource, Scope = DynamicResourceScope>,
{
    match namespace {
        "" => Api::all_with(client, resource),
        namespace => Api::namespaced_with(client, namespace, resource),
    }
}

async fn from_file(path: &Path) -> Result<Config, Error> {
    let failed = |error: String| Error::Cluster(format!("kubeconfig {}: {error}", path.display()));
    let kubeconfig = Kubeconfig::read_from(path).map_err(|error| failed(error.to_string()))?;
    let options = KubeConfigOptions::default();
    Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| failed(error.to_string()))
}

/// An object as it is now, if there is one.
pub async fn fetch(cluster: &Cluster, kind: &Kind, key: &ObjectKey) -> Result<Option<DynamicObject>, Error> {
    ask(cluster.api(&kind.resource, &key.namespace).get_opt(&key.name)).await
}

/// The answer to one request, or why there is none.
pub async fn ask<T>(request: impl Future<Output = kube::Result<T>>) -> Result<T, Error> {
    match tokio::time::timeout(PATIENCE, request).await {
        Ok(answer) => answer.map_err(|error| refusal::of(&error).into()),
        Err(_) => Err(refusal::timeout(PATIENCE).into()),
    }
}
