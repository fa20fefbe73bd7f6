//! Releases that go out in waves: by real regions' word, and by what people say.

mod killed;
mod recorder;

use serde_json::Value;
use testbed::eventually;

use crate::fleet::{Fleet, SOON, STORES, placement, settings};

const VERSION: &str = "/data/version";

/// One store, which somebody has to approve of, then the others one by one.
pub fn in_waves(name: &str, app: &str) -> String {
    let waves = "rollout: {waves: [{name: canary, select: {count: 1}, approval: true}, {name: rest, maxConcurrency: 1}]}";
    let placement = placement(name, app);
    format!("{}, {waves}}}", placement.strip_suffix('}').unwrap())
}

fn status(fleet: &Fleet) -> Value {
    serde_json::from_str(&fleet.succeed(&["rollout", "status", "placement/shop", "-o", "json"])).unwrap()
}

/// A program that answers a gate, by the nats CLI; it ends with this.
struct Program(std::process::Child);

impl Program {
    fn start(fleet: &Fleet, subject: &str, answer: &str) -> Self {
        let mut command = std::process::Command::new("nats");
        command.env("PATH", testbed::path()).args(["--server", &fleet.nats.url(), "reply", subject, answer]);
        let child = command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn();
        Self(child.unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// How many stores have this version on disk.
fn having(fleet: &Fleet, version: &str) -> usize {
    let has = |store: &str| {
        fleet
            .manifests(store)
            .get("ConfigMap menu")
            .is_some_and(|it| it.pointer(VERSION) == Some(&version.into()))
    };
    STORES.iter().filter(|(store, _)| has(store)).count()
}

/// Returns when the rollout of this cause stands like that.
async fn until(fleet: &Fleet, what: &str, stands: impl Fn(&Value) -> bool) -> Value {
    let found = eventually(what, SOON, async || {
        // A placement that has just got its waves is told without them for a moment.
        let output = fleet.run(&["rollout", "status", "placement/shop", "-o", "json"]);
        match serde_json::from_slice(&output.stdout) {
            Ok(status) if stands(&status) => Ok(status),
            _ => Err(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()),
        }
    });
    found.await.unwrap()
}

/// The first wave has what goes out. One that nobody was known to be online of when it began passes, and is moved later.
fn has_canary(status: &Value) -> bool {
    status["waves"][0]["healthy"] == 1
}

fn awaits_approval(status: &Value) -> bool {
    has_canary(status) && status["waiting"].as_str().is_some_and(|waiting| waiting.contains("approve"))
}

fn is_completed(status: &Value) -> bool {
    status["phase"] == "completed"
}

#[tokio::test]
async fn a_release_goes_to_one_store_and_to_the_others_when_somebody_approves() {
    let fleet = Fleet::start().await;
    fleet.apply(&[settings("menu", "1"), in_waves("shop", "shop")].join("\n---\n"));
    let waiting = until(&fleet, "the first wave waits", awaits_approval).await;
    assert_eq!((having(&fleet, "1"), &waiting["waves"][0]["healthy"]), (1, &1.into()));
    let said = fleet.succeed(&["rollout", "approve", "placement/shop"]);
    assert_eq!(said, "placement/shop wave canary of rollout 1 approved\n");
    until(&fleet, "it is everywhere", is_completed).await;
    fleet.healthy("shop");
    assert_eq!(having(&fleet, "1"), STORES.len());

    fleet.apply(&settings("menu", "2"));
    until(&fleet, "the next release waits", |status| status["number"] == 2 && awaits_approval(status)).await;
    assert_eq!((having(&fleet, "1"), having(&fleet, "2")), (STORES.len() - 1, 1));
    fleet.succeed(&["rollout", "pause", "placement/shop"]);
    fleet.succeed(&["rollout", "approve", "placement/shop", "--wave", "canary"]);
    let paused = until(&fleet, "it is paused", |status| status["phase"] == "paused").await;
    assert_eq!(paused["paused"], "by `tributary rollout pause`");
    fleet.succeed(&["rollout", "resume", "placement/shop"]);
    until(&fleet, "it goes on", is_completed).await;
    fleet.eventually_everywhere("ConfigMap menu", VERSION, Some("2")).await;
    fleet.verify().await;
}

#[tokio::test]
async fn an_abort_and_an_undo_go_back_and_the_history_says_why() {
    let fleet = Fleet::start().await;
    fleet.apply(&[settings("menu", "1"), in_waves("shop", "shop")].join("\n---\n"));
    until(&fleet, "the first wave waits", awaits_approval).await;
    fleet.succeed(&["rollout", "approve", "placement/shop"]);
    until(&fleet, "the first is everywhere", is_completed).await;

    fleet.apply(&settings("menu", "2"));
    until(&fleet, "the second waits", |status| status["number"] == 2 && awaits_approval(status)).await;
    fleet.succeed(&["rollout", "abort", "placement/shop"]);
    until(&fleet, "it is back", |status| status["phase"] == "rolled back").await;
    fleet.eventually_everywhere("ConfigMap menu", VERSION, Some("1")).await;
    let history = fleet.succeed(&["rollout", "history", "placement/shop"]);
    assert!(history.contains("abort"), "{history}");

    let refused = fleet.run(&["rollout", "undo", "placement/shop", "--to", "77"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no earlier release is 77"));
    fleet.succeed(&["rollout", "undo", "placement/shop"]);
    until(&fleet, "the undo waits", awaits_approval).await;
    fleet.succeed(&["rollout", "approve", "placement/shop"]);
    until(&fleet, "the undo is everywhere", is_completed).await;
    fleet.eventually_everywhere("ConfigMap menu", VERSION, Some("2")).await;
    fleet.verify().await;
}

#[tokio::test]
async fn a_users_own_program_decides_whether_a_release_goes_on() {
    let fleet = Fleet::start().await;
    let request = "{request: {subject: gates.shop, timeout: 2s}, interval: 1s}";
    let gated = in_waves("shop", "shop").replace("approval: true", &format!("gates: [{request}]"));
    fleet.apply(&[settings("menu", "1"), gated].join("\n---\n"));
    let says = |word: &'static str| {
        move |status: &Value| {
            has_canary(status) && status["waiting"].as_str().is_some_and(|waiting| waiting.contains(word))
        }
    };
    until(&fleet, "nobody answers", says("the default is Deny")).await;
    let program = Program::start(&fleet, "gates.shop", r#"{"allow": false, "reason": "it is Friday"}"#);
    until(&fleet, "it says no", says("gates.shop denied it: it is Friday")).await;
    assert_eq!(having(&fleet, "1"), 1);
    drop(program);
    let _program = Program::start(&fleet, "gates.shop", r#"{"allow": true, "reason": "go"}"#);
    until(&fleet, "it is everywhere", is_completed).await;
    fleet.eventually_everywhere("ConfigMap menu", VERSION, Some("1")).await;
    let history = fleet.succeed(&["rollout", "history", "placement/shop"]);
    assert!(history.contains("gates.shop allowed it: go"), "{history}");
    fleet.verify().await;
}
