//! Agents that are killed, and servers that are away.

use std::time::Duration;

use rand::Rng as _;

use crate::fixture::{Hub, Place, SOON, cart};

#[tokio::test]
async fn without_a_server_an_agent_starts_and_reconciles_from_disk() {
    let mut hub = Hub::start().await;
    cart(&hub, 1, &["a=1"]).await;
    let place = Place::new(&hub);
    let mut agent = place.agent();
    hub.reported("cart", |status| status.rollout == 1).await;
    agent.kill();
    hub.nats.kill();

    std::fs::remove_file(place.file("a")).unwrap();
    let _agent = place.agent();
    place.holds(&["a=1"]).await;
    std::fs::write(place.file("a"), "v: edited\n").unwrap();
    place.holds(&["a=1"]).await;

    hub.nats.restart().await.unwrap();
    hub.reported("cart", |status| status.report.boot == 2 && status.drift_corrected == 2).await;
}

#[tokio::test]
async fn whatever_was_missed_is_made_up_for_in_one_step() {
    let hub = Hub::start().await;
    cart(&hub, 1, &["a=1", "b=1"]).await;
    let place = Place::new(&hub);
    let mut agent = place.agent();
    place.holds(&["a=1", "b=1"]).await;
    agent.kill();
    for revision in 2..10 {
        cart(&hub, revision, &[&format!("a={revision}"), "c=1"]).await;
    }
    let _agent = place.agent();
    place.holds(&["a=9", "c=1"]).await;
    hub.reported("cart", |status| status.rollout == 9 && status.phases.total() == 2).await;
}

#[tokio::test]
async fn a_server_that_was_killed_is_found_again() {
    let mut hub = Hub::start().await;
    cart(&hub, 1, &["a=1"]).await;
    let place = Place::new(&hub);
    let _agent = place.agent();
    hub.reported("cart", |status| status.rollout == 1).await;
    hub.nats.kill();
    hub.nats.restart().await.unwrap();
    let (placement, blob) = crate::fixture::placement("cart", 2, &["a=2"]);
    hub.publish(&crate::fixture::document(2, vec![placement])).await;
    hub.blob(blob).await;
    place.holds(&["a=2"]).await;
    hub.reported("cart", |status| status.rollout == 2).await;
}

/// Whatever an agent was doing when it was killed, the next life knows what is its own: it finishes or undoes it, and
/// never touches what is not.
#[tokio::test]
async fn an_agent_that_is_killed_at_any_time_loses_nothing_and_takes_nothing() {
    let hub = Hub::start().await;
    let place = Place::new(&hub);
    std::fs::create_dir_all(place.sink()).unwrap();
    std::fs::write(place.sink().join("theirs.yaml"), "theirs: true\n").unwrap();
    let mut agent = place.agent();
    for revision in 1..=25 {
        let objects: Vec<String> =
            (0..20).map(|n| format!("o{}={revision}", n + revision % 3 * 10)).collect();
        let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
        cart(&hub, revision, &objects).await;
        let life = Duration::from_micros(rand::rng().random_range(0..60_000));
        // A random life is the point here: the kill falls anywhere between two instructions.
        tokio::time::timeout(life, std::future::pending::<()>()).await.unwrap_err();
        agent.restart().unwrap();
    }
    cart(&hub, 100, &["a=1", "o5=last"]).await;
    place.holds(&["a=1", "o5=last"]).await;
    hub.reported("cart", |status| status.rollout == 100 && status.phases.healthy == 2).await;
    hub.publish(&crate::fixture::document(101, vec![])).await;
    place.holds(&[]).await;
    let left: Vec<_> =
        std::fs::read_dir(place.sink()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.contains(&"theirs.yaml".into()));
    let foreign = |name: &&std::ffi::OsString| !name.to_string_lossy().starts_with('.');
    assert_eq!(left.iter().filter(foreign).count(), 1, "{left:?}");
}

#[tokio::test]
async fn an_agent_ends_in_order_when_it_is_told_to() {
    let hub = Hub::start().await;
    cart(&hub, 1, &["a=1"]).await;
    let place = Place::new(&hub);
    let mut agent = place.agent();
    hub.reported("cart", |status| status.rollout == 1).await;
    let status = agent.terminate(SOON).await.unwrap();
    assert!(status.success(), "{}", agent.output(20));
}
