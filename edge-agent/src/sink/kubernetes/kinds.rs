//! Which kinds the cluster serves, asked of it when they are needed, and again when definitions come and go.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kube::core::ApiResource;
use kube::discovery::{ApiGroup, Discovery, Scope, verbs};
use serde_json::Value;
use tokio::time::Instant;

use super::cluster::{Cluster, ask};
use super::refusal;
use crate::{Error, timing};

/// Between two looks for a kind that is not there; a definition that comes is told of at once.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(15);

/// A kind that is served.
#[derive(Debug)]
pub struct Kind {
    pub resource: ApiResource,
    pub namespaced: bool,
}

/// `apiVersion` and kind.
pub type Name = (String, String);

impl Kind {
    pub fn name(&self) -> Name {
        (self.resource.api_version.clone(), self.resource.kind.clone())
    }
}

/// What is known of the cluster's kinds.
#[derive(Debug)]
pub struct Kinds {
    cluster: Cluster,
    /// By `apiVersion` and name.
    served: BTreeMap<String, BTreeMap<String, Arc<Kind>>>,
    /// When to look again for what is not there, and how often that was done.
    again: Option<(Instant, u32)>,
}

impl Kinds {
    pub fn new(cluster: Cluster) -> Self {
        Self { cluster, served: BTreeMap::new(), again: None }
    }

    /// The kind, if it is served.
    ///
    /// # Errors
    /// `KindNotServed`, or why that cannot be told.
    pub async fn find(&mut self, group: &str, version: &str, kind: &str) -> Result<Arc<Kind>, Error> {
        let api_version = api_version(group, version);
        if !self.served.contains_key(&api_version) {
            let kinds = self.ask(group, version, &api_version).await?;
            self.served.insert(api_version.clone(), kinds);
        }
        let found = self.served.get(&api_version).and_then(|kinds| kinds.get(kind));
        found.cloned().ok_or_else(|| refusal::not_served(&api_version, kind).into())
    }

    /// The kind in the version that the cluster prefers.
    ///
    /// # Errors
    /// As of [`Kinds::find`].
    pub async fn find_preferred(&mut self, group: &str, kind: &str) -> Result<Arc<Kind>, Error> {
        if group.is_empty() {
            return self.find(group, "v1", kind).await;
        }
        let groups = ask(self.cluster.client.list_api_groups()).await?;
        let found = groups.groups.into_iter().find(|there| there.name == group);
        let preferred = found.and_then(|there| there.preferred_version);
        let version = preferred.ok_or_else(|| refusal::not_served(group, kind))?.version;
        self.find(group, &version, kind).await
    }

    /// Definitions may have changed: all is asked for again when it is needed.
    pub fn forget(&mut self) {
        self.served.clear();
    }

    /// Kinds are lacked, or none is: when to look again.
    pub fn lack(&mut self, lacking: bool) {
        let now = Instant::now();
        let attempts = match self.again {
            Some((due, _)) if lacking && due > now => return,
            Some((_, attempts)) => attempts.saturating_add(1),
            None => 0,
        };
        self.again = lacking.then(|| (now + timing::backoff(FIRST, LONGEST, attempts), attempts));
    }

    /// When to look again for kinds that are lacked.
    pub fn due(&self) -> Option<Instant> {
        self.again.map(|(due, _)| due)
    }

    /// Whether the cluster serves all kinds that a definition says.
    pub async fn serves(cluster: &Cluster, definition: &Value) -> bool {
        let group = definition.pointer("/spec/group").and_then(Value::as_str).unwrap_or_default();
        let kind = definition.pointer("/spec/names/kind").and_then(Value::as_str).unwrap_or_default();
        let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
        let served = versions.into_iter().flatten().filter(|version| version["served"] == true);
        let mut kinds = Self::new(cluster.clone());
        for version in served.filter_map(|version| version["name"].as_str()) {
            if kinds.find(group, version, kind).await.is_err() {
                return false;
            }
        }
        true
    }

    async fn ask(
        &self,
        group: &str,
        version: &str,
        api_version: &str,
    ) -> Result<BTreeMap<String, Arc<Kind>>, Error> {
        let client = &self.cluster.client;
        let listed = match group {
            "" => ask(client.list_core_api_resources(version)).await,
            _ => ask(client.list_api_group_resources(api_version)).await,
        };
        let listed = match listed {
            Err(error) if refusal::is(&error, "NotFound") => return Ok(BTreeMap::new()),
            listed => listed?,
        };
        let whole = listed.resources.into_iter().filter(|resource| !resource.name.contains('/'));
        let kind = |resource: k8s_openapi::apimachinery::pkg::apis::meta::v1::APIResource| {
            let found = self::resource(group, version, &resource.kind, &resource.name);
            (resource.kind, Arc::new(Kind { resource: found, namespaced: resource.namespaced }))
        };
        Ok(whole.map(kind).collect())
    }
}

/// How a kind is addressed; `plural`: its name in paths.
pub fn resource(group: &str, version: &str, kind: &str, plural: &str) -> ApiResource {
    ApiResource {
        group: group.to_owned(),
        version: version.to_owned(),
        api_version: api_version(group, version),
        kind: kind.to_owned(),
        plural: plural.to_owned(),
    }
}

/// All kinds that the cluster serves and lists, each in the version that it prefers.
pub async fn listable(cluster: &Cluster) -> Result<Vec<(ApiResource, Scope)>, Error> {
    let discovery = ask(Discovery::new(cluster.client.clone()).run_aggregated()).await?;
    // Each kind in its own best version: the one that a group prefers need not have all of its kinds.
    let resources = discovery.groups().flat_map(ApiGroup::resources_by_stability);
    let listed = resources.filter(|(_, can)| can.supports_operation(verbs::LIST));
    Ok(listed.map(|(resource, can)| (resource, can.scope)).collect())
}

/// `apps/v1`, `v1`.
pub fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}
