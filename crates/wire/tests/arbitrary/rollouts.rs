use model::{
    Day, Factor, Gate, GateDefault, GateRequest, GateWebhook, OnFailure, PastRelease, Percent, Rate,
    RolloutCause, RolloutControlSpec, RolloutPause, RolloutProgress, RolloutSpec, Select, Share, Span,
    TimeOfDay, Waiting, Wave, WaveCounts, WavePhase, WaveProgress, Window,
};
use proptest::{collection, option, prelude::*, sample::select};

use super::{declared::selector, digest, name};

fn share() -> impl Strategy<Value = Share> {
    prop_oneof![any::<u32>().prop_map(Share::Count), any::<u32>().prop_map(|n| Share::Percent(Percent(n)))]
}

fn span() -> impl Strategy<Value = Span> {
    any::<u64>().prop_map(Span)
}

fn gate() -> impl Strategy<Value = Gate> {
    let default = || select(vec![GateDefault::Deny, GateDefault::Allow]);
    let request = (".{0,6}", span(), default()).prop_map(|(subject, timeout, default)| GateRequest {
        subject,
        timeout,
        default,
    });
    let webhook = (".{0,6}", span(), default()).prop_map(|(url, timeout, default)| GateWebhook {
        url,
        timeout,
        default,
    });
    (option::of(".{0,6}"), option::of(request), option::of(webhook), span())
        .prop_map(|(expression, request, webhook, interval)| Gate { expression, request, webhook, interval })
}

fn wave() -> impl Strategy<Value = Wave> {
    let select = prop_oneof![
        selector().prop_map(Select::Selector),
        any::<u32>().prop_map(Select::Count),
        any::<u32>().prop_map(|n| Select::Percent(Percent(n))),
    ];
    let shares = (option::of(share()), option::of(share()));
    let gates = collection::vec(gate(), 0..3);
    (name(), option::of(select), shares, option::of(span()), gates, any::<bool>()).prop_map(
        |(name, select, (max_concurrency, min_success), soak, gates, approval)| Wave {
            name,
            select,
            max_concurrency,
            min_success,
            soak,
            gates,
            approval,
        },
    )
}

fn window() -> impl Strategy<Value = Window> {
    let day = select(vec![Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun]);
    let time = || (0u32..=1440).prop_map(|minutes| TimeOfDay { minutes });
    (collection::vec(day, 0..4), time(), time()).prop_map(|(days, from, to)| Window { days, from, to })
}

pub fn spec() -> impl Strategy<Value = RolloutSpec> {
    let rate = (share(), any::<u32>(), option::of(share())).prop_map(|(start, thousandths, max)| Rate {
        start,
        factor: Factor { thousandths },
        max,
    });
    let failure = (option::of(share()), select(vec![OnFailure::Pause, OnFailure::Rollback]));
    let deadline = option::of((1..u64::MAX).prop_map(Span));
    let windows = collection::vec(window(), 0..2);
    (collection::vec(wave(), 0..3), deadline, failure, any::<bool>(), option::of(rate), windows).prop_map(
        |(waves, progress_deadline, (max_failures, on_failure), paused, rate, windows)| RolloutSpec {
            waves,
            progress_deadline,
            max_failures,
            on_failure,
            paused,
            rate,
            windows,
        },
    )
}

pub fn control() -> impl Strategy<Value = RolloutControlSpec> {
    let said = (any::<bool>(), any::<u32>(), collection::vec(name(), 0..3), any::<bool>());
    (name(), any::<u64>(), said, option::of(digest())).prop_map(
        |(placement_uid, number, (paused, resumed, approved, aborted), undo_to)| RolloutControlSpec {
            placement_uid,
            number,
            paused,
            resumed,
            approved,
            aborted,
            undo_to,
        },
    )
}

fn pause() -> impl Strategy<Value = RolloutPause> {
    prop_oneof![
        Just(RolloutPause::Declared),
        Just(RolloutPause::User),
        any::<(u64, u64)>().prop_map(|(failed, allowed)| RolloutPause::Failures { failed, allowed }),
        any::<u64>().prop_map(|since| RolloutPause::Deadline { since }),
    ]
}

fn waiting() -> impl Strategy<Value = Waiting> {
    prop_oneof![
        Just(Waiting::Resume),
        Just(Waiting::Approval),
        any::<[u64; 3]>().prop_map(|[in_flight, healthy, needed]| Waiting::Healthy {
            in_flight,
            healthy,
            needed
        }),
        any::<u64>().prop_map(|locations| Waiting::SetBack { locations }),
        any::<u64>().prop_map(|locations| Waiting::Unknown { locations }),
        any::<(u64, u64)>().prop_map(|(locations, until)| Waiting::Window { locations, until }),
        any::<u64>().prop_map(|until| Waiting::Soak { until }),
        (any::<u32>(), ".{0,6}").prop_map(|(gate, reason)| Waiting::Gate { gate, reason }),
    ]
}

fn wave_progress() -> impl Strategy<Value = WaveProgress> {
    use WavePhase::{Approving, Gating, Moving, Passed, Soaking, Waiting};
    let phase = select(vec![Waiting, Moving, Soaking, Gating, Approving, Passed]);
    (name(), phase, any::<[u64; 3]>(), any::<u32>(), any::<[u64; 8]>()).prop_map(
        |(name, phase, [start_time, soak_time, pass_time], gates, counts)| {
            let [expected, moved, updated, healthy, degraded, failed, offline, outside] = counts;
            let counts = WaveCounts { expected, moved, updated, healthy, degraded, failed, offline, outside };
            WaveProgress { name, phase, start_time, soak_time, gates, pass_time, counts }
        },
    )
}

pub fn progress() -> impl Strategy<Value = RolloutProgress> {
    use RolloutCause::{Abort, Change, Failure, Undo};
    let past = (any::<u64>(), digest(), any::<u64>()).prop_map(|(number, release, time)| PastRelease {
        number,
        release,
        time,
    });
    let state = (
        select(vec![Change, Undo, Failure, Abort]),
        option::of(pause()),
        any::<bool>(),
        option::of(waiting()),
    );
    let lists = (collection::vec(wave_progress(), 0..3), collection::vec(past, 0..3));
    (digest(), option::of(digest()), any::<[u64; 8]>(), any::<u32>(), state, lists).prop_map(
        |(wanted, good, numbers, pauses, (cause, paused, stopped, waiting), (waves, releases))| {
            let [first, last, cut_off, width, widened_at, progress_time, progress_peak, forgiven] = numbers;
            RolloutProgress {
                wanted,
                first,
                last,
                cause,
                cut_off,
                paused,
                stopped,
                waiting,
                good,
                waves,
                width,
                widened_at,
                progress_time,
                progress_peak,
                pauses,
                forgiven,
                releases,
            }
        },
    )
}
