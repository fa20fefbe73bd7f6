//! A rollout as it was seen last.

use anyhow::{Result, bail};
use model::{Rollout, RolloutPhase, RolloutProgress, Waiting, WavePhase, WaveProgress};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};
use wire::api;

use super::words;
use crate::{
    args::Global,
    client::Client,
    command::{Outcome, apply, follow::Follow},
    kinds,
    usage::usage,
};

/// A rollout, and how it goes out. What goes everywhere at once is one wave.
#[derive(Clone, Debug)]
pub struct Seen {
    pub state: api::PlacementStatus,
    pub rollout: Rollout,
    pub progress: RolloutProgress,
}

/// What asks for a placement's state as it is declared now: a change that has just been applied is decided a moment later.
pub async fn request(
    client: &mut Client,
    global: &Global,
    placement: &str,
) -> Result<api::WatchStatusRequest> {
    client.get(&kinds::kind("placement")?.key(&global.space, "", placement)).await?;
    let watermark = apply::accepted(client).await?;
    Ok(api::WatchStatusRequest { space: global.space.clone(), placement: placement.to_owned(), watermark })
}

/// The rollout once it accounts for everything that is declared now.
pub async fn read(client: &mut Client, global: &Global, placement: &str) -> Result<Seen> {
    let request = request(client, global, placement).await?;
    let deadline = Instant::now() + global.request_timeout;
    let mut follow = Follow::new(client.clone(), request, deadline);
    match timeout_at(deadline, follow.until(|state| state.decided && state.rollout.is_some())).await {
        Ok(ended) => ended?,
        Err(_) => bail!("placement has not decided placement/{placement} yet; does its service run?"),
    }
    Seen::of(follow.seen.unwrap_or_default())
}

impl Seen {
    pub fn of(state: api::PlacementStatus) -> Result<Self> {
        let rollout = wire::rollout(state.rollout.clone().unwrap_or_default())?;
        let progress = rollout.progress.clone().unwrap_or_else(|| at_once(&state));
        Ok(Self { state, rollout, progress })
    }

    /// Its waves, if it goes out in waves.
    pub fn in_waves(&self, placement: &str) -> Result<&RolloutProgress> {
        let help = "give it a `spec.rollout`, and the next change goes out in waves";
        let missing = || usage(format!("placement/{placement} goes everywhere at once; {help}"));
        self.rollout.progress.as_ref().ok_or_else(missing)
    }

    /// How it has ended, or that it goes on only when somebody says so.
    pub fn ended(&self) -> Option<Outcome> {
        match self.progress.phase() {
            RolloutPhase::Progressing => None,
            RolloutPhase::Completed => Some(Outcome::Done),
            RolloutPhase::Paused | RolloutPhase::RolledBack | RolloutPhase::Aborted => Some(Outcome::No),
        }
    }

    /// One line that says it all.
    pub fn headline(&self) -> String {
        let reason = words::reason(&self.progress).map(|reason| format!(", {reason}"));
        format!("{}{}", words::title(&self.rollout, &self.progress), reason.unwrap_or_default())
    }

    /// Of all waves: how many are healthy, and how many more could be.
    pub fn healthy_and_more(&self) -> (u64, u64) {
        let counts = || self.progress.waves.iter().map(|wave| &wave.counts);
        let healthy = counts().map(|it| it.healthy).sum();
        (healthy, counts().map(|it| it.expected.saturating_sub(it.offline + it.healthy)).sum())
    }

    /// All of it, named as in the tables for people.
    pub fn document(&self, placement: &str) -> Value {
        json!({
            "placement": placement,
            "number": self.rollout.number,
            "release": self.rollout.release.to_string(),
            "phase": words::phase(self.progress.phase()),
            "paused": self.progress.paused.as_ref().map(words::pause),
            "waiting": self.progress.waiting.as_ref().map(words::waiting),
            "waves": self.progress.waves.iter().map(wave).collect::<Vec<_>>(),
        })
    }
}

fn wave(wave: &WaveProgress) -> Value {
    let counts = &wave.counts;
    json!({
        "name": wave.name, "phase": words::wave_phase(wave.phase), "expected": counts.expected, "moved": counts.moved,
        "updated": counts.updated, "healthy": counts.healthy, "degraded": counts.degraded,
        "failed": counts.failed, "offline": counts.offline, "outside": counts.outside,
    })
}

/// What has no waves, as one wave, which has passed when everybody who is online is healthy.
fn at_once(state: &api::PlacementStatus) -> RolloutProgress {
    let total = state.summary.as_ref().and_then(|summary| summary.total).unwrap_or_default();
    let needed = total.expected.saturating_sub(total.offline);
    let is_done = state.current && total.healthy >= needed;
    let waiting =
        Waiting::Healthy { in_flight: needed.saturating_sub(total.healthy), healthy: total.healthy, needed };
    let counts = model::WaveCounts {
        expected: total.expected,
        moved: total.expected,
        updated: total.updated,
        healthy: total.healthy,
        degraded: total.degraded,
        failed: total.failed,
        offline: total.offline,
        outside: 0,
    };
    let phase = if is_done { WavePhase::Passed } else { WavePhase::Moving };
    let wave = WaveProgress { name: "everywhere".into(), phase, counts, ..WaveProgress::default() };
    RolloutProgress {
        waiting: (!is_done).then_some(waiting),
        waves: vec![wave],
        ..RolloutProgress::default()
    }
}
