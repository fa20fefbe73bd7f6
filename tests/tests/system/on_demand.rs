//! What users ask about one location: answered by its agent at once, and kept nowhere.

use serde_json::Value;
use testbed::eventually;

use crate::fleet::{Fleet, SOON, placement, settings};

const OBJECT: [&str; 6] = ["object", "configmap/prices", "-n", "shop", "--location", "store-1"];

async fn with_prices() -> Fleet {
    let fleet = Fleet::start().await;
    fleet.apply(&[settings("prices", "1"), placement("shop", "shop")].join("\n---\n"));
    fleet.healthy("shop");
    fleet
}

/// What a command prints as JSON, whatever its exit code.
fn json(fleet: &Fleet, args: &[&str]) -> Value {
    let output = fleet.run(&[args, &["-o", "json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{args:?}: {error}: {said}"))
}

#[tokio::test]
async fn an_object_is_shown_as_it_is_and_compared_with_what_it_should_be() {
    let mut fleet = with_prices().await;
    let shown = fleet.succeed(&[&["get"], &OBJECT[..]].concat());
    assert!(shown.contains("version: '1'") || shown.contains("version: \"1\""), "{shown}");
    let diff = [&["diff"], &OBJECT[..]].concat();
    assert_eq!(fleet.succeed(&diff), "", "nothing differs");

    // Nobody corrects what somebody changes while the agent sleeps; it answers when it wakes, and not before.
    fleet.agents.get_mut("store-1").unwrap().kill();
    fleet.apply(&settings("prices", "2"));
    let missing = fleet.run(&diff);
    assert!(String::from_utf8_lossy(&missing.stderr).contains("does not answer"), "{missing:?}");
    fleet.agents.get_mut("store-1").unwrap().restart().unwrap();
    fleet.healthy("shop");
    let document = json(&fleet, &diff);
    assert_eq!((&document["differs"], &document["desired"]["data"]["version"]), (&false.into(), &"2".into()));

    let nobody = fleet.run(&["diff", "configmap/none", "--location", "store-1"]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("no placement wants"), "{nobody:?}");
}

#[tokio::test]
async fn what_cannot_be_applied_is_listed_with_its_attempts() {
    let fleet = with_prices().await;
    let get = ["get", "errors", "--location", "store-1"];
    assert_eq!(json(&fleet, &get)["errors"].as_array().unwrap().len(), 0);
    let file = fleet.directory("store-1").join("in the way");
    let shop = std::fs::read_dir(fleet.directory("store-1")).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&file, "not ours").unwrap();
    std::fs::rename(&shop, shop.with_extension("away")).unwrap();
    std::fs::rename(&file, &shop).unwrap();
    let listed = eventually("it is tried again and again", SOON, async || {
        let errors = json(&fleet, &get);
        match errors["errors"][0]["attempts"].as_u64() {
            Some(2..) => Ok(errors["errors"][0].clone()),
            _ => Err(errors.to_string()),
        }
    });
    let error = listed.await.unwrap();
    assert_eq!((&error["object"], &error["phase"]), (&"ConfigMap shop/prices".into(), &"Failed".into()));
    assert!(error["since"].is_string() && error["next"].is_string(), "{error}");
    assert!(fleet.succeed(&get).contains("ATTEMPTS"));
}

#[tokio::test]
async fn a_location_without_a_cluster_says_that_nothing_notes_events() {
    let fleet = with_prices().await;
    let output = fleet.run(&["events", "--location", "store-1", "--warnings"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is no cluster"), "{output:?}");
}

#[tokio::test]
async fn the_rights_of_an_agent_follow_from_what_the_hub_places_there() {
    let fleet = with_prices().await;
    for narrowed in [["--placement", "shop"], ["--location", "store-1"]] {
        let printed = fleet.succeed(&[&["agent", "rbac"], &narrowed[..]].concat());
        assert!(printed.contains("resources: [\"configmaps\"]") && !printed.contains('*'), "{printed}");
    }
    for (args, words) in [
        (&["--placement", "none"][..], "there is no placement none; there are [shop]"),
        (&["--location", "nowhere"], "there is no location nowhere"),
        (&[], "name placements"),
    ] {
        let output = fleet.run(&[&["agent", "rbac"], args].concat());
        assert!(String::from_utf8_lossy(&output.stderr).contains(words), "{args:?}: {output:?}");
    }
}
