//! How far rollouts have come.

use model::{
    PastRelease, RolloutCause, RolloutPause, RolloutProgress, Waiting, WaveCounts, WavePhase, WaveProgress,
};

use crate::{
    Error, bus,
    field::{Reader, digest_bytes},
};

const PROGRESS: Reader = Reader("RolloutProgress");

pub(crate) fn progress_message(progress: &RolloutProgress) -> bus::RolloutProgress {
    bus::RolloutProgress {
        wanted: digest_bytes(&progress.wanted),
        first: progress.first,
        last: progress.last,
        cause: cause_value(progress.cause),
        cut_off: progress.cut_off,
        paused: progress.paused.map(pause_message),
        stopped: progress.stopped,
        waiting: progress.waiting.as_ref().map(waiting_message),
        good: progress.good.as_ref().map(digest_bytes).unwrap_or_default(),
        waves: progress.waves.iter().map(wave_message).collect(),
        width: progress.width,
        widened_at: progress.widened_at,
        progress_time_ms: progress.progress_time,
        progress_peak: progress.progress_peak,
        pauses: progress.pauses,
        forgiven: progress.forgiven,
        releases: progress.releases.iter().map(release_message).collect(),
    }
}

pub(crate) fn progress(message: bus::RolloutProgress) -> Result<RolloutProgress, Error> {
    Ok(RolloutProgress {
        wanted: PROGRESS.digest("wanted", &message.wanted)?,
        first: message.first,
        last: message.last,
        cause: cause(message.cause)?,
        cut_off: message.cut_off,
        paused: message.paused.map(pause).transpose()?,
        stopped: message.stopped,
        waiting: message.waiting.map(waiting).transpose()?,
        good: PROGRESS.optional_digest("good", &message.good)?,
        waves: message.waves.into_iter().map(wave).collect::<Result<_, _>>()?,
        width: message.width,
        widened_at: message.widened_at,
        progress_time: message.progress_time_ms,
        progress_peak: message.progress_peak,
        pauses: message.pauses,
        forgiven: message.forgiven,
        releases: message.releases.iter().map(release).collect::<Result<_, _>>()?,
    })
}

fn cause_value(cause: RolloutCause) -> i32 {
    match cause {
        RolloutCause::Change => bus::RolloutCause::Change,
        RolloutCause::Undo => bus::RolloutCause::Undo,
        RolloutCause::Failure => bus::RolloutCause::Failure,
        RolloutCause::Abort => bus::RolloutCause::Abort,
    }
    .into()
}

fn cause(value: i32) -> Result<RolloutCause, Error> {
    match bus::RolloutCause::try_from(value) {
        Ok(bus::RolloutCause::Change) => Ok(RolloutCause::Change),
        Ok(bus::RolloutCause::Undo) => Ok(RolloutCause::Undo),
        Ok(bus::RolloutCause::Failure) => Ok(RolloutCause::Failure),
        Ok(bus::RolloutCause::Abort) => Ok(RolloutCause::Abort),
        Ok(bus::RolloutCause::Unspecified) | Err(_) => Err(PROGRESS.unknown("cause", value)),
    }
}

fn pause_message(pause: RolloutPause) -> bus::RolloutPause {
    use bus::rollout_pause::Pause as Message;
    let pause = match pause {
        RolloutPause::Declared => Message::Declared(true),
        RolloutPause::User => Message::User(true),
        RolloutPause::Failures { failed, allowed } => {
            Message::Failures(bus::FailurePause { failed, allowed })
        }
        RolloutPause::Deadline { since } => Message::DeadlineSinceMs(since),
    };
    bus::RolloutPause { pause: Some(pause) }
}

fn pause(message: bus::RolloutPause) -> Result<RolloutPause, Error> {
    use bus::rollout_pause::Pause as Message;
    Ok(match PROGRESS.required("paused", message.pause)? {
        Message::Declared(_) => RolloutPause::Declared,
        Message::User(_) => RolloutPause::User,
        Message::Failures(bus::FailurePause { failed, allowed }) => {
            RolloutPause::Failures { failed, allowed }
        }
        Message::DeadlineSinceMs(since) => RolloutPause::Deadline { since },
    })
}

fn waiting_message(waiting: &Waiting) -> bus::Waiting {
    use bus::waiting::Waiting as Message;
    let waiting = match waiting.clone() {
        Waiting::Resume => Message::Resume(true),
        Waiting::Healthy { in_flight, healthy, needed } => {
            Message::Healthy(bus::WaitingHealthy { in_flight, healthy, needed })
        }
        Waiting::SetBack { locations } => Message::SetBack(locations),
        Waiting::Window { locations, until } => {
            Message::Window(bus::WaitingWindow { locations, until_ms: until })
        }
        Waiting::Unknown { locations } => Message::Unknown(locations),
        Waiting::Soak { until } => Message::SoakUntilMs(until),
        Waiting::Gate { gate, reason } => Message::Gate(bus::WaitingGate { gate, reason }),
        Waiting::Approval => Message::Approval(true),
    };
    bus::Waiting { waiting: Some(waiting) }
}

fn waiting(message: bus::Waiting) -> Result<Waiting, Error> {
    use bus::waiting::Waiting as Message;
    Ok(match PROGRESS.required("waiting", message.waiting)? {
        Message::Resume(_) => Waiting::Resume,
        Message::Healthy(bus::WaitingHealthy { in_flight, healthy, needed }) => {
            Waiting::Healthy { in_flight, healthy, needed }
        }
        Message::SetBack(locations) => Waiting::SetBack { locations },
        Message::Window(window) => Waiting::Window { locations: window.locations, until: window.until_ms },
        Message::Unknown(locations) => Waiting::Unknown { locations },
        Message::SoakUntilMs(until) => Waiting::Soak { until },
        Message::Gate(bus::WaitingGate { gate, reason }) => Waiting::Gate { gate, reason },
        Message::Approval(_) => Waiting::Approval,
    })
}

fn wave_message(wave: &WaveProgress) -> bus::WaveProgress {
    let WaveCounts { expected, moved, updated, healthy, degraded, failed, offline, outside } = wave.counts;
    let counts = bus::WaveCounts { expected, moved, updated, healthy, degraded, failed, offline, outside };
    bus::WaveProgress {
        name: wave.name.clone(),
        phase: phase_value(wave.phase),
        start_time_ms: wave.start_time,
        soak_time_ms: wave.soak_time,
        gates: wave.gates,
        pass_time_ms: wave.pass_time,
        counts: Some(counts),
    }
}

fn wave(message: bus::WaveProgress) -> Result<WaveProgress, Error> {
    let bus::WaveCounts { expected, moved, updated, healthy, degraded, failed, offline, outside } =
        message.counts.unwrap_or_default();
    Ok(WaveProgress {
        name: message.name,
        phase: phase(message.phase)?,
        start_time: message.start_time_ms,
        soak_time: message.soak_time_ms,
        gates: message.gates,
        pass_time: message.pass_time_ms,
        counts: WaveCounts { expected, moved, updated, healthy, degraded, failed, offline, outside },
    })
}

fn phase_value(phase: WavePhase) -> i32 {
    match phase {
        WavePhase::Waiting => bus::WavePhase::Waiting,
        WavePhase::Moving => bus::WavePhase::Moving,
        WavePhase::Soaking => bus::WavePhase::Soaking,
        WavePhase::Gating => bus::WavePhase::Gating,
        WavePhase::Approving => bus::WavePhase::Approving,
        WavePhase::Passed => bus::WavePhase::Passed,
    }
    .into()
}

fn phase(value: i32) -> Result<WavePhase, Error> {
    match bus::WavePhase::try_from(value) {
        Ok(bus::WavePhase::Waiting) => Ok(WavePhase::Waiting),
        Ok(bus::WavePhase::Moving) => Ok(WavePhase::Moving),
        Ok(bus::WavePhase::Soaking) => Ok(WavePhase::Soaking),
        Ok(bus::WavePhase::Gating) => Ok(WavePhase::Gating),
        Ok(bus::WavePhase::Approving) => Ok(WavePhase::Approving),
        Ok(bus::WavePhase::Passed) => Ok(WavePhase::Passed),
        Ok(bus::WavePhase::Unspecified) | Err(_) => Err(PROGRESS.unknown("waves.phase", value)),
    }
}

fn release_message(past: &PastRelease) -> bus::PastRelease {
    bus::PastRelease { number: past.number, release: digest_bytes(&past.release), time_ms: past.time }
}

fn release(message: &bus::PastRelease) -> Result<PastRelease, Error> {
    let release = PROGRESS.digest("releases.release", &message.release)?;
    Ok(PastRelease { number: message.number, release, time: message.time_ms })
}
