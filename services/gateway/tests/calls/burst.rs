//! Far more calls at once than a gateway takes on, and a server that takes nothing from it.

use std::time::Duration;

use futures::future::join_all;
use testbed::eventually;
use tonic::transport::Channel;
use tonic::{Code, Status};
use wire::api::{self, tributary_service_client::TributaryServiceClient};

use crate::large::limit;
use crate::support::{Hub, config_map};

/// The server lets each connection have so many calls at once.
const CONNECTIONS: usize = 12;
const CALLS: usize = 2_400;
const LONG: Duration = Duration::from_secs(60);
const REFUSED: &str = "tributary_gateway_refused_total{reason=\"calls\"}";

type Client = TributaryServiceClient<Channel>;

async fn apply(client: &Client, n: usize) -> Result<(), Status> {
    let resources = vec![config_map(&format!("c-{n}"), "x")];
    client.clone().apply(api::ApplyRequest { resources, ..Default::default() }).await.map(|_| ())
}

/// Applies until it is taken, as clients do that are told when to come again; how often it was refused.
async fn insist(client: &Client, n: usize) -> usize {
    let mut refused = 0;
    let taken = eventually("the gateway takes it", LONG, async || {
        let Err(status) = apply(client, n).await else { return Ok(()) };
        let pushback = status.metadata().contains_key("grpc-retry-pushback-ms");
        assert!(status.code() == Code::ResourceExhausted && pushback, "{status}");
        refused += 1;
        Err(status)
    });
    taken.await.unwrap();
    refused
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_beyond_what_is_taken_on_is_refused_with_a_hint_counted_and_loses_nothing() {
    let mut hub = Hub::start().await;
    let connect = async |_| TributaryServiceClient::connect(hub.url.clone()).await.unwrap();
    let clients: Vec<Client> = join_all((0..CONNECTIONS).map(connect)).await;
    // What is taken on waits for the tables.
    hub.freeze_tables();
    let calls = join_all((0..CALLS).map(|n| insist(&clients[n % CONNECTIONS], n)));
    let (refused, ()) = tokio::join!(calls, async {
        let enough = eventually("calls to be refused", LONG, async || match hub.metric(REFUSED) {
            Some(refused) if refused > 500 => Ok(()),
            other => Err(format!("{other:?}")),
        });
        enough.await.unwrap();
        let taken = hub.metric("tributary_gateway_calls_in_flight").unwrap();
        assert!(taken <= 1024, "{taken} calls at once");
        hub.thaw_tables();
    });
    let refused: usize = refused.into_iter().sum();
    assert_eq!(hub.metric(REFUSED), Some(refused as u64));
    let all = hub.list(api::ListRequest { page_size: 1, ..Default::default() }).await;
    assert_eq!(all.total_size, CALLS as u64);
    assert_eq!(hub.metric("tributary_gateway_calls_in_flight"), Some(0));
}

#[tokio::test]
async fn what_the_server_has_no_room_for_is_refused_counted_and_taken_once_there_is_some() {
    let hub = Hub::start().await;
    apply(&hub.client, 0).await.unwrap();
    limit(&hub, 1);
    let refused = apply(&hub.client, 1).await.unwrap_err();
    assert!(refused.code() == Code::Unavailable && refused.message().contains("no room"), "{refused}");
    assert_eq!(hub.metric("tributary_flow_not_stored_total{reason=\"full\"}"), Some(1));
    limit(&hub, -1);
    apply(&hub.client, 1).await.unwrap();
}
