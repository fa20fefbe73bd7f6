//! Gates and approvals.

use model::*;

use crate::stage::*;

fn gate() -> Gate {
    Gate { expression: Some("wave.failed == 0".to_owned()), interval: Span(10_000), ..Gate::default() }
}

fn gated(gates: usize, approval: bool) -> Stage {
    let canary = Wave { gates: vec![gate(); gates], approval, ..wave("canary", 1) };
    let mut stage = Stage::settled(3, waves(vec![canary]));
    stage.wanted = release("b");
    stage.steps();
    stage
}

#[test]
fn a_gate_is_asked_when_its_wave_is_healthy_and_holds_up_the_next_one() {
    let mut stage = gated(1, false);
    assert!(stage.step().asks.is_empty());
    stage.heal();
    let asks = stage.step().asks;
    assert_eq!((asks.len(), asks[0].gate, asks[0].wave.as_str()), (1, 0, "canary"));
    assert_eq!(stage.waiting(), Some(Waiting::Gate { gate: 0, reason: String::new() }));
    assert_eq!(stage.holding("b").len(), 1);
    stage.answer(&asks[0], true);
    stage.steps();
    assert_eq!(stage.holding("b").len(), 3);
}

#[test]
fn a_gate_that_said_no_is_asked_again_after_its_interval() {
    let mut stage = gated(1, false);
    stage.heal();
    let ask = stage.step().asks.remove(0);
    stage.answer(&ask, false);
    let again = stage.now + 10_000;
    stage.now += 1;
    let step = stage.step();
    assert_eq!((step.asks.len(), step.wake_ms), (0, Some(again)));
    assert_eq!(stage.waiting(), Some(Waiting::Gate { gate: 0, reason: "not yet".to_owned() }));
    stage.now = again;
    let ask = stage.step().asks.remove(0);
    stage.answer(&ask, true);
    stage.steps();
    assert_eq!(stage.holding("b").len(), 3);
}

#[test]
fn gates_are_asked_one_after_the_other() {
    let mut stage = gated(2, false);
    stage.heal();
    let ask = stage.step().asks.remove(0);
    stage.answer(&ask, true);
    let asks = stage.step().asks;
    assert_eq!((asks.len(), asks[0].gate), (1, 1));
    assert_eq!(stage.holding("b").len(), 1);
}

#[test]
fn what_a_gate_said_of_another_rollout_lets_nothing_through() {
    let mut stage = gated(1, false);
    stage.heal();
    let ask = stage.step().asks.remove(0);
    stage.wanted = release("c");
    stage.steps();
    stage.heal();
    stage.answer(&ask, true);
    let asks = stage.step().asks;
    assert_eq!((asks.len(), stage.holding("c").len()), (1, 1));
}

#[test]
fn what_a_gate_said_before_its_wave_failed_and_recovered_is_asked_again() {
    let mut stage = gated(2, false);
    stage.heal();
    let ask = stage.step().asks.remove(0);
    stage.answer(&ask, true);
    stage.step();
    stage.report(0, Fares::Degraded);
    stage.now += 1;
    stage.steps();
    assert_eq!(stage.progress().waves[0].phase, WavePhase::Moving);
    stage.heal();
    let asks = stage.step().asks;
    assert_eq!(asks[0].gate, 0, "from the first gate on");
}

#[test]
fn a_wave_waits_for_its_approval_and_for_no_other() {
    let mut stage = gated(0, true);
    stage.say(|said| said.approved.push("remainder".to_owned()));
    stage.heal();
    stage.steps();
    assert_eq!((stage.waiting(), stage.holding("b").len()), (Some(Waiting::Approval), 1));
    stage.say(|said| said.approved.push("canary".to_owned()));
    stage.run();
    assert_eq!(stage.holding("b").len(), 3);
}

#[test]
fn an_approval_is_of_one_rollout_alone() {
    let mut stage = gated(0, true);
    stage.say(|said| said.approved.push("canary".to_owned()));
    stage.wanted = release("c");
    stage.steps();
    stage.heal();
    stage.steps();
    assert_eq!((stage.waiting(), stage.holding("c").len()), (Some(Waiting::Approval), 1));
}

#[test]
fn an_approval_holds_for_every_number_of_the_rollout() {
    let mut stage = gated(0, true);
    stage.say(|said| said.approved.push("canary".to_owned()));
    // Something was taken back in between.
    stage.chosen.remove(&2);
    stage.run();
    assert!(stage.progress().last > stage.progress().first);
    assert_eq!(stage.phase(), RolloutPhase::Completed);
}
