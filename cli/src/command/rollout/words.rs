//! What a rollout does and waits for, in words.

use model::{Rollout, RolloutPause, RolloutPhase, RolloutProgress, Waiting, WavePhase, WaveProgress, time};

/// What goes out, and how that stands.
pub fn title(rollout: &Rollout, progress: &RolloutProgress) -> String {
    let phase = phase(progress.phase());
    format!("rollout {} to release {}: {phase}", rollout.number, rollout.release.short())
}

/// Why it does not go on at once.
pub fn reason(progress: &RolloutProgress) -> Option<String> {
    progress.paused.as_ref().map(pause).or_else(|| progress.waiting.as_ref().map(waiting))
}

pub fn phase(phase: RolloutPhase) -> &'static str {
    match phase {
        RolloutPhase::Progressing => "progressing",
        RolloutPhase::Paused => "paused",
        RolloutPhase::Completed => "completed",
        RolloutPhase::RolledBack => "rolled back",
        RolloutPhase::Aborted => "aborted",
    }
}

pub fn pause(pause: &RolloutPause) -> String {
    match pause {
        RolloutPause::Declared => "by spec.rollout.paused".to_owned(),
        RolloutPause::User => "by `tributary rollout pause`".to_owned(),
        RolloutPause::Failures { failed, allowed } => {
            format!("since {failed} locations have failed, and {allowed} may")
        }
        RolloutPause::Deadline { since } => {
            format!("since nobody in flight has made progress since {}", time::to_rfc3339(*since))
        }
    }
}

pub fn waiting(waiting: &Waiting) -> String {
    match waiting {
        Waiting::Resume => "waits to be resumed".to_owned(),
        Waiting::Healthy { in_flight, healthy, needed } => {
            let locations = if *in_flight == 1 { "location" } else { "locations" };
            format!(
                "waits for {in_flight} {locations} in flight; {healthy} of the wave healthy, {needed} needed"
            )
        }
        Waiting::SetBack { locations } => format!("waits until {locations} silent locations are set back"),
        Waiting::Unknown { locations } => {
            format!("waits for word of {locations} locations of which nothing is known")
        }
        Waiting::Window { locations, until: 0 } => format!(
            "waits for the windows of {locations} locations, of which nobody can tell when they open; \
             `tributary describe placement` says why"
        ),
        Waiting::Window { locations, until } => {
            format!("waits for the windows of {locations} locations, until {}", time::to_rfc3339(*until))
        }
        Waiting::Soak { until } => format!("soaks until {}", time::to_rfc3339(*until)),
        Waiting::Gate { gate, reason } if reason.is_empty() => format!("waits for gate {gate}"),
        Waiting::Gate { gate, reason } => format!("waits for gate {gate}: {reason}"),
        Waiting::Approval => "waits for `tributary rollout approve`".to_owned(),
    }
}

/// The healthy of each wave.
pub fn counts(progress: &RolloutProgress) -> String {
    let wave =
        |wave: &WaveProgress| format!("{} {}/{}", wave.name, wave.counts.healthy, wave.counts.expected);
    progress.waves.iter().map(wave).collect::<Vec<_>>().join(", ")
}

pub fn wave_phase(phase: WavePhase) -> &'static str {
    match phase {
        WavePhase::Waiting => "Waiting",
        WavePhase::Moving => "Moving",
        WavePhase::Soaking => "Soaking",
        WavePhase::Gating => "Gating",
        WavePhase::Approving => "Approving",
        WavePhase::Passed => "Passed",
    }
}
