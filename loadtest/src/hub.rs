//! The gateway, as any program calls it.

mod watch;

use std::collections::BTreeMap;

use anyhow::Context as _;
use model::{API_GROUP, PlacementKey};
use tonic::transport::{Channel, Endpoint};
use wire::api::{self, tributary_service_client::TributaryServiceClient};

/// Above what any answer here has.
const MAX_MESSAGE: usize = 256 << 20;
/// Resources of one call, and of one page, which may not have more.
const CALL: usize = 5000;

/// The sequences of truth that hold a change.
pub type Watermark = BTreeMap<String, u64>;

/// Accounts for both.
pub fn join(watermark: &mut Watermark, other: Watermark) {
    for (stream, sequence) in other {
        let known = watermark.entry(stream).or_default();
        *known = sequence.max(*known);
    }
}

fn client(channel: Channel) -> TributaryServiceClient<Channel> {
    TributaryServiceClient::new(channel)
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE)
}

/// A client of one gateway.
#[derive(Clone, Debug)]
pub struct Hub {
    grpc: TributaryServiceClient<Channel>,
    /// For watches.
    lanes: Vec<TributaryServiceClient<Channel>>,
}

impl Hub {
    pub async fn connect(address: &str) -> anyhow::Result<Self> {
        let endpoint = Endpoint::new(address.to_owned())?.http2_adaptive_window(true);
        let channel =
            endpoint.connect().await.with_context(|| format!("cannot reach the gateway at {address}"))?;
        let lanes = (0..watch::LANES).map(|_| client(endpoint.connect_lazy())).collect();
        Ok(Self { grpc: client(channel), lanes })
    }

    /// One call.
    pub async fn apply(&mut self, resources: Vec<api::Resource>) -> anyhow::Result<Watermark> {
        let view = api::View::Basic.into();
        let answer = self.grpc.apply(api::ApplyRequest { resources, view, ..Default::default() }).await?;
        Ok(answer.into_inner().watermark)
    }

    /// Deletes locations: what was applied there is removed first.
    pub async fn withdraw(&mut self, locations: &[String]) -> anyhow::Result<()> {
        let key = |name: &String| api::ResourceKey {
            group: API_GROUP.to_owned(),
            kind: "Location".to_owned(),
            name: name.clone(),
            ..api::ResourceKey::default()
        };
        self.delete(locations.iter().map(key).collect(), api::LocationDeletion::Withdraw).await?;
        Ok(())
    }

    /// Deletes anything.
    pub async fn delete(
        &mut self,
        keys: Vec<api::ResourceKey>,
        how: api::LocationDeletion,
    ) -> anyhow::Result<Watermark> {
        let request = api::DeleteRequest { keys, dry_run: false, location_deletion: how.into() };
        Ok(self.grpc.delete(request).await?.into_inner().watermark)
    }

    /// As many calls as it takes; `told` hears of each.
    pub async fn apply_all(
        &mut self,
        resources: impl Iterator<Item = api::Resource>,
        mut told: impl FnMut(usize),
    ) -> anyhow::Result<Watermark> {
        let mut watermark = Watermark::new();
        let mut resources = resources.peekable();
        while resources.peek().is_some() {
            let some: Vec<_> = resources.by_ref().take(CALL).collect();
            let count = some.len();
            watermark.extend(self.apply(some).await?);
            told(count);
        }
        Ok(watermark)
    }

    /// The rollout number that a placement has come to.
    pub async fn rollout(&mut self, placement: &PlacementKey) -> anyhow::Result<u64> {
        let (space, name) = (placement.space.clone(), placement.name.clone());
        let request = api::GetStatusRequest { space, placement: name, ..api::GetStatusRequest::default() };
        let status = self.grpc.get_status(request).await?.into_inner().status;
        let rollout = status.and_then(|status| status.rollout);
        Ok(rollout.with_context(|| format!("{placement} has no rollout"))?.number)
    }

    /// Whether the agent of a location is heard.
    pub async fn online(&mut self, location: &str) -> Result<(), String> {
        let (location, states) = (location.to_owned(), vec!["online".to_owned()]);
        let request = api::ListLocationStatusRequest { location, states, ..Default::default() };
        match self.locations(request, 1, drop).await {
            Ok(0) => Err("it is not".to_owned()),
            Ok(_) => Ok(()),
            Err(error) => Err(format!("{error:#}")),
        }
    }

    /// Locations and a placement there, until there are `want` of them or no more; `told` hears of each page. How many
    /// there were.
    pub async fn locations(
        &mut self,
        request: api::ListLocationStatusRequest,
        want: usize,
        told: impl FnMut(Vec<api::LocationStatus>),
    ) -> anyhow::Result<usize> {
        let fetch = async |page_size, page_token| {
            let request = api::ListLocationStatusRequest { page_size, page_token, ..request.clone() };
            let page = self.grpc.list_location_status(request).await?.into_inner();
            Ok((page.locations, page.next_page_token))
        };
        pages(want, fetch, told).await
    }

    /// Resources, in the same way.
    pub async fn list(
        &mut self,
        request: api::ListRequest,
        want: usize,
        told: impl FnMut(Vec<api::Resource>),
    ) -> anyhow::Result<usize> {
        let fetch = async |page_size, page_token| {
            let request = api::ListRequest { page_size, page_token, ..request.clone() };
            let page = self.grpc.list(request).await?.into_inner();
            Ok((page.resources, page.next_page_token))
        };
        pages(want, fetch, told).await
    }
}

/// Page after page, until there are `want` or no more; how many there were. `fetch` takes a size and a token, and gives a
/// page with the next token.
async fn pages<T>(
    want: usize,
    mut fetch: impl AsyncFnMut(u32, String) -> anyhow::Result<(Vec<T>, String)>,
    mut told: impl FnMut(Vec<T>),
) -> anyhow::Result<usize> {
    let (mut found, mut token) = (0, String::new());
    while found < want {
        let (page, next) = fetch(page_size(want - found), token).await?;
        found += page.len();
        told(page);
        if next.is_empty() {
            break;
        }
        token = next;
    }
    Ok(found)
}

/// As many as the gateway gives at once, at most.
fn page_size(want: usize) -> u32 {
    u32::try_from(want.min(CALL)).unwrap_or_default()
}
