//! Changes of more rows than the server takes as one atomic batch, against a real server.

use crate::support::{Hub, config_map, config_map_key, key, location, placement, regions};
use tonic::Code;
use wire::api::{self, Change, LocationDeletion};

fn config_maps(count: usize) -> Vec<api::Resource> {
    (0..count).map(|n| config_map(&format!("c-{n:04}"), "x")).collect()
}

async fn total(hub: &mut Hub) -> u64 {
    hub.list(api::ListRequest { page_size: 1, ..Default::default() }).await.total_size
}

/// Refuses what would make the table longer; -1: nothing.
pub fn limit(hub: &Hub, rows: i64) {
    let info = hub.nats(&["request", "--raw", "$JS.API.STREAM.INFO.KV_intent", ""]);
    let mut config = serde_json::from_str::<serde_json::Value>(&info).unwrap()["config"].take();
    config["max_msgs"] = rows.into();
    config["discard"] = "new".into();
    let answer = hub.nats(&["request", "--raw", "$JS.API.STREAM.UPDATE.KV_intent", &config.to_string()]);
    assert!(!answer.contains("\"error\""), "{answer}");
}

#[tokio::test]
async fn any_number_of_objects_is_applied_and_deleted_by_one_call() {
    let mut hub = Hub::start().await;
    let mut all = vec![placement()];
    all.extend(config_maps(2500));
    assert_eq!(hub.changes(all.clone()).await, vec![Change::Created; 2501]);
    assert_eq!(total(&mut hub).await, 2500);
    assert_eq!(hub.changes(all).await, vec![Change::Unchanged; 2501]);

    let keys: Vec<_> = (0..2500).map(|n| config_map_key(&format!("c-{n:04}"))).collect();
    let deleted = hub.delete(keys.clone(), LocationDeletion::Unspecified).await.unwrap();
    assert_eq!(deleted, vec![true; 2500]);
    assert_eq!(hub.delete(keys, LocationDeletion::Unspecified).await.unwrap(), vec![false; 2500]);
    assert_eq!(total(&mut hub).await, 0);
}

#[tokio::test]
async fn more_locations_than_one_batch_holds_are_stored_in_several() {
    let mut hub = Hub::start().await;
    let mut all = regions();
    all.extend((0..2500).map(|n| location(&format!("store-{n}"), "de", "gold")));
    hub.apply(all).await.unwrap();
    let request = api::ListRequest { kind: "Location".into(), page_size: 2000, ..Default::default() };
    let first = hub.list(request.clone()).await;
    assert_eq!((first.resources.len(), first.total_size), (2000, 2500));
    let rest = hub.list(api::ListRequest { page_token: first.next_page_token, ..request }).await;
    assert_eq!((rest.resources.len(), rest.next_page_token.as_str()), (500, ""));
}

#[tokio::test]
async fn a_failure_between_batches_says_how_far_it_came_and_the_same_call_completes_it() {
    let mut hub = Hub::start().await;
    let mut all = vec![placement()];
    all.extend(config_maps(2500));
    // As if the disk were full after the first batch.
    limit(&hub, 1200);
    let failed = hub.apply(all.clone()).await.unwrap_err();
    assert!(
        failed.message().starts_with("1000 of 2501 changes are stored and stay; ConfigMap shop/c-1000"),
        "{failed}"
    );
    assert!(failed.message().contains("repeat the call to complete it"), "{failed}");
    assert_eq!(total(&mut hub).await, 1000);
    let placement = hub.get(key("Placement", "shop")).await.unwrap_err();
    assert_eq!(placement.code(), Code::NotFound, "it would run on a part of its objects");

    limit(&hub, -1);
    let changes = hub.changes(all).await;
    let created = changes.iter().filter(|change| **change == Change::Created).count();
    let unchanged = changes.iter().filter(|change| **change == Change::Unchanged).count();
    assert_eq!((created, unchanged), (1501, 1000));
    assert_eq!(total(&mut hub).await, 2500);
}

#[tokio::test]
async fn a_change_of_another_between_batches_is_met_and_everything_is_told_as_it_went() {
    let mut hub = Hub::start().await;
    let mut other = hub.client.clone();
    let interfering = async {
        for round in 0..5 {
            let resources = vec![config_map("c-2400", &format!("other-{round}"))];
            other.apply(api::ApplyRequest { resources, ..Default::default() }).await.unwrap();
        }
    };
    let client = hub.client.clone();
    let large = async {
        let resources = config_maps(2500);
        client
            .clone()
            .apply(api::ApplyRequest { resources, ..Default::default() })
            .await
            .unwrap()
            .into_inner()
    };
    let (answer, ()) = tokio::join!(large, interfering);
    let told = |index: usize| answer.results[index].change();
    assert!((0..2400).all(|index| told(index) == Change::Created), "stored ones are not told as unchanged");
    assert_eq!(total(&mut hub).await, 2500);
}
