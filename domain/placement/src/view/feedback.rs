//! What comes back from regions and gates.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Gate, PlacementKey, Presence, Progress, Rollout, WaveCounts};

use super::View;
use crate::rollout::{Ask, Verdict};
use crate::state::State;

/// A gate that is to be asked, and on what it decides.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub placement: &'a PlacementKey,
    pub ask: &'a Ask,
    pub gate: &'a Gate,
    pub rollout: &'a Rollout,
    /// Of the wave.
    pub counts: &'a WaveCounts,
}

fn asked<'a>(placement: &'a PlacementKey, state: &'a State) -> impl Iterator<Item = Asked<'a>> {
    let spec = state.declared.as_ref().and_then(|declared| declared.spec.rollout.as_ref());
    let rollout = state.rolling.next.as_ref();
    state.rolling.asks.iter().filter_map(move |ask| {
        let declared = spec?.waves.iter().find(|wave| wave.name == ask.wave)?;
        let gate = declared.gates.get(ask.gate as usize)?;
        let progress = rollout?.progress.as_ref()?;
        let counts = &progress.waves.iter().find(|wave| wave.name == ask.wave)?.counts;
        Some(Asked { placement, ask, gate, rollout: rollout?, counts })
    })
}

impl View {
    /// Takes in a row of presence, or that there is none.
    pub fn set_presence(&mut self, region: &str, bucket: u32, presence: Option<&Presence>) {
        let region = self.inventory.regions.intern(region);
        let changed = self.attendance.set((region, bucket), presence, &mut self.inventory.names);
        for (key, state) in &self.placements {
            if state.is_rolling() && state.chosen().is_some_and(|chosen| !chosen.is_disjoint(&changed)) {
                self.dirty.insert(key.clone());
            }
        }
    }

    /// Puts what has been waited for long enough up to be looked at again; when the next of it will be.
    pub fn wake(&mut self, now_ms: u64) -> Option<u64> {
        let waits = |(key, state): (&PlacementKey, &State)| Some((state.rolling.wake_ms?, key.clone()));
        let waiting: Vec<_> = self.placements.iter().filter_map(waits).collect();
        let due = waiting.iter().filter(|(time, _)| *time <= now_ms);
        self.dirty.extend(due.map(|(_, key)| key.clone()));
        waiting.iter().map(|(time, _)| *time).filter(|time| *time > now_ms).min()
    }

    /// The gates that somebody else is to be asked now.
    pub fn asks(&self) -> impl Iterator<Item = Asked<'_>> {
        self.placements.iter().flat_map(|(key, state)| asked(key, state))
    }

    /// Takes in what a gate has said.
    pub fn set_verdict(&mut self, placement: &PlacementKey, verdict: Verdict) {
        let Some(state) = self.placements.get_mut(placement) else { return };
        state.rolling.hear(verdict);
        self.dirty.insert(placement.clone());
    }

    /// Takes in a row of progress, or that there is none.
    pub fn set_progress(
        &mut self,
        region: &str,
        bucket: u32,
        placement: &PlacementKey,
        progress: Option<&Progress>,
    ) {
        let region = self.inventory.regions.intern(region);
        let state = self.placements.entry(placement.clone()).or_default();
        state.rolling.feedback.set((region, bucket), progress, &mut self.inventory.names);
        self.dirty.insert(placement.clone());
    }

    /// Takes in up to which sequence a placement's summary has counted each region's decisions.
    pub fn set_summary_watermark(
        &mut self,
        placement: &PlacementKey,
        watermark: &BTreeMap<String, u64>,
        cause: Option<&str>,
    ) {
        let state = self.placements.entry(placement.clone()).or_default();
        for (region, seq) in watermark {
            state.rows.set_watermark(self.inventory.regions.intern(region), *seq);
        }
        // Of a placement that is gone: to be forgotten again.
        if state.mark_arriving() || state.is_vacant() {
            state.cause = cause.map(Arc::from);
            self.dirty.insert(placement.clone());
        }
    }
}
