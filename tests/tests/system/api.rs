//! The API as programs see it: every call by the real grpcurl, which learns it by reflection, against a whole fleet.

mod grpcurl;

use serde_json::{Value, json};
use testbed::eventually;

use crate::fleet::{Fleet, SOON, STORES};
use grpcurl::{
    ABORTED, FAILED_PRECONDITION, INVALID_ARGUMENT, NOT_FOUND, Refused, ask, call, config_map, follow, key,
    placement,
};

/// The shop runs everywhere.
async fn with_shop() -> Fleet {
    let fleet = Fleet::start().await;
    let resources = json!([config_map("prices", "1"), config_map("menu", "1"), placement("shop")]);
    call(&fleet, "Apply", &json!({"resources": resources})).unwrap();
    fleet.healthy("shop");
    fleet
}

fn get(fleet: &Fleet, kind: &str, name: &str) -> Result<Value, Refused> {
    call(fleet, "Get", &json!({"key": key(kind, name)})).map(|mut answer| answer["resource"].take())
}

fn names(answer: &Value) -> Vec<&str> {
    let resources = answer["resources"].as_array().unwrap();
    resources.iter().map(|resource| resource["metadata"]["name"].as_str().unwrap()).collect()
}

/// Where a placement is in one of these states.
fn locations(fleet: &Fleet, placement: &str, states: &[&str]) -> Vec<String> {
    let request = json!({"placement": placement, "states": states});
    let answer = call(fleet, "ListLocationStatus", &request).unwrap();
    let rows = answer["locations"].as_array().unwrap().iter();
    rows.map(|status| status["row"]["location"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_api_describes_itself() {
    let fleet = Fleet::start().await;
    assert!(ask(&fleet, &["list"]).contains("tributary.api.v1.TributaryService"));
    let methods = ask(&fleet, &["list", "tributary.api.v1.TributaryService"]);
    for method in [
        "Apply",
        "Get",
        "List",
        "Watch",
        "Delete",
        "Explain",
        "Render",
        "GetStatus",
        "GetLive",
        "ListLocationErrors",
        "ListLocationEvents",
    ] {
        assert!(methods.contains(&format!("TributaryService.{method}")), "{methods}");
    }
    assert!(ask(&fleet, &["describe", "tributary.api.v1.ApplyRequest"]).contains("bool dry_run = 2"));
}

#[tokio::test]
async fn what_is_declared_is_applied_read_and_listed() {
    let fleet = Fleet::start().await;
    let shop = json!([
        config_map("prices", "1"),
        config_map("menu", "1"),
        config_map("staff", "1"),
        placement("shop")
    ]);
    let dry = call(&fleet, "Apply", &json!({"resources": shop, "dryRun": true})).unwrap();
    assert_eq!(dry["results"][0]["change"], "CHANGE_CREATED");
    assert_eq!(get(&fleet, "Placement", "shop").unwrap_err().code, NOT_FOUND);

    let applied = call(&fleet, "Apply", &json!({"resources": shop})).unwrap();
    assert_eq!(applied["results"][3]["change"], "CHANGE_CREATED");
    let again = call(&fleet, "Apply", &json!({"resources": shop})).unwrap();
    assert_eq!(again["results"][3]["change"], "CHANGE_UNCHANGED");
    assert_eq!(again["watermark"], applied["watermark"]);
    let kept = get(&fleet, "Placement", "shop").unwrap();
    assert_eq!(kept, applied["results"][3]["resource"], "the answer is what is kept");

    let mut edited = kept.clone();
    edited["placement"]["priority"] = json!(5);
    assert_eq!(
        call(&fleet, "Apply", &json!({"resources": [edited]})).unwrap()["results"][0]["change"],
        "CHANGE_CONFIGURED"
    );
    let late = call(&fleet, "Apply", &json!({"resources": [edited]})).unwrap_err();
    assert_eq!(late.code, ABORTED);
    assert!(late.message.contains("metadata.resourceVersion"), "{late:?}");

    let page = |token: &str| json!({"kind": "ConfigMap", "pageSize": 2, "pageToken": token});
    let first = call(&fleet, "List", &page("")).unwrap();
    assert_eq!((names(&first), first["totalSize"].as_str()), (vec!["menu", "prices"], Some("3")));
    call(&fleet, "Apply", &json!({"resources": [config_map("aprons", "1"), config_map("rota", "1")]}))
        .unwrap();
    let second = call(&fleet, "List", &page(first["nextPageToken"].as_str().unwrap())).unwrap();
    assert_eq!((names(&second), second["nextPageToken"].as_str()), (vec!["rota", "staff"], Some("")));
    let chosen = json!({"labelSelector": "name in (menu, staff)"});
    assert_eq!(names(&call(&fleet, "List", &chosen).unwrap()), ["menu", "staff"]);
    assert_eq!(names(&call(&fleet, "List", &json!({"space": "another"})).unwrap()), [""; 0]);
}

#[tokio::test]
async fn where_what_runs_and_how_it_fares_is_told() {
    let fleet = with_shop().await;
    let explained = call(&fleet, "Explain", &json!({"placement": "shop", "location": "store-1"})).unwrap();
    assert_eq!(explained["explanations"][0]["reason"], "by locationSelectors[0]");
    let rendered = call(&fleet, "Render", &json!({"placement": "shop", "location": "store-1"})).unwrap();
    assert_eq!(rendered["objects"].as_array().unwrap().len(), 2);
    let status = call(&fleet, "GetStatus", &json!({"placement": "shop"})).unwrap();
    assert_eq!(status["status"]["summary"]["total"]["healthy"], "3");
    let mut healthy = locations(&fleet, "shop", &["healthy"]);
    healthy.sort_unstable();
    assert_eq!(healthy, STORES.map(|(store, _)| store));

    let live = json!({"location": "store-1", "object": key("ConfigMap", "prices")});
    let answer = call(&fleet, "GetLive", &live).unwrap();
    assert_eq!(answer["error"], "", "{answer}");
    assert!(!answer["liveJson"].as_str().unwrap().is_empty(), "{answer}");
}

#[tokio::test]
async fn changes_of_declarations_and_of_states_are_followed() {
    let fleet = with_shop().await;
    let watch = follow(&fleet, "Watch", &json!({"kind": "ConfigMap", "labelSelector": "name=prices"}));
    let status = follow(&fleet, "WatchStatus", &json!({"placement": "shop"}));
    watch.line("\"caughtUp\": true", SOON).await.unwrap();
    status.line("\"number\": \"1\"", SOON).await.unwrap();
    call(&fleet, "Apply", &json!({"resources": [config_map("prices", "2")]})).unwrap();
    watch.line("\"generation\": \"2\"", SOON).await.unwrap();
    status.line("\"number\": \"2\"", SOON).await.unwrap();
    call(&fleet, "Delete", &json!({"keys": [key("ConfigMap", "prices")]})).unwrap();
    watch.line("\"deleted\": {", SOON).await.unwrap();
    assert!(!watch.output(1000).contains("menu"), "the selector does not take it");
}

#[tokio::test]
async fn a_deleted_placement_goes_without_those_that_are_offline_and_lists_them_until_they_return() {
    let mut fleet = with_shop().await;
    fleet.agents.get_mut("store-1").unwrap().kill();
    let deleted = call(&fleet, "Delete", &json!({"keys": [key("Placement", "shop")]})).unwrap();
    assert_eq!(deleted["results"][0]["withdrawing"], true);
    is_gone(&fleet, "Placement", "shop").await;
    assert_eq!(locations(&fleet, "shop", &["withdrawing"]), ["store-1"]);
    assert!(fleet.manifests("store-1").contains_key("ConfigMap prices"));
    for store in ["store-2", "store-3"] {
        assert!(fleet.manifests(store).is_empty(), "{store} had confirmed before the placement went");
    }
    fleet.agents.get_mut("store-1").unwrap().restart().unwrap();
    fleet.eventually_on_disk("store-1", "ConfigMap prices", "/data/version", None).await;
    let confirmed = eventually("nobody is listed any more", SOON, async || {
        match locations(&fleet, "shop", &["withdrawing"]) {
            none if none.is_empty() => Ok(()),
            some => Err(format!("{some:?}")),
        }
    });
    confirmed.await.unwrap();
    fleet.verify().await;
}

#[tokio::test]
async fn a_location_that_withdraws_stays_until_its_agent_has_confirmed() {
    let mut fleet = with_shop().await;
    let refused = call(&fleet, "Delete", &json!({"keys": [key("Location", "store-2")]})).unwrap_err();
    assert_eq!(refused.code, FAILED_PRECONDITION);
    fleet.agents.get_mut("store-2").unwrap().kill();
    let request =
        json!({"keys": [key("Location", "store-2")], "locationDeletion": "LOCATION_DELETION_WITHDRAW"});
    call(&fleet, "Delete", &request).unwrap();
    // The others no longer count it: its document is empty.
    fleet.healthy("shop");
    let kept = get(&fleet, "Location", "store-2").unwrap();
    assert_ne!(kept["metadata"]["deletionTimeMs"], "0");
    assert!(fleet.manifests("store-2").contains_key("ConfigMap prices"));
    fleet.agents.get_mut("store-2").unwrap().restart().unwrap();
    is_gone(&fleet, "Location", "store-2").await;
    assert!(fleet.manifests("store-2").is_empty(), "it went before its agent had removed what it applied");
    fleet.verify().await;
}

async fn is_gone(fleet: &Fleet, kind: &str, name: &str) {
    let what = format!("{kind} {name} goes by itself");
    let gone = eventually(&what, SOON, async || match get(fleet, kind, name) {
        Err(Refused { code: NOT_FOUND, .. }) => Ok(()),
        other => Err(format!("{other:?}")),
    });
    gone.await.unwrap();
}

#[tokio::test]
async fn what_is_wrong_with_a_call_is_said_with_the_field() {
    let fleet = Fleet::start().await;
    let nowhere = json!({"metadata": {"name": "store-9"}, "location": {"region": "nowhere"}});
    let unnamed = json!({"metadata": {"name": "No Name"}, "region": {}});
    let cases = [
        ("Apply", json!({"resources": [nowhere]}), "Location store-9: spec.region"),
        ("Apply", json!({"resources": [unnamed]}), "resources[0] Region No Name: metadata.name"),
        ("Apply", json!({"resources": [{"metadata": {"name": "x"}}]}), "resources[0]"),
        ("Get", json!({}), "key: "),
        ("Get", json!({"key": {"kind": "Placement"}}), "key.name"),
        ("List", json!({"labelSelector": "a b"}), "label_selector"),
        ("List", json!({"pageSize": 5001}), "page_size"),
        ("List", json!({"pageToken": "x"}), "page_token"),
        ("Watch", json!({"labelSelector": "!"}), "label_selector"),
        ("Delete", json!({"keys": [key("Placement", "x"), {"name": "x"}]}), "keys[1].kind"),
        ("Delete", json!({"locationDeletion": "LOCATION_DELETION_ORPHAN"}), "location_deletion"),
        ("Explain", json!({}), "placement: "),
        ("Explain", json!({"placement": "shop", "pageToken": "x"}), "page_token"),
        ("Render", json!({"placement": "shop"}), "location: "),
        ("GetStatus", json!({"placement": "shop", "watermark": {"decision": 1}}), "watermark[decision]"),
        ("WatchStatus", json!({}), "placement: "),
        ("ListLocationStatus", json!({"states": ["online", "happy"]}), "states[1]"),
        ("ListLocationStatus", json!({"states": ["healthy"]}), "states[0]"),
        ("GetLive", json!({"location": "store-1"}), "object: "),
        ("GetLive", json!({"object": key("ConfigMap", "x")}), "location: "),
        ("ListLocationErrors", json!({}), "location: "),
        ("ListLocationEvents", json!({"location": "store-1", "object": {"kind": "Pod"}}), "object.name"),
    ];
    for (method, request, field) in cases {
        let refused = call(&fleet, method, &request).expect_err(method);
        assert_eq!(refused.code, INVALID_ARGUMENT, "{method} {request}: {refused:?}");
        assert!(refused.message.starts_with(field), "{method} {request}: {refused:?}");
    }
    for (method, request) in [
        ("Get", json!({"key": key("Placement", "shop")})),
        ("Explain", json!({"placement": "shop"})),
        ("Render", json!({"placement": "shop", "location": "store-1"})),
        ("GetStatus", json!({"placement": "shop"})),
        ("ListLocationStatus", json!({"placement": "shop"})),
        ("GetLive", json!({"location": "store-9", "object": key("ConfigMap", "x")})),
    ] {
        assert_eq!(call(&fleet, method, &request).expect_err(method).code, NOT_FOUND, "{method}");
    }
}
