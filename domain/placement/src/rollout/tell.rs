//! What people see of a rollout: counts, and what it waits for.

use model::{Waiting, WaveCounts, WavePhase};

use super::course::Course;
use super::input::{Move, Why};

impl Course<'_> {
    /// Counts, and says what is waited for.
    pub fn tell(&mut self) {
        for wave in 0..self.progress.waves.len() {
            self.progress.waves[wave].counts = self.counts(wave);
        }
        self.progress.waiting = self.waiting();
        self.await_windows();
    }

    fn counts(&self, wave: usize) -> WaveCounts {
        let (members, sight) = (self.members(wave), &self.sight);
        let outside = (members & self.input.fleet.closed) - &sight.holders - &sight.absent;
        WaveCounts {
            expected: members.len(),
            moved: members.intersection_len(&sight.holders),
            updated: members.intersection_len(&sight.updated),
            healthy: members.intersection_len(&sight.healthy),
            degraded: members.intersection_len(&sight.degraded),
            failed: members.intersection_len(&sight.failed),
            offline: members.intersection_len(&sight.offline),
            outside: outside.len(),
        }
    }

    fn waiting(&self) -> Option<Waiting> {
        if self.progress.stopped {
            return None;
        }
        if self.progress.paused.is_some() {
            return Some(Waiting::Resume);
        }
        let wave = self.progress.current()?;
        let state = &self.progress.waves[wave];
        Some(match state.phase {
            WavePhase::Soaking => Waiting::Soak { until: self.soak_end(wave) },
            WavePhase::Gating => Waiting::Gate { gate: state.gates, reason: self.refusal.clone() },
            WavePhase::Approving => Waiting::Approval,
            _ => self.moving(wave),
        })
    }

    /// What a wave waits for in which locations are moved.
    fn moving(&self, wave: usize) -> Waiting {
        let fleet = &self.input.fleet;
        let sent = |one: &&Move| one.why == Why::Sent;
        let sent: u64 = self.step.moves.iter().filter(sent).map(|one| one.locations.len()).sum();
        let flying = self.sight.in_flight(fleet.chosen).len() + sent;
        let outside = self.progress.waves[wave].counts.outside;
        let (healthy, needed) = self.success(wave);
        let unknown = self.members(wave).intersection_len(fleet.unknown);
        match (self.set_back, flying, outside) {
            (0, 0, 0) if unknown > 0 => Waiting::Unknown { locations: unknown },
            (0, 0, 1..) => Waiting::Window { locations: outside, until: fleet.opens_ms },
            (1.., 0, _) => Waiting::SetBack { locations: self.set_back },
            _ => Waiting::Healthy { in_flight: flying, healthy, needed },
        }
    }

    /// Somebody who could be moved, but for the time, is moved when the time comes.
    fn await_windows(&mut self) {
        let is_open = |wave: usize| self.progress.waves[wave].phase != WavePhase::Waiting;
        let waits = |wave: usize| is_open(wave) && self.progress.waves[wave].counts.outside > 0;
        let opens = self.input.fleet.opens_ms;
        if opens > self.input.now_ms && (0..self.progress.waves.len()).any(waits) {
            self.wake(opens);
        }
    }
}
