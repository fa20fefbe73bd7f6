//! Rollouts: declared, spoken to, and under way.

use model::{
    Day, Factor, Gate, GateDefault, GateRequest, GateWebhook, LabelSelector, OnFailure, PastRelease, Percent,
    Rate, RolloutCause, RolloutControlSpec, RolloutPause, RolloutProgress, RolloutSpec, Select, Share, Span,
    TimeOfDay, Waiting, Wave, WaveCounts, WavePhase, WaveProgress, Window,
};

use super::digest;

pub fn spec() -> RolloutSpec {
    RolloutSpec {
        waves: vec![wave("canary", Select::Count(5)), wave("tenth", Select::Percent(Percent(10))), pilots()],
        progress_deadline: Some(Span(600_000)),
        max_failures: Some(Share::Count(3)),
        on_failure: OnFailure::Rollback,
        paused: true,
        rate: Some(Rate {
            start: Share::Count(1),
            factor: Factor { thousandths: 1500 },
            max: Some(Share::Percent(Percent(10))),
        }),
        windows: vec![Window {
            days: vec![Day::Mon, Day::Sun],
            from: TimeOfDay { minutes: 22 * 60 },
            to: TimeOfDay { minutes: 4 * 60 },
        }],
    }
}

fn wave(name: &str, select: Select) -> Wave {
    Wave {
        name: name.into(),
        select: Some(select),
        max_concurrency: Some(Share::Count(1)),
        min_success: Some(Share::Percent(Percent(95))),
        soak: Some(Span(90_000)),
        gates: gates(),
        approval: true,
    }
}

fn pilots() -> Wave {
    let match_labels = [("tier".to_owned(), "pilot".to_owned())].into();
    let selector = LabelSelector { match_labels, ..LabelSelector::default() };
    Wave { name: "pilots".into(), select: Some(Select::Selector(selector)), ..Wave::default() }
}

fn gates() -> Vec<Gate> {
    let (timeout, interval) = (Span(5000), Span(30_000));
    let request = GateRequest { subject: "gates.shop".into(), timeout, default: GateDefault::Allow };
    let webhook = GateWebhook { url: "https://example.com/gate".into(), timeout, default: GateDefault::Deny };
    vec![
        Gate { expression: Some("wave.failed == 0".into()), interval, ..Gate::default() },
        Gate { request: Some(request), interval, ..Gate::default() },
        Gate { webhook: Some(webhook), interval, ..Gate::default() },
    ]
}

pub fn control() -> RolloutControlSpec {
    RolloutControlSpec {
        placement_uid: "3f0c9a52".into(),
        number: 2,
        paused: true,
        resumed: 1,
        approved: vec!["canary".into()],
        aborted: true,
        undo_to: Some(digest(1)),
    }
}

pub fn progress() -> RolloutProgress {
    RolloutProgress {
        wanted: digest(1),
        first: 2,
        last: 4,
        cause: RolloutCause::Undo,
        cut_off: 1,
        paused: Some(RolloutPause::Failures { failed: 4, allowed: 3 }),
        stopped: true,
        waiting: Some(Waiting::Gate { gate: 1, reason: "too many errors".into() }),
        good: Some(digest(3)),
        waves: vec![WaveProgress {
            name: "canary".into(),
            phase: WavePhase::Gating,
            start_time: 1_790_000_000_000,
            soak_time: 1_790_000_010_000,
            gates: 1,
            pass_time: 1_790_000_020_000,
            counts: WaveCounts {
                expected: 9,
                moved: 8,
                updated: 7,
                healthy: 4,
                degraded: 2,
                failed: 1,
                offline: 3,
                outside: 1,
            },
        }],
        width: 4,
        widened_at: 3,
        progress_time: 1_790_000_015_000,
        progress_peak: 11,
        pauses: 1,
        forgiven: 2,
        releases: vec![PastRelease { number: 1, release: digest(3), time: 1_780_000_000_000 }],
    }
}
