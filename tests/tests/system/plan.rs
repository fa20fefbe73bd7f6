//! What a change would do, told before anything is written; and that it does just that.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bus::{Key, Stream};
use serde_json::{Value, json};

use crate::fleet::{Fleet, STORES, location, placement, settings};

/// A store of another kind, in another city.
fn store(name: &str, region: &str, tier: &str, city: &str) -> String {
    location(name, region).replace("tier: edge", &format!("tier: {tier}")).replace("Ghent", city)
}

/// An object that tells the city of its location.
fn sign() -> String {
    let annotated = "namespace: shop, annotations: {tributary.dev/expand: \"true\"}";
    settings("sign", "${location.properties.city}").replacen("namespace: shop", annotated, 1)
}

/// Documents by the names of their files.
type Files = BTreeMap<&'static str, String>;

/// What `Fleet` declares, and what is placed there.
fn declared() -> Files {
    let region =
        |name| format!("apiVersion: tributary.dev/v1alpha1\nkind: Region\nmetadata: {{name: {name}}}");
    let regions = ["eu", "us"].map(|name| (name, region(name)));
    let stores = STORES.map(|(store, region)| (store, location(store, region)));
    let objects = [("menu", settings("menu", "1")), ("sign", sign()), ("shop", placement("shop", "shop"))];
    regions.into_iter().chain(stores).chain(objects).collect()
}

/// One store moves to another city, one is none of the edge any more, one is new, and the menu changes.
fn changes() -> Files {
    BTreeMap::from([
        ("store-2", store("store-2", "eu", "edge", "Bruges")),
        ("store-3", store("store-3", "us", "core", "Ghent")),
        ("store-4", store("store-4", "us", "edge", "Lima")),
        ("menu", settings("menu", "2")),
    ])
}

fn folder(files: &Files) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(format!("{name}.yaml")), text).unwrap();
    }
    let path = folder.path().to_owned();
    (folder, path)
}

/// Applies all of it as one change.
fn apply(fleet: &Fleet, files: &Files) {
    fleet.apply(&files.values().map(String::as_str).collect::<Vec<_>>().join("\n---\n"));
}

/// Every row of the tables of truth, by its sequence.
async fn truth(fleet: &Fleet) -> BTreeMap<Key, u64> {
    let options = bus::Options { url: fleet.nats.url(), name: "test".to_owned() };
    let bus = bus::Bus::connect(options).await.unwrap();
    let mut all = BTreeMap::new();
    for stream in [Stream::Intent, Stream::Locations, Stream::Decision] {
        let rows = bus.read_all(&stream).await.unwrap();
        all.extend(rows.into_iter().map(|row| (row.key, row.seq)));
    }
    // Renewed and noted while nothing happens.
    all.retain(|key, _| !matches!(key, Key::Lease { .. } | Key::Complete { .. } | Key::Member { .. }));
    all
}

fn parsed(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap()
}

/// The locations that the hub has chosen.
fn chosen(fleet: &Fleet) -> Vec<String> {
    let explained = parsed(fleet.succeed(&["explain", "placement/shop", "-o", "json"]).as_bytes());
    let all = explained["explanations"].as_array().unwrap().iter();
    let chosen = all.filter(|one| one["chosen"] == true);
    chosen.map(|one| one["location"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_plan_tells_who_joins_leaves_and_changes_and_writes_nothing_and_it_comes_to_pass() {
    let fleet = Fleet::start().await;
    apply(&fleet, &declared());
    fleet.healthy("shop");
    let (_kept, path) = folder(&changes());
    let plan = |more: &[&str]| fleet.run(&[&["plan", "-f", path.to_str().unwrap()], more].concat());
    let before = truth(&fleet).await;
    let told = plan(&[]);
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    assert_eq!(told.status.code(), Some(1), "{text}{}", String::from_utf8_lossy(&told.stderr));
    let expected = "\
placement/shop: 1 locations join, 1 leave, 2 change, 0 stay as they are
  objects: 2 created, 3 changed, 2 removed, 0 newly withheld
  join: store-4
  leave: store-3
  ConfigMap shop/menu at 2: store-1, store-2
    -  version: \"1\"
    +  version: \"2\"
  ConfigMap shop/sign at 1: store-2
    -  version: Ghent
    +  version: Bruges
";
    assert_eq!(text, expected);
    let document = parsed(&plan(&["-o", "json"]).stdout);
    let effect = &document["placements"][0];
    assert_eq!((&effect["joining"], &effect["leaving"]), (&json!(["store-4"]), &json!(["store-3"])));
    assert_eq!(effect["changing"], json!(["store-1", "store-2"]));
    assert_eq!(effect["objects"], json!({"created": 2, "changed": 3, "removed": 2, "withheld": 0}));
    assert_eq!(truth(&fleet).await, before, "something was written");
    assert_eq!(chosen(&fleet), ["store-1", "store-2", "store-3"]);

    fleet.succeed(&["apply", "-f", path.to_str().unwrap()]);
    assert_eq!(chosen(&fleet), ["store-1", "store-2", "store-4"]);
    for store in ["store-1", "store-2"] {
        fleet.eventually_on_disk(store, "ConfigMap menu", "/data/version", Some("2")).await;
    }
    fleet.eventually_on_disk("store-2", "ConfigMap sign", "/data/version", Some("Bruges")).await;
    fleet.eventually_on_disk("store-3", "ConfigMap menu", "/data/version", None).await;
    let again = plan(&[]);
    assert_eq!(String::from_utf8_lossy(&again.stdout), "nothing changes anywhere\n");
    assert_eq!(again.status.code(), Some(0));
}

#[tokio::test]
async fn files_alone_come_to_what_the_hub_comes_to() {
    let fleet = Fleet::start().await;
    apply(&fleet, &declared());
    let (_old, old) = folder(&declared());
    let changed = declared().into_iter().chain(changes()).collect();
    let (_new, new) = folder(&changed);
    let (old, new) = (old.to_str().unwrap(), new.to_str().unwrap());
    let printed = |args: &[&str]| parsed(&fleet.run(&[args, &["-o", "json"]].concat()).stdout);
    assert_eq!(printed(&["plan", "-f", new]), printed(&["plan", "-f", new, "--against", old]));

    let simulated = |folder| {
        let told = printed(&["simulate", "-f", folder]);
        let placement = &told["placements"][0];
        assert_eq!((&placement["objects"], &placement["own"]), (&2.into(), &1.into()), "{told}");
        assert_eq!((&placement["problems"], &placement["withheld"]), (&json!([]), &json!([])));
        placement["locations"].clone()
    };
    let here = simulated(old);
    assert_eq!(here, json!(chosen(&fleet)));
    assert_eq!(here, json!(["store-1", "store-2", "store-3"]));
    apply(&fleet, &changed);
    assert_eq!(simulated(new), json!(chosen(&fleet)));
}
