//! What is customized for each location, what fails there, and the tools for both.

use serde_json::Value;
use testbed::eventually;

use crate::fleet::{Fleet, SOON, STORES, placement, settings};

const VERSION: &str = "/data/version";

/// An object whose content is each location's own.
fn own(name: &str, version: &str) -> String {
    let annotated = "namespace: shop, annotations: {tributary.dev/expand: \"true\"}";
    settings(name, version).replacen("namespace: shop", annotated, 1)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn items(text: &str) -> Vec<Value> {
    json(text)["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_hub_files_and_agents_come_to_the_same_manifests() {
    let fleet = Fleet::start().await;
    let declared = [
        own("prices", "${location.name} in ${location.region}"),
        settings("menu", "1"),
        placement("shop", "shop"),
    ];
    fleet.apply(&declared.join("\n---\n"));
    fleet.healthy("shop");
    let file = fleet.directory("store-1").with_file_name("declared.yaml");
    let stores = STORES.map(|(store, region)| crate::fleet::location(store, region));
    std::fs::write(&file, [&declared[..], &stores].concat().join("\n---\n")).unwrap();
    for (store, _) in STORES {
        let render = ["render", "--placement", "shop", "--location", store, "-o", "json"];
        let hub = fleet.succeed(&render);
        let offline = fleet.succeed(&[&render[..], &["-f", file.to_str().unwrap()]].concat());
        assert_eq!(hub, offline, "{store}");
        let there: Vec<Value> = fleet.manifests(store).into_values().collect();
        assert_eq!(items(&hub), there, "{store}");
    }
}

#[tokio::test]
async fn what_cannot_be_rendered_keeps_its_last_good_state_and_the_same_failure_is_told_once() {
    let fleet = Fleet::start().await;
    fleet.succeed(&["set", "property", "store-1", "store-2", "store-3", "size=large"]);
    let declared =
        [own("prices", "${location.properties.size}"), settings("menu", "1"), placement("shop", "shop")];
    fleet.apply(&declared.join("\n---\n"));
    fleet.healthy("shop");
    fleet.eventually_everywhere("ConfigMap prices", VERSION, Some("large")).await;

    let changed = fleet.succeed(&["set", "property", "location/store-1", "size=small", "-o", "json"]);
    assert_eq!(items(&changed)[0]["spec"]["properties"]["size"], "small");
    fleet.eventually_on_disk("store-1", "ConfigMap prices", VERSION, Some("small")).await;
    let dry = fleet.succeed(&["set", "property", "store-1", "size=huge", "--dry-run"]);
    assert_eq!(dry, "location/store-1 configured (dry run)\n");
    assert_eq!(fleet.succeed(&["set", "property", "store-1", "size=small"]), "location/store-1 unchanged\n");

    fleet.succeed(&["set", "property", "store-1", "store-2", "store-3", "size-"]);
    fleet.apply(&settings("menu", "2"));
    fleet.eventually_everywhere("ConfigMap menu", VERSION, Some("2")).await;
    for (store, size) in [("store-1", "small"), ("store-2", "large"), ("store-3", "large")] {
        fleet.eventually_on_disk(store, "ConfigMap prices", VERSION, Some(size)).await;
    }
    let told = eventually("the failure is told once, with where it is", SOON, async || {
        let described = json(&fleet.succeed(&["describe", "placement", "shop", "-o", "json"]));
        let failures = described["status"]["failures"].as_array().unwrap().clone();
        let is_told = failures.first().is_some_and(|failure| failure["locations"] == 3);
        if is_told { Ok(failures) } else { Err(described.to_string()) }
    });
    let failures = told.await.unwrap();
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(failures[0]["object"], "ConfigMap shop/prices");
    assert_eq!(failures[0]["examples"], serde_json::json!(["store-1", "store-2", "store-3"]));
    let message = failures[0]["message"].as_str().unwrap();
    assert!(message.contains("$.data.version: `location.properties.size`: there is no `size`"), "{message}");
    let table = fleet.succeed(&["describe", "placement", "shop"]);
    assert_eq!(table.matches("there is no `size`").count(), 1, "{table}");
    let errors = json(&fleet.succeed(&["get", "errors", "--placement", "shop", "-o", "json"]));
    let all: Vec<&Value> =
        errors["errors"].as_array().unwrap().iter().map(|error| &error["location"]).collect();
    assert_eq!(all, ["store-1", "store-2", "store-3"]);

    fleet.succeed(&["set", "property", "-l", "tier=edge", "size=new"]);
    fleet.healthy("shop");
    fleet.eventually_everywhere("ConfigMap prices", VERSION, Some("new")).await;
    fleet.verify().await;
}

#[tokio::test]
async fn labels_are_set_and_removed_and_other_values_are_not_replaced_by_mistake() {
    let fleet = Fleet::start().await;
    fleet.apply(&settings("menu", "1"));
    let label = |words: &[&str]| fleet.run(&[&["label"], words].concat());
    assert!(label(&["location", "store-1", "store-2", "floor=1"]).status.success());
    let refused = label(&["location", "store-1", "floor=2"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains("location/store-1 has the label floor=1 already; replace it with --overwrite"),
        "{said}"
    );
    assert!(label(&["location/store-1", "floor=2", "--overwrite"]).status.success());
    let listed = fleet.succeed(&["get", "locations", "-l", "floor=2", "-o", "json"]);
    assert_eq!(items(&listed).len(), 1);
    assert!(label(&["location", "-l", "floor", "floor-"]).status.success());
    assert_eq!(items(&fleet.succeed(&["get", "locations", "-l", "floor", "-o", "json"])).len(), 0);
    assert!(label(&["configmap/menu", "-n", "shop", "team=a"]).status.success());
    let menu = json(&fleet.succeed(&["get", "configmap", "menu", "-n", "shop", "-o", "json"]));
    assert_eq!(menu["metadata"]["labels"]["team"], "a");
}

#[tokio::test]
async fn a_set_that_is_pruned_withdraws_what_no_file_names_any_more() {
    let fleet = Fleet::start().await;
    let file = fleet.directory("store-1").with_file_name("set.yaml");
    let write = |documents: &[String]| std::fs::write(&file, documents.join("\n---\n")).unwrap();
    let with = |words: &[&'static str]| {
        [words, &["-f", file.to_str().unwrap(), "--set", "shop", "--prune"]].concat()
    };
    write(&[settings("prices", "1"), settings("menu", "1"), placement("shop", "shop")]);
    let created = fleet.succeed(&with(&["apply"]));
    assert_eq!(created.matches(" created").count(), 3, "{created}");
    fleet.healthy("shop");
    fleet.eventually_everywhere("ConfigMap menu", VERSION, Some("1")).await;
    assert!(fleet.manifests("store-1")["ConfigMap menu"]["metadata"].get("annotations").is_none());
    let kept = fleet.succeed(&["get", "configmap", "menu", "-n", "shop", "-o", "yaml"]);
    assert!(kept.contains("tributary.dev/set: default/shop"), "{kept}");

    write(&[settings("prices", "2"), placement("shop", "shop")]);
    let diff = fleet.run(&with(&["diff"]));
    let said = String::from_utf8_lossy(&diff.stdout).into_owned();
    assert!(diff.status.code() == Some(1) && said.contains("--- hub: configmap/menu in shop"), "{said}");
    let dry = fleet.succeed(&with(&["apply", "--dry-run"]));
    assert!(dry.contains("configmap/menu in shop pruned (dry run)"), "{dry}");
    fleet.eventually_everywhere("ConfigMap menu", VERSION, Some("1")).await;
    let applied = fleet.succeed(&with(&["apply"]));
    assert!(applied.contains("configmap/menu in shop pruned\n"), "{applied}");
    fleet.eventually_everywhere("ConfigMap prices", VERSION, Some("2")).await;
    fleet.eventually_everywhere("ConfigMap menu", VERSION, None).await;
    assert_eq!(fleet.run(&with(&["diff"])).status.code(), Some(0));

    let other = fleet.run(&["apply", "-f", file.to_str().unwrap(), "--set", "depot"]);
    let said = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(said.contains("belongs to set default/shop") && said.contains("default/depot"), "{said}");
    write(&["# nothing".to_owned()]);
    assert!(!fleet.run(&with(&["apply"])).status.success());
    fleet.healthy("shop");

    write(&[settings("prices", "2")]);
    let last = fleet.succeed(&with(&["apply"]));
    assert!(last.contains("placement/shop pruned; it stays listed until"), "{last}");
    fleet.eventually_everywhere("ConfigMap prices", VERSION, None).await;
    fleet.verify().await;
}
