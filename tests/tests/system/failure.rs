//! What fails, and what must hold all the same: everything converges, nothing acknowledged is lost, and nothing is
//! taken away that nobody withdrew.

use testbed::{Proxy, eventually};

use crate::fleet::{Fleet, SOON, STORES, placement, settings};

const VERSION: &str = "/data/version";
const OBJECT: &str = "ConfigMap prices";

async fn with_shop() -> Fleet {
    let fleet = Fleet::start().await;
    fleet.apply(&[settings("prices", "1"), placement("shop", "shop")].join("\n---\n"));
    fleet.healthy("shop");
    fleet
}

async fn ends_well(fleet: &Fleet, version: &str) {
    fleet.healthy("shop");
    fleet.eventually_everywhere(OBJECT, VERSION, Some(version)).await;
    fleet.verify().await;
}

#[tokio::test]
async fn a_service_that_is_killed_in_the_middle_of_a_change_is_taken_over_from() {
    let mut fleet = with_shop().await;
    for (round, service) in ["placement", "translation", "summarization"].iter().enumerate() {
        let (name, version) = (format!("{service}-a"), (round + 2).to_string());
        fleet.apply(&settings("prices", &version));
        fleet.services.get_mut(&name).unwrap().kill();
        ends_well(&fleet, &version).await;
        fleet.services.get_mut(&name).unwrap().restart().unwrap();
        fleet.ready().await;
    }
}

#[tokio::test]
async fn another_gateway_serves_when_one_is_killed() {
    let mut fleet = with_shop().await;
    fleet.services.get_mut("gateway-a").unwrap().kill();
    fleet.reach_gateway("gateway-b").await;
    fleet.apply(&settings("prices", "2"));
    ends_well(&fleet, "2").await;
}

#[tokio::test]
async fn an_agent_that_is_killed_comes_back_and_catches_up() {
    let mut fleet = with_shop().await;
    fleet.agents.get_mut("store-1").unwrap().kill();
    fleet.apply(&settings("prices", "2"));
    fleet.eventually_on_disk("store-2", OBJECT, VERSION, Some("2")).await;
    let stale = eventually("the summary does not take it for healthy", SOON, async || {
        let text = fleet.succeed(&["get", "placements", "-o", "json"]);
        let waited = fleet.run(&["wait", "placement/shop", "--for", "healthy", "--timeout", "100ms"]);
        if waited.status.success() { Err(text) } else { Ok(()) }
    });
    stale.await.unwrap();
    fleet.agents.get_mut("store-1").unwrap().restart().unwrap();
    ends_well(&fleet, "2").await;
}

#[tokio::test]
async fn a_report_that_is_lost_is_asked_for_again() {
    let mut fleet = with_shop().await;
    let row = "trib.v1.status.eu.store-1.default.shop";
    fleet.nats.cli(&["stream", "purge", "status-eu", "--subject", row, "--force"]).unwrap();
    // What they had counted is forgotten with them; the agent has nothing new to say.
    for replica in ["summarization-a", "summarization-b"] {
        fleet.services.get_mut(replica).unwrap().kill();
        fleet.services.get_mut(replica).unwrap().restart().unwrap();
    }
    fleet.ready().await;
    let stored = eventually("the report is there again", SOON, async || {
        let rows = fleet.nats.cli(&["stream", "subjects", "status-eu", "--names"]).unwrap();
        if rows.contains(row) { Ok(()) } else { Err(rows) }
    });
    stored.await.unwrap();
    ends_well(&fleet, "1").await;
}

#[tokio::test]
async fn nats_may_be_killed_in_the_middle_of_a_change() {
    let mut fleet = with_shop().await;
    fleet.apply(&settings("prices", "2"));
    fleet.nats.kill();
    fleet.nats.restart().await.unwrap();
    ends_well(&fleet, "2").await;
}

#[tokio::test]
async fn everything_may_be_killed_together() {
    let mut fleet = with_shop().await;
    fleet.apply(&settings("prices", "2"));
    fleet.services.values_mut().chain(fleet.agents.values_mut()).for_each(testbed::Process::kill);
    fleet.nats.kill();
    fleet.nats.restart().await.unwrap();
    fleet.services.values_mut().chain(fleet.agents.values_mut()).for_each(|p| p.restart().unwrap());
    fleet.reach_gateway("gateway-a").await;
    fleet.ready().await;
    ends_well(&fleet, "2").await;
}

#[tokio::test]
async fn each_derived_table_is_rebuilt_when_it_is_lost_and_nothing_is_deleted_meanwhile() {
    let fleet = with_shop().await;
    for (round, stream) in ["desired-eu", "status-eu", "partial", "summary", "blob"].iter().enumerate() {
        fleet.nats.cli(&["stream", "rm", stream, "--force"]).unwrap();
        let version = (round + 2).to_string();
        for (store, _) in STORES {
            assert!(fleet.manifests(store).contains_key(OBJECT), "{store} lost it with {stream}");
        }
        fleet.apply(&settings("prices", &version));
        ends_well(&fleet, &version).await;
    }
}

#[tokio::test]
async fn translation_that_starts_before_placement_has_decided_takes_nothing_away() {
    let mut fleet = with_shop().await;
    for placement in ["placement-a", "placement-b"] {
        fleet.services.get_mut(placement).unwrap().freeze().unwrap();
    }
    fleet.apply(&settings("prices", "2"));
    fleet.nats.cli(&["stream", "rm", "desired-eu", "--force"]).unwrap();
    for translation in ["translation-a", "translation-b"] {
        // Killed first.
        fleet.services.get_mut(translation).unwrap().restart().unwrap();
    }
    documents_again(&fleet).await;
    for (store, _) in STORES {
        assert!(fleet.manifests(store).contains_key(OBJECT), "{store} lost it");
    }
    for placement in ["placement-a", "placement-b"] {
        fleet.services.get_mut(placement).unwrap().thaw().unwrap();
    }
    ends_well(&fleet, "2").await;
}

/// Waits until both stores of `eu` have a document with the placement.
async fn documents_again(fleet: &Fleet) {
    let options = bus::Options { url: fleet.nats.url(), name: "test".to_owned() };
    let bus = bus::Bus::connect(options).await.unwrap();
    let again = eventually("documents are made of the decisions that stand", SOON, async || {
        let rows = bus.read_all(&bus::Stream::Desired("eu".to_owned())).await.map_err(|e| e.to_string())?;
        let documents = rows.iter().filter(|row| matches!(row.key, bus::Key::Desired { .. }));
        let values: Vec<_> = documents.filter_map(|row| row.value.as_ref()).collect();
        let placed = |value: &&&bytes::Bytes| wire::decode_desired(value).unwrap().0.placements.len() == 1;
        let placed = values.iter().filter(placed).count();
        if placed == 2 { Ok(()) } else { Err(format!("{placed} of {} documents", values.len())) }
    });
    again.await.unwrap();
}

#[tokio::test]
async fn services_refuse_an_emptied_nats_and_nothing_is_withdrawn_anywhere() {
    let mut fleet = with_shop().await;
    for stream in ["KV_intent", "KV_locations", "release", "decision"] {
        fleet.nats.cli(&["stream", "rm", stream, "--force"]).unwrap();
    }
    for service in ["placement", "translation", "summarization"] {
        let process = fleet.services.get_mut(&format!("{service}-a")).unwrap();
        process.restart().unwrap();
        process.line("admin init", SOON).await.unwrap();
    }
    for (store, _) in STORES {
        assert!(fleet.manifests(store).contains_key(OBJECT), "{store} lost it");
    }
}

// Two threads: the relay goes on while the command line is waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_behind_a_cut_keeps_its_objects_and_catches_up_after() {
    let mut fleet = with_shop().await;
    let proxy = Proxy::start(fleet.nats.port()).await.unwrap();
    fleet.agents.remove("store-3").unwrap().kill();
    fleet.start_agent("store-3", "us", &proxy.url());
    fleet.healthy("shop");
    proxy.cut();
    fleet.apply(&settings("prices", "2"));
    fleet.eventually_on_disk("store-1", OBJECT, VERSION, Some("2")).await;
    fleet.eventually_on_disk("store-3", OBJECT, VERSION, Some("1")).await;
    proxy.mend();
    ends_well(&fleet, "2").await;
}
