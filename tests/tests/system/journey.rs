//! What users do, with nothing failing.

use testbed::{Process, eventually};

use crate::fleet::{Fleet, SOON, location, placement, settings};

const VERSION: &str = "/data/version";

#[tokio::test]
async fn a_change_reaches_every_location_and_a_true_summary_comes_back() {
    let fleet = Fleet::start().await;
    fleet.apply(&[settings("prices", "1"), placement("shop", "shop")].join("\n---\n"));
    fleet.healthy("shop");
    fleet.eventually_everywhere("ConfigMap prices", VERSION, Some("1")).await;
    fleet.apply(&settings("prices", "2"));
    fleet.healthy("shop");
    fleet.eventually_everywhere("ConfigMap prices", VERSION, Some("2")).await;
    fleet.succeed(&["delete", "placement", "shop"]);
    fleet.eventually_everywhere("ConfigMap prices", VERSION, None).await;
    fleet.verify().await;
}

#[tokio::test]
async fn an_agent_that_waits_for_its_location_counts_as_soon_as_that_is_declared() {
    let fleet = Fleet::start_services().await;
    let state = tempfile::tempdir().unwrap();
    let (url, state) = (fleet.nats.url(), state.path().to_str().unwrap());
    // Its next heartbeat would be far too late.
    let args = ["--region", "eu", "--location", "store-1", "--nats-url", &url, "--heartbeat", "300s"];
    let more = ["--sink", "memory", "--state-dir", state];
    let agent = Process::start("tributary-agent", args.iter().chain(&more)).unwrap();
    agent.line("connected region", SOON).await.unwrap();
    let region = "apiVersion: tributary.dev/v1alpha1\nkind: Region\nmetadata: {name: eu}".to_owned();
    let all = [region, location("store-1", "eu"), settings("prices", "1"), placement("shop", "shop")];
    fleet.apply(&all.join("\n---\n"));
    fleet.healthy("shop");
}

#[tokio::test]
async fn a_location_that_moves_between_regions_keeps_running_what_it_ran() {
    let fleet = Fleet::start().await;
    fleet.apply(&[settings("prices", "1"), placement("shop", "shop")].join("\n---\n"));
    fleet.healthy("shop");
    let file = fleet.directory("store-1");
    let before = newest(&file);
    fleet.apply(&location("store-1", "us"));
    fleet.healthy("shop");
    fleet.eventually_on_disk("store-1", "ConfigMap prices", VERSION, Some("1")).await;
    assert_eq!(newest(&file), before, "a manifest was written again, so it was deleted in between");
    fleet.apply(&settings("prices", "2"));
    fleet.healthy("shop");
    fleet.eventually_on_disk("store-1", "ConfigMap prices", VERSION, Some("2")).await;
    fleet.verify().await;
}

#[tokio::test]
async fn when_the_winner_withdraws_the_other_placement_takes_over_in_place() {
    let fleet = Fleet::start().await;
    let louder = "apiVersion: tributary.dev/v1alpha1\nkind: Transform\nmetadata: {name: louder}\n\
                  spec: {operations: [{set: {path: $.data.version, value: loud}}]}";
    let strong = placement("strong", "shop").replace("spec: {", "spec: {priority: 5, transforms: [louder], ");
    fleet.apply(
        &[settings("prices", "1"), placement("weak", "shop"), louder.to_owned(), strong].join("\n---\n"),
    );
    fleet.healthy("strong");
    fleet.eventually_everywhere("ConfigMap prices", VERSION, Some("loud")).await;
    let beaten = eventually("the loser says who has won", SOON, async || {
        let described = fleet.succeed(&["describe", "placement", "weak"]);
        if described.contains("default/strong") { Ok(()) } else { Err(described) }
    });
    beaten.await.unwrap();
    assert!(!fleet.run(&["wait", "placement/weak", "--for", "healthy", "--timeout", "1s"]).status.success());
    fleet.succeed(&["delete", "placement", "strong"]);
    fleet.healthy("weak");
    fleet.eventually_everywhere("ConfigMap prices", VERSION, Some("1")).await;
    fleet.verify().await;
}

/// The newest modification below a folder.
fn newest(folder: &std::path::Path) -> Option<std::time::SystemTime> {
    let entries = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    entries
        .filter_map(|path| if path.is_dir() { newest(&path) } else { path.metadata().ok()?.modified().ok() })
        .max()
}
