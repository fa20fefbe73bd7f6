//! Following what is declared, against a real server.

use crate::support::{Hub, SOON, config_map, config_map_key, metadata};
use testbed::eventually;
use tonic::Code;
use wire::api::{self, LocationDeletion};

#[tokio::test]
async fn a_watch_tells_what_is_there_and_then_every_change() {
    let mut hub = Hub::start().await;
    hub.apply(vec![config_map("cart", "one"), config_map("stock", "one")]).await.unwrap();
    let request = api::WatchRequest {
        kind: "ConfigMap".into(),
        label_selector: "app=cart".into(),
        ..Default::default()
    };
    let mut watch = hub.client.watch(request).await.unwrap().into_inner();
    let mut next = async || match watch.message().await.unwrap().unwrap().event.unwrap() {
        api::watch_response::Event::Changed(resource) => {
            format!("changed {}", metadata(&resource).generation)
        }
        api::watch_response::Event::Deleted(key) => format!("deleted {}", key.name),
        api::watch_response::Event::CaughtUp(_) => "caught up".to_owned(),
    };
    assert_eq!(next().await, "changed 1");
    assert_eq!(next().await, "caught up");
    hub.apply(vec![config_map("cart", "two"), config_map("stock", "two")]).await.unwrap();
    assert_eq!(next().await, "changed 2");
    hub.delete(vec![config_map_key("cart")], LocationDeletion::Unspecified).await.unwrap();
    assert_eq!(next().await, "deleted cart");
    hub.stop().await;
    assert!(watch.message().await.unwrap().is_none(), "an ending gateway ends its streams");
}

#[tokio::test]
async fn a_watch_ends_when_its_table_is_made_anew_and_another_one_tells_what_is_there() {
    let mut hub = Hub::start().await;
    hub.apply(vec![config_map("cart", "one"), config_map("stock", "one")]).await.unwrap();
    let request = api::WatchRequest { kind: "ConfigMap".into(), ..Default::default() };
    let mut watch = hub.client.watch(request.clone()).await.unwrap().into_inner();
    for _ in 0..3 {
        watch.message().await.unwrap().unwrap();
    }
    hub.nats(&["stream", "rm", "KV_intent", "--force"]);
    hub.bus.init(1).await.unwrap();
    let ended = watch.message().await.unwrap_err();
    assert_eq!(ended.code(), Code::Unavailable);

    let client = hub.client.clone();
    let empty = eventually("the gateway reads the new table", SOON, async || {
        let listed = client.clone().list(api::ListRequest::default()).await;
        match listed.map(|answer| answer.into_inner().total_size) {
            Ok(0) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
    empty.await.unwrap();
    hub.apply(vec![config_map("cart", "two")]).await.unwrap();
    let mut watch = hub.client.watch(request).await.unwrap().into_inner();
    let first = watch.message().await.unwrap().unwrap().event.unwrap();
    let api::watch_response::Event::Changed(cart) = first else { panic!("{first:?}") };
    assert_eq!((metadata(&cart).name.as_str(), metadata(&cart).resource_version.as_str()), ("cart", "1"));
}
