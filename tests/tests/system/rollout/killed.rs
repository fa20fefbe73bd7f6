//! Placement is killed in the middle of a rollout, and another process goes on with it.

use model::Digest;
use serde_json::Value;

use super::recorder::Recorder;
use super::{Program, VERSION, is_completed, status, until};
use crate::fleet::{Fleet, STORES, placement, settings};

const SUBJECT: &str = "gates.shop";

/// One store, which soaks so long and has to pass a gate, then the others one by one.
fn gated(soak: &str) -> String {
    let gate = format!("{{request: {{subject: {SUBJECT}, timeout: 1s}}, interval: 1s}}");
    let canary = format!("{{name: canary, select: {{count: 1}}, soak: {soak}, gates: [{gate}]}}");
    let waves = format!("rollout: {{waves: [{canary}, {{name: rest, maxConcurrency: 1}}]}}");
    format!("{}, {waves}}}", placement("shop", "shop").strip_suffix('}').unwrap())
}

/// Both processes of placement are killed, and one of them is started again.
async fn killed(fleet: &mut Fleet, next: &str) {
    for replica in ["placement-a", "placement-b"] {
        fleet.services.get_mut(replica).unwrap().kill();
    }
    fleet.services.get_mut(next).unwrap().restart().unwrap();
    fleet.ready_service(next).await;
}

/// Nobody makes documents, so that whoever is moved stays on its way.
fn hold(fleet: &mut Fleet) {
    for replica in ["translation-a", "translation-b"] {
        fleet.services.get_mut(replica).unwrap().freeze().unwrap();
    }
}

fn let_go(fleet: &mut Fleet) {
    for replica in ["translation-a", "translation-b"] {
        fleet.services.get_mut(replica).unwrap().thaw().unwrap();
    }
}

fn history(fleet: &Fleet) -> Vec<Value> {
    let text = fleet.succeed(&["rollout", "history", "placement/shop", "-o", "json"]);
    let history: Value = serde_json::from_str(&text).unwrap();
    history["history"].as_array().unwrap().clone()
}

/// The moved of each wave.
fn moved(status: &Value) -> [u64; 2] {
    [0, 1].map(|wave: usize| status["waves"][wave]["moved"].as_u64().unwrap())
}

fn waits(status: &Value, words: &str) -> bool {
    status["waiting"].as_str().is_some_and(|waiting| waiting.contains(words))
}

/// What was there before is still there, as it was.
fn goes_on(before: &mut Vec<Value>, fleet: &Fleet) {
    let now = history(fleet);
    assert_eq!(now[..before.len()], before[..], "the history is another one");
    *before = now;
}

// Two threads: the recorder goes on while the command line is waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollout_goes_on_where_it_was_whenever_placement_is_killed_and_nobody_is_moved_twice() {
    let mut fleet = Fleet::start().await;
    fleet.apply(&[settings("menu", "1"), placement("shop", "shop")].join("\n---\n"));
    fleet.healthy("shop");
    let recorder = Recorder::start(&fleet).await;

    hold(&mut fleet);
    fleet.apply(&[settings("menu", "2"), gated("1h")].join("\n---\n"));
    let begun = until(&fleet, "the first store is on its way", |status| moved(status) == [1, 0]).await;
    let mut told = history(&fleet);
    killed(&mut fleet, "placement-b").await;
    assert_eq!((moved(&status(&fleet)), status(&fleet)["waves"][0]["healthy"].as_u64()), ([1, 0], Some(0)));
    goes_on(&mut told, &fleet);
    let_go(&mut fleet);

    let soaking = until(&fleet, "it soaks", |status| waits(status, "soaks until")).await;
    killed(&mut fleet, "placement-a").await;
    until(&fleet, "it still soaks", |status| status == &soaking).await;
    goes_on(&mut told, &fleet);
    fleet.apply(&gated("0s"));

    until(&fleet, "nobody answers for the gate", |status| waits(status, "the default is Deny")).await;
    killed(&mut fleet, "placement-b").await;
    until(&fleet, "it waits for the gate", |status| waits(status, "the default is Deny")).await;
    assert_eq!(moved(&status(&fleet)), [1, 0]);
    goes_on(&mut told, &fleet);

    hold(&mut fleet);
    let _program = Program::start(&fleet, SUBJECT, r#"{"allow": true, "reason": "go"}"#);
    until(&fleet, "the second store is on its way", |status| moved(status) == [1, 1]).await;
    killed(&mut fleet, "placement-a").await;
    assert_eq!(moved(&status(&fleet)), [1, 1]);
    goes_on(&mut told, &fleet);
    let_go(&mut fleet);
    let ended = until(&fleet, "it is everywhere", is_completed).await;
    goes_on(&mut told, &fleet);
    fleet.eventually_everywhere("ConfigMap menu", VERSION, Some("2")).await;

    assert_eq!((&ended["number"], &ended["release"]), (&begun["number"], &begun["release"]), "one rollout");
    let (number, release) = (ended["number"].as_u64().unwrap(), ended["release"].as_str().unwrap());
    let stores = || STORES.iter().map(|(store, _)| (*store).to_owned());
    let decided = recorder.decided(Digest::from_hex(release).unwrap());
    assert_eq!(decided, stores().map(|store| (store, vec![number])).collect());
    assert_eq!(recorder.sent(number), stores().map(|store| (store, 1)).collect());
    let steps: Vec<&str> = told.iter().map(|step| step["reason"].as_str().unwrap()).collect();
    let steps = &steps[steps.len() - 7..];
    let expected = [
        "the content of the placement changed",
        "wave canary began",
        "gate 0 let wave canary through: gates.shop allowed it: go",
        "wave canary passed",
        "wave rest began",
        "wave rest passed",
        "completed",
    ];
    assert_eq!(steps, expected);
    fleet.services.get_mut("placement-b").unwrap().restart().unwrap();
    fleet.verify().await;
}
