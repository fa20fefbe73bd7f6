//! The connection to the gateway: timeouts on every call, and errors that say what to do.

mod again;
mod call;
mod edge;

use std::time::Duration;

use anyhow::{Context as _, Result};
use model::{Resource, ResourceKey};
use tonic::{
    Status,
    transport::{Channel, Endpoint},
};
use wire::api::{
    self, resource::Spec, tributary_service_client::TributaryServiceClient, workload_spec::Content,
};

use self::again::until_taken;
pub use self::call::{Outdated, silent};
use self::call::{answer, explain, unreachable};
use crate::{args::Global, busy, trace, usage::usage};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A dead server behind a quiet stream is noticed within two of these.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// One page of large objects; gRPC's default of 4 MiB is less than one apply of kube-prometheus.
const MAX_MESSAGE: usize = 256 << 20;
/// As many as the gateway gives at once; bytes bound a page before that.
const PAGE: u32 = 5000;

/// Before a watch that broke is opened again. A gateway that restarts is back within seconds; asking at once and without
/// end would only keep it and this machine busy meanwhile.
pub const PAUSE: Duration = Duration::from_millis(500);

/// See [`PAUSE`].
pub async fn pause() {
    tokio::time::sleep(PAUSE).await;
}

/// A client of one gateway.
#[derive(Clone, Debug)]
pub struct Client {
    grpc: TributaryServiceClient<Channel>,
    address: String,
    timeout: Duration,
}

impl Client {
    pub async fn connect(global: &Global) -> Result<Self> {
        let endpoint = endpoint(&global.address)?
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE);
        let connecting = busy::while_waiting("connecting", endpoint.connect());
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await;
        let channel = connected.ok().and_then(Result::ok).ok_or_else(|| unreachable(&global.address))?;
        let grpc = TributaryServiceClient::new(channel)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        Ok(Self { grpc, address: global.address.clone(), timeout: global.request_timeout })
    }

    pub async fn apply(&mut self, request: api::ApplyRequest) -> Result<api::ApplyResponse> {
        let call = until_taken(|| {
            let (mut grpc, request) = (self.grpc.clone(), trace::carry(request.clone()));
            async move { grpc.apply(request).await }
        });
        answer(call, call::APPLYING, &self.address, self.timeout).await
    }

    pub async fn get(&mut self, key: &ResourceKey) -> Result<Resource> {
        let request = api::GetRequest { key: Some(wire::resource_key_message(key)) };
        let doing = format!("getting {}", crate::kinds::title(key));
        let call = self.grpc.get(request);
        let response = answer(call, &doing, &self.address, self.timeout).await?;
        read(response.resource.context("the gateway's answer lacks the resource")?)
    }

    /// A resource as the gateway sent it; a large one is asked for again, with its manifest.
    pub async fn whole(&mut self, message: api::Resource) -> Result<Resource> {
        match large(&message) {
            Some(key) => self.get(&key).await,
            None => read(message),
        }
    }

    /// All pages.
    pub async fn list(&mut self, request: api::ListRequest) -> Result<Vec<Resource>> {
        busy::while_waiting("listing", self.pages(request)).await
    }

    async fn pages(&mut self, mut request: api::ListRequest) -> Result<Vec<Resource>> {
        request.page_size = PAGE;
        let mut found = Vec::new();
        loop {
            let call = self.grpc.list(request.clone());
            let page = answer(call, "listing", &self.address, self.timeout).await?;
            for message in page.resources {
                found.push(self.whole(message).await?);
            }
            if page.next_page_token.is_empty() {
                return Ok(found);
            }
            request.page_token = page.next_page_token;
        }
    }

    pub async fn watch(
        &mut self,
        request: api::WatchRequest,
    ) -> Result<tonic::Streaming<api::WatchResponse>> {
        let call = self.grpc.watch(request);
        answer(call, "watching", &self.address, self.timeout).await
    }

    pub async fn delete(&mut self, request: api::DeleteRequest) -> Result<api::DeleteResponse> {
        let call = until_taken(|| {
            let (mut grpc, request) = (self.grpc.clone(), trace::carry(request.clone()));
            async move { grpc.delete(request).await }
        });
        answer(call, call::DELETING, &self.address, self.timeout).await
    }

    pub async fn explain(&mut self, request: api::ExplainRequest) -> Result<api::ExplainResponse> {
        let call = self.grpc.explain(request);
        answer(call, "explaining", &self.address, self.timeout).await
    }

    pub async fn render(&mut self, request: api::RenderRequest) -> Result<api::RenderResponse> {
        let call = self.grpc.render(request);
        answer(call, "rendering", &self.address, self.timeout).await
    }

    pub async fn status(&mut self, space: &str, placement: &str) -> Result<api::PlacementStatus> {
        let request = api::GetStatusRequest {
            space: space.to_owned(),
            placement: placement.to_owned(),
            ..api::GetStatusRequest::default()
        };
        let doing = format!("getting the status of placement/{placement}");
        let call = self.grpc.get_status(request);
        let response = answer(call, &doing, &self.address, self.timeout).await?;
        Ok(response.status.unwrap_or_default())
    }

    pub async fn watch_status(
        &mut self,
        request: api::WatchStatusRequest,
    ) -> Result<tonic::Streaming<api::WatchStatusResponse>> {
        let doing = format!("watching placement/{}", request.placement);
        let call = self.grpc.watch_status(request);
        answer(call, &doing, &self.address, self.timeout).await
    }

    /// All pages.
    pub async fn location_status(
        &mut self,
        mut request: api::ListLocationStatusRequest,
    ) -> Result<Vec<api::LocationStatus>> {
        request.page_size = PAGE;
        let mut found = Vec::new();
        loop {
            let call = self.grpc.list_location_status(request.clone());
            let page = answer(call, "asking for the state of locations", &self.address, self.timeout).await?;
            found.extend(page.locations);
            if page.next_page_token.is_empty() {
                return Ok(found);
            }
            request.page_token = page.next_page_token;
        }
    }

    /// What an error of an open stream means.
    pub fn stream_error(&self, status: &Status) -> anyhow::Error {
        explain(status, "watching", &self.address)
    }
}

/// Only what can be connected to: of the rest, tonic would say that it cannot be reached.
fn endpoint(address: &str) -> Result<Endpoint> {
    let endpoint = Endpoint::from_shared(address.to_owned()).ok();
    let endpoint =
        endpoint.filter(|it| it.uri().scheme_str() == Some("http") && it.uri().authority().is_some());
    endpoint.ok_or_else(|| {
        usage(format!("--address: `{address}` is not an address; write it as http://HOST:PORT"))
    })
}

/// The key of a workload object that came without its manifest, as large ones do in lists.
fn large(message: &api::Resource) -> Option<ResourceKey> {
    let metadata = message.metadata.as_ref()?;
    match &message.spec {
        Some(Spec::Workload(spec)) if matches!(spec.content, Some(Content::ManifestDigest(_))) => {
            Some(ResourceKey {
                space: metadata.space.clone(),
                group: spec.group.clone(),
                kind: spec.kind.clone(),
                namespace: spec.namespace.clone(),
                name: metadata.name.clone(),
            })
        }
        _ => None,
    }
}

fn read(message: api::Resource) -> Result<Resource> {
    wire::resource(message).context("the gateway's answer cannot be read")
}
