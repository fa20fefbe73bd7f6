//! What users ask about one location: answered by its agent at once, and kept nowhere.

use std::process::Command;

use serde_json::Value;
use testbed::{Process, binary, eventually};

use crate::fleet::{Fleet, SOON, location, placement, settings};

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
    let read = serde_json::from_slice(&output.stdout);
    assert!(read.is_ok(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    read.unwrap()
}

#[tokio::test]
async fn an_object_is_shown_as_it_is_and_compared_with_what_it_should_be() {
    let mut fleet = with_prices().await;
    let shown = fleet.succeed(&[&["get"], &OBJECT[..]].concat());
    assert!(shown.contains("version: '1'") || shown.contains("version: \"1\""), "{shown}");
    let diff = [&["diff"], &OBJECT[..]].concat();
    assert_eq!(fleet.succeed(&diff), "", "nothing differs");

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
    let in_the_way = fleet.directory("store-1").join("shop_ConfigMap_blocked.yaml/in the way");
    std::fs::create_dir_all(in_the_way).unwrap();
    fleet.apply(&settings("blocked", "1"));
    let listed = eventually("it is tried again and again", SOON, async || {
        let errors = json(&fleet, &get);
        match errors["errors"][0]["attempts"].as_u64() {
            Some(2..) => Ok(errors["errors"][0].clone()),
            _ => Err(errors.to_string()),
        }
    });
    let error = listed.await.unwrap();
    assert_eq!((&error["object"], &error["phase"]), (&"ConfigMap shop/blocked".into(), &"Failed".into()));
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
        (&["--location", "nowhere"], "Location nowhere is not there"),
        (&[], "name placements"),
    ] {
        let output = fleet.run(&[&["agent", "rbac"], args].concat());
        assert!(String::from_utf8_lossy(&output.stderr).contains(words), "{args:?}: {output:?}");
    }
}

#[tokio::test]
async fn a_cluster_answers_by_an_agent_with_the_rights_that_were_printed_for_it() {
    let mut fleet = with_prices().await;
    fleet.apply(&location("cluster-1", "eu"));
    let server = testbed::Kubernetes::start().await.unwrap();
    let rights = fleet.succeed(&["agent", "rbac", "--location", "cluster-1"]);
    server.apply(&rights).unwrap();
    let token = server.kubectl(&["create", "token", "tributary-agent", "-n", "tributary-system"]).unwrap();
    let kubeconfig = server.kubeconfig_with("agent", &server.url(), token.trim()).unwrap();
    let mut command = Command::new(binary("tributary-agent").unwrap());
    command.args(["--location", "cluster-1", "--region", "eu", "--sink", "kubernetes"]);
    command.arg("--kubeconfig").arg(kubeconfig).args([
        "--nats-url",
        &fleet.nats.url(),
        "--heartbeat",
        "500ms",
    ]);
    fleet.agents.insert("cluster-1".to_owned(), Process::spawn("cluster-1", command, None).unwrap());
    fleet.healthy("shop");

    let there = ["-n", "shop", "--location", "cluster-1"];
    let shown =
        json(&fleet, &[&["get", "object", "cm/prices", "--show-managed-fields"], &there[..]].concat());
    assert_eq!(shown["metadata"]["managedFields"][0]["manager"], "tributary");
    let space = json(&fleet, &["get", "object", "ns/kube-system", "--location", "cluster-1"]);
    assert_eq!(space["kind"], "Namespace", "whoever made it");
    assert_eq!(fleet.succeed(&[&["diff", "object", "configmaps/prices"], &there[..]].concat()), "");

    let uid = shown["metadata"]["uid"].as_str().unwrap();
    server.apply(&noted(uid)).unwrap();
    let events = json(&fleet, &["events", "--location", "cluster-1", "--warnings"]);
    let told = &events["events"][0];
    assert_eq!(
        (&told["object"], &told["reason"]),
        (&"ConfigMap shop/prices".into(), &"TooDear".into()),
        "{events}"
    );
    assert!(fleet.succeed(&["events", "--location", "cluster-1", "-o", "wide"]).contains("accountant"));
}

/// What a controller notes about the prices.
fn noted(uid: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Event, metadata: {{name: e, namespace: shop}}, type: Warning, reason: TooDear, \
         message: nobody buys, count: 2, lastTimestamp: \"2026-01-01T00:00:00Z\", source: {{component: accountant}}, \
         involvedObject: {{apiVersion: v1, kind: ConfigMap, namespace: shop, name: prices, uid: {uid}}}}}"
    )
}
