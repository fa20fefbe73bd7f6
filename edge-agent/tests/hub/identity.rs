//! Who an agent is, and what it is told when that is wrong.

use std::process::Command;

use crate::fixture::{Hub, Place, SOON, cart};

#[tokio::test]
async fn an_agent_that_has_lost_its_state_is_still_believed() {
    let hub = Hub::start().await;
    cart(&hub, 1, &["a=1"]).await;
    let place = Place::new(&hub);
    let mut agent = place.agent();
    for boot in 1..4 {
        hub.reported("cart", |status| status.report.boot == boot).await;
        agent.restart().unwrap();
    }
    let before = hub.reported("cart", |status| status.report.boot == 4).await;
    agent.kill();
    std::fs::remove_dir_all(place.state()).unwrap();
    let _agent = place.agent();
    hub.reported("cart", |status| status.report > before.report).await;
    place.holds(&["a=1"]).await;
}

#[tokio::test]
async fn two_agents_of_one_location_notice_each_other() {
    let hub = Hub::start().await;
    cart(&hub, 1, &["a=1"]).await;
    let (one, two) = (Place::new(&hub), Place::new(&hub));
    let first = one.agent();
    hub.reported("cart", |status| status.rollout == 1).await;
    let second = two.agent();
    two.holds(&["a=1"]).await;
    second.line("raising it", SOON).await.unwrap();
    cart(&hub, 2, &["a=2"]).await;
    let noticed = async |agent: &testbed::Process| {
        agent.line("another agent reports as this location", SOON).await.unwrap();
    };
    tokio::select! {
        () = noticed(&first) => {}
        () = noticed(&second) => {}
    }
}

fn run(extra: &[&str]) -> std::process::Output {
    let needed = ["--location=store-1", "--region=eu", "--sink=memory", "--state-dir=/nonexistent/x"];
    Command::new(env!("CARGO_BIN_EXE_tributary-agent")).args(needed).args(extra).output().unwrap()
}

#[test]
fn a_wrong_configuration_ends_with_64_and_says_what_is_wrong() {
    let output = run(&["--nats-url=somewhere"]);
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--nats-url"));
}

#[test]
fn the_configuration_is_printed_without_touching_anything() {
    let output = run(&["--print-config"]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("--heartbeat=1m\n"));
}
