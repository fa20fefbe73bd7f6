//! `tributary admin init` and `tributary verify`, against a real NATS.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, Output};

use bus::{Bus, Key, Options, Write};
use model::{PlacementKey, Summary, parse};
use testbed::Nats;

async fn tributary(arguments: &[&str], nats: &Nats) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tributary"));
    command.args(arguments).args(["--nats-url", &nats.url()]);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[tokio::test]
async fn a_new_hub_is_consistent_and_stays_as_it_is_when_initialised_again() {
    let nats = Nats::start().await.unwrap();
    let made = text(&tributary(&["admin", "init"], &nats).await);
    assert!(made.contains("created stream KV_intent"), "{made}");
    let again = text(&tributary(&["admin", "init"], &nats).await);
    assert_eq!(again, "everything is there already\n");
    let verified = tributary(&["verify"], &nats).await;
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified));
}

#[tokio::test]
async fn a_decision_that_does_not_follow_from_the_truth_is_told() {
    let nats = Nats::start().await.unwrap();
    tributary(&["admin", "init"], &nats).await;
    declare(&nats).await;
    let verified = tributary(&["verify", "--show", "1"], &nats).await;
    let told = text(&verified);
    assert_eq!(verified.status.code(), Some(1), "{told}");
    // Nobody has placed anything: decision and rollout should be there, and are not.
    assert!(told.contains("stored: trib.v1.decision.eu.0.default.shop"), "{told}");
    assert!(told.contains("trib.v1.rollout.default.shop differs"), "{told}");
}

#[tokio::test]
async fn a_row_that_nothing_justifies_is_told() {
    let nats = Nats::start().await.unwrap();
    tributary(&["admin", "init"], &nats).await;
    let bus = Bus::connect(Options { url: nats.url(), name: "test".to_owned() }).await.unwrap();
    let nobody = PlacementKey { space: "default".to_owned(), name: "nobody".to_owned() };
    let summary = wire::encode_summary(&Summary::default(), "");
    bus.put(Write::new(Key::Summary(nobody), summary)).await.unwrap();
    let verified = tributary(&["verify", "-o", "json"], &nats).await;
    assert_eq!(verified.status.code(), Some(1), "{}", text(&verified));
    let found: serde_json::Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(found["stray"][0]["subject"], "trib.v1.summary.default.nobody._placement", "{found}");
    let said = text(&tributary(&["verify"], &nats).await);
    assert!(
        said.contains("nobody._placement is stray: there is neither a placement default/nobody"),
        "{said}"
    );
}

/// A region, a location and a placement that chooses it.
async fn declare(nats: &Nats) {
    let text = "
apiVersion: tributary.dev/v1alpha1
kind: Region
metadata: {name: eu}
---
apiVersion: tributary.dev/v1alpha1
kind: Location
metadata: {name: store-1}
spec: {region: eu}
---
apiVersion: v1
kind: Secret
metadata: {name: s}
---
apiVersion: tributary.dev/v1alpha1
kind: Placement
metadata: {name: shop, uid: u}
spec: {what: [{kinds: [Secret]}], where: {regions: [eu]}}
";
    let bus = Bus::connect(Options { url: nats.url(), name: "test".to_owned() }).await.unwrap();
    for document in parse::documents("test.yaml", text, "default").unwrap() {
        let key = document.resource.key();
        let row = match key.kind.as_str() {
            "Region" => Key::Region(key.name),
            "Location" => Key::Location(key.name),
            _ => Key::Intent(key),
        };
        bus.put(Write::new(row, wire::encode_row(&document.resource).bytes)).await.unwrap();
    }
}
