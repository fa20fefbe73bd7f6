//! A hub with a gateway, and resources to apply.

pub mod rows;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bus::{Bus, Options};
use clap::Parser as _;
use gateway_service::{Args, Gateway};
use testbed::{Nats, eventually};
use tokio::sync::watch;
use tonic::transport::Channel;
use wire::api::{self, tributary_service_client::TributaryServiceClient};

pub const SOON: Duration = Duration::from_secs(10);

/// A server of one's own, a gateway in this process, and a client of it. Dropped in this order.
pub struct Hub {
    pub client: TributaryServiceClient<Channel>,
    pub bus: Bus,
    pub url: String,
    registry: chassis::Registry,
    shutdown: watch::Sender<bool>,
    gateway: Gateway,
    nats: Nats,
}

impl Hub {
    pub async fn start() -> Self {
        let nats = Nats::start().await.unwrap();
        let bus = Bus::connect(Options { url: nats.url(), name: "test".into() }).await.unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        bus.init(now).await.unwrap();
        let args = ["gateway", "--listen", "127.0.0.1:0", "--nats-url", &nats.url()];
        let args = Args::try_parse_from(args).unwrap();
        let (shutdown, stopped) = watch::channel(false);
        let (ready, mut is_ready) = watch::channel(false);
        let tell = std::sync::Arc::new(move |is: bool| {
            ready.send_replace(is);
        });
        let registry = chassis::Registry::default();
        let gateway = gateway_service::start(&args, stopped, tell, &registry).await.unwrap();
        tokio::time::timeout(SOON, is_ready.wait_for(|is| *is)).await.unwrap().unwrap();
        let url = format!("http://{}", gateway.address);
        let client =
            TributaryServiceClient::connect(url.clone()).await.unwrap().max_decoding_message_size(64 << 20);
        Self { client, bus, url, registry, shutdown, gateway, nats }
    }

    /// Ends the gateway in order.
    pub async fn stop(self) {
        let Self { client, shutdown, gateway, .. } = self;
        drop(client);
        shutdown.send_replace(true);
        tokio::time::timeout(SOON, gateway.ended()).await.unwrap().unwrap();
    }

    /// A number of `/metrics`, named with its labels.
    pub fn metric(&self, name: &str) -> Option<u64> {
        let text = self.registry.encode();
        let mut values = text.lines().filter_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        values.next()
    }

    /// Nothing is stored and nothing is answered, as by a server that is overwhelmed.
    pub fn freeze_tables(&self) {
        self.signal("STOP");
    }

    /// See [`Hub::freeze_tables`].
    pub fn thaw_tables(&self) {
        self.signal("CONT");
    }

    fn signal(&self, signal: &str) {
        let (signal, id) = (format!("-{signal}"), self.nats.id().unwrap().to_string());
        assert!(std::process::Command::new("kill").args([signal, id]).status().unwrap().success());
    }

    /// Runs the real nats CLI, as an operator would; what it printed.
    pub fn nats(&self, args: &[&str]) -> String {
        self.nats.cli(args).unwrap()
    }

    pub async fn apply(
        &mut self,
        resources: Vec<api::Resource>,
    ) -> Result<api::ApplyResponse, tonic::Status> {
        Ok(self.client.apply(api::ApplyRequest { resources, ..Default::default() }).await?.into_inner())
    }

    /// What became of each resource.
    pub async fn changes(&mut self, resources: Vec<api::Resource>) -> Vec<api::Change> {
        self.apply(resources).await.unwrap().results.iter().map(api::ApplyResult::change).collect()
    }

    pub async fn get(&mut self, key: api::ResourceKey) -> Result<api::Resource, tonic::Status> {
        Ok(self.client.get(api::GetRequest { key: Some(key) }).await?.into_inner().resource.unwrap())
    }

    pub async fn delete(
        &mut self,
        keys: Vec<api::ResourceKey>,
        how: api::LocationDeletion,
    ) -> Result<Vec<bool>, tonic::Status> {
        let request = api::DeleteRequest { keys, dry_run: false, location_deletion: how.into() };
        let results = self.client.delete(request).await?.into_inner().results;
        Ok(results.into_iter().map(|result| result.existed).collect())
    }

    pub async fn list(&mut self, request: api::ListRequest) -> api::ListResponse {
        self.client.list(request).await.unwrap().into_inner()
    }

    /// Waits for a state of a placement.
    pub async fn status(
        &mut self,
        what: &str,
        wanted: fn(&api::PlacementStatus) -> bool,
    ) -> api::PlacementStatus {
        let client = self.client.clone();
        let found = eventually(what, SOON, async || {
            let request = api::GetStatusRequest { placement: "shop".into(), ..Default::default() };
            let status = client.clone().get_status(request).await.map_err(|status| status.to_string())?;
            let status = status.into_inner().status.unwrap_or_default();
            if wanted(&status) { Ok(status) } else { Err(format!("{status:?}")) }
        });
        found.await.unwrap()
    }
}

/// The resources of a text as users write it.
pub fn resources(yaml: &str) -> Vec<api::Resource> {
    let documents = model::parse::documents("test.yaml", yaml, "default").unwrap();
    documents.iter().map(|document| wire::resource_message(&document.resource)).collect()
}

pub fn regions() -> Vec<api::Resource> {
    resources(
        "apiVersion: tributary.dev/v1alpha1\nkind: Region\nmetadata: {name: eu}\nspec: {}\n---\n\
         apiVersion: tributary.dev/v1alpha1\nkind: Region\nmetadata: {name: de}\nspec: {parent: eu}\n",
    )
}

pub fn location(name: &str, region: &str, tier: &str) -> api::Resource {
    let text = format!(
        "apiVersion: tributary.dev/v1alpha1\nkind: Location\nmetadata: {{name: {name}, labels: {{tier: {tier}}}}}\n\
         spec: {{region: {region}}}\n"
    );
    resources(&text).remove(0)
}

pub fn placement() -> api::Resource {
    resources(
        "apiVersion: tributary.dev/v1alpha1\nkind: Placement\nmetadata: {name: shop}\n\
         spec:\n  what: [{namespaces: [shop]}]\n  where: {locationSelectors: [{matchLabels: {tier: gold}}]}\n",
    )
    .remove(0)
}

pub fn config_map(name: &str, value: &str) -> api::Resource {
    let text = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: shop, labels: {{app: {name}}}}}\n\
         data: {{value: {value}}}\n"
    );
    resources(&text).remove(0)
}

pub fn key(kind: &str, name: &str) -> api::ResourceKey {
    let group = "tributary.dev".into();
    api::ResourceKey { group, kind: kind.into(), name: name.into(), ..Default::default() }
}

pub fn config_map_key(name: &str) -> api::ResourceKey {
    api::ResourceKey {
        kind: "ConfigMap".into(),
        namespace: "shop".into(),
        name: name.into(),
        ..Default::default()
    }
}

pub fn metadata(resource: &api::Resource) -> &api::Metadata {
    resource.metadata.as_ref().unwrap()
}
