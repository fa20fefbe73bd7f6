//! Applying, reading and deleting resources, against a real server.

use crate::support::{Hub, config_map, config_map_key, key, location, metadata, placement, regions};
use tonic::Code;
use wire::api::{self, Change, LocationDeletion, View};

#[tokio::test]
async fn an_apply_is_read_back_at_once_and_repeating_it_changes_nothing() {
    let mut hub = Hub::start().await;
    let mut all = regions();
    all.extend([location("fra-1", "de", "gold"), placement(), config_map("cart", "one")]);
    assert_eq!(hub.changes(all.clone()).await, [Change::Created; 5]);
    let kept = hub.get(config_map_key("cart")).await.unwrap();
    assert_eq!((metadata(&kept).space.as_str(), metadata(&kept).generation), ("default", 1));
    assert!(!metadata(&kept).uid.is_empty());

    assert_eq!(hub.changes(all).await, [Change::Unchanged; 5]);
    let answer = hub.apply(vec![config_map("cart", "two")]).await.unwrap();
    assert_eq!(answer.results[0].change(), Change::Configured);
    let told = answer.results[0].resource.clone().unwrap();
    assert_eq!(told, hub.get(config_map_key("cart")).await.unwrap(), "the answer is what is kept");
    assert_eq!(answer.watermark.keys().collect::<Vec<_>>(), ["KV_intent", "KV_locations"]);
    let again = hub.get(config_map_key("cart")).await.unwrap();
    assert_eq!((metadata(&again).generation, &metadata(&again).uid), (2, &metadata(&kept).uid));
    hub.stop().await;
}

#[tokio::test]
async fn a_basic_view_leaves_the_resources_out_and_tells_all_else() {
    let mut hub = Hub::start().await;
    for change in [Change::Created, Change::Configured] {
        let resources = vec![config_map("cart", change.as_str_name())];
        let view = View::Basic.into();
        let request = api::ApplyRequest { resources, view, ..Default::default() };
        let answer = hub.client.apply(request).await.unwrap().into_inner();
        let told = &answer.results[0];
        assert_eq!((told.key.as_ref().unwrap().name.as_str(), told.change()), ("cart", change));
        assert!(told.resource.is_none() && told.previous.is_none());
        assert!(answer.watermark["KV_intent"] > 0);
    }
}

#[tokio::test]
async fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let mut hub = Hub::start().await;
    let resources = vec![config_map("cart", "one")];
    let request = api::ApplyRequest { resources, dry_run: true, ..Default::default() };
    let answer = hub.client.apply(request).await.unwrap().into_inner();
    assert_eq!(answer.results[0].change(), Change::Created);
    assert_eq!(hub.get(config_map_key("cart")).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_the_resource_the_field_and_what_to_do() {
    let mut hub = Hub::start().await;
    let refused = hub.apply(vec![location("fra-1", "nowhere", "gold")]).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(
        refused.message().contains("Location fra-1: spec.region: there is no region nowhere"),
        "{refused}"
    );

    let twice = hub.apply(vec![config_map("cart", "a"), config_map("cart", "b")]).await.unwrap_err();
    assert!(twice.message().contains("resources[1] ConfigMap shop/cart: given twice"), "{twice}");

    let large = config_map("large", "x");
    let mut huge = placement();
    huge.metadata.as_mut().unwrap().annotations.insert("note".into(), "x".repeat(1 << 20));
    let huge = hub.apply(vec![large, huge]).await.unwrap_err();
    assert_eq!(huge.code(), Code::InvalidArgument);
    assert!(huge.message().contains("Placement shop: it takes 1048"), "{huge}");
    assert_eq!(hub.get(config_map_key("large")).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn an_old_version_is_refused_and_concurrent_applies_all_get_through() {
    let mut hub = Hub::start().await;
    hub.apply(vec![config_map("cart", "one")]).await.unwrap();
    let mut stale = hub.get(config_map_key("cart")).await.unwrap();
    hub.apply(vec![config_map("cart", "two")]).await.unwrap();
    stale.metadata.as_mut().unwrap().labels = Default::default();
    assert_eq!(hub.apply(vec![stale]).await.unwrap_err().code(), Code::Aborted);

    let apply = |n: usize| {
        let mut client = hub.client.clone();
        let resources = vec![config_map("cart", &format!("v{n}"))];
        async move { client.apply(api::ApplyRequest { resources, ..Default::default() }).await }
    };
    let all = futures::future::join_all((0..4).map(apply)).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    let kept = hub.get(config_map_key("cart")).await.unwrap();
    assert_eq!(metadata(&kept).generation, 6);
}

#[tokio::test]
async fn lists_are_sorted_and_take_label_selectors() {
    let mut hub = Hub::start().await;
    hub.apply(regions()).await.unwrap();
    let tiers = [("b", "gold"), ("a", "gold"), ("c", "tin")];
    hub.apply(tiers.iter().map(|(name, tier)| location(name, "eu", tier)).collect()).await.unwrap();
    hub.apply(vec![config_map("cart", "x"), config_map("stock", "x"), placement()]).await.unwrap();
    let names = |answer: api::ListResponse| -> Vec<String> {
        answer.resources.iter().map(|resource| metadata(resource).name.clone()).collect()
    };
    let gold = api::ListRequest {
        kind: "Location".into(),
        label_selector: "tier=gold".into(),
        ..Default::default()
    };
    assert_eq!(names(hub.list(gold).await), ["a", "b"]);
    let carts = api::ListRequest { label_selector: "app in (cart)".into(), ..Default::default() };
    assert_eq!(names(hub.list(carts).await), ["cart"]);
    assert_eq!(names(hub.list(api::ListRequest::default()).await), ["cart", "stock"]);
    let wrong = api::ListRequest { label_selector: "a b".into(), ..Default::default() };
    assert_eq!(hub.client.list(wrong).await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_large_manifest_is_kept_apart_and_read_back_whole() {
    let mut hub = Hub::start().await;
    let large = config_map("large", &"x".repeat(300 * 1024));
    assert_eq!(hub.changes(vec![large.clone()]).await, [Change::Created]);
    assert_eq!(hub.changes(vec![large.clone()]).await, [Change::Unchanged]);
    let kept = hub.get(config_map_key("large")).await.unwrap();
    assert_eq!(kept.spec, large.spec);
    assert!(metadata(&kept).labels.is_empty(), "they are in the manifest");
    assert_eq!(hub.changes(vec![kept]).await, [Change::Unchanged], "what was read can be applied");
    hub.apply(vec![config_map("small", "x")]).await.unwrap();
    let selected =
        |selector: &str| api::ListRequest { label_selector: selector.into(), ..Default::default() };
    for (selector, count) in [("app=large", 1), ("app!=large", 1), ("app", 2), ("app=none", 0)] {
        assert_eq!(hub.list(selected(selector)).await.total_size, count, "{selector}");
    }
}

#[tokio::test]
async fn pages_go_on_after_the_last_name_whatever_comes_and_goes_between_them() {
    let mut hub = Hub::start().await;
    let names = ["b", "d", "f", "h"];
    hub.apply(names.iter().map(|name| config_map(name, "x")).collect()).await.unwrap();
    let request = api::ListRequest { page_size: 2, ..Default::default() };
    let listed = |answer: &api::ListResponse| -> Vec<String> {
        answer.resources.iter().map(|resource| metadata(resource).name.clone()).collect()
    };
    let first = hub.list(request.clone()).await;
    assert_eq!((listed(&first), first.total_size), (vec!["b".to_owned(), "d".to_owned()], 4));
    // One before the page, its last one gone, and one after it.
    hub.apply(vec![config_map("a", "x"), config_map("e", "x")]).await.unwrap();
    hub.delete(vec![config_map_key("d")], LocationDeletion::Unspecified).await.unwrap();
    let second = hub.list(api::ListRequest { page_token: first.next_page_token, ..request.clone() }).await;
    assert_eq!(listed(&second), ["e", "f"]);
    let third = hub.list(api::ListRequest { page_token: second.next_page_token, ..request }).await;
    assert_eq!((listed(&third), third.next_page_token.as_str()), (vec!["h".to_owned()], ""));
}

#[tokio::test]
async fn a_page_is_no_larger_than_clients_take() {
    let mut hub = Hub::start().await;
    let large = |n: usize| config_map(&format!("c-{n:02}"), &"x".repeat(200 * 1024));
    hub.apply((0..30).map(large).collect()).await.unwrap();
    let mut client =
        wire::api::tributary_service_client::TributaryServiceClient::connect(hub.url.clone()).await.unwrap();
    let (mut token, mut pages, mut found) = (String::new(), 0, 0);
    loop {
        let request = api::ListRequest { page_token: token, ..Default::default() };
        let page = client.list(request).await.unwrap().into_inner();
        assert_eq!(page.total_size, 30);
        (pages, found, token) = (pages + 1, found + page.resources.len(), page.next_page_token);
        if token.is_empty() {
            break;
        }
    }
    assert_eq!((pages, found), (2, 30));
}

#[tokio::test]
async fn what_is_deleted_is_gone_and_can_be_created_again_as_something_new() {
    let mut hub = Hub::start().await;
    hub.apply(vec![config_map("cart", "one")]).await.unwrap();
    let uid = metadata(&hub.get(config_map_key("cart")).await.unwrap()).uid.clone();
    let delete = vec![config_map_key("cart"), config_map_key("never-there")];
    assert_eq!(hub.delete(delete, LocationDeletion::Unspecified).await.unwrap(), [true, false]);
    assert_eq!(hub.get(config_map_key("cart")).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(hub.changes(vec![config_map("cart", "one")]).await, [Change::Created]);
    assert_ne!(metadata(&hub.get(config_map_key("cart")).await.unwrap()).uid, uid);
}

#[tokio::test]
async fn a_region_goes_only_when_nothing_is_in_it() {
    let mut hub = Hub::start().await;
    let mut all = regions();
    all.push(location("fra-1", "de", "gold"));
    hub.apply(all).await.unwrap();
    for region in ["eu", "de"] {
        let refused =
            hub.delete(vec![key("Region", region)], LocationDeletion::Unspecified).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    }
    let all = vec![key("Location", "fra-1"), key("Region", "de"), key("Region", "eu")];
    assert_eq!(hub.delete(all, LocationDeletion::Unspecified).await.unwrap(), [true; 3]);
}
