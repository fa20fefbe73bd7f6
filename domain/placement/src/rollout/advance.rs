//! From wave to wave.

use model::{Share, Wave, WavePhase, WaveProgress};
use roaring::RoaringBitmap;

use super::course::Course;
use super::input::{Ask, Verdict};

impl<'a> Course<'a> {
    /// As far as it goes now.
    pub fn advance(&mut self) {
        while self.is_moving()
            && let Some(wave) = self.progress.current()
        {
            if !self.advance_in(wave) {
                break;
            }
            self.pass(wave);
        }
    }

    fn wave(&mut self, wave: usize) -> &mut WaveProgress {
        &mut self.progress.waves[wave]
    }

    /// Whether the wave has been good enough.
    fn advance_in(&mut self, wave: usize) -> bool {
        if self.progress.waves[wave].phase == WavePhase::Waiting {
            self.enter(wave);
        }
        if self.progress.waves[wave].phase == WavePhase::Moving {
            if !self.has_arrived(wave) {
                return false;
            }
            let now = self.input.now_ms;
            self.wave(wave).phase = WavePhase::Soaking;
            self.wave(wave).soak_time = now;
        } else if !self.is_still_well(wave) {
            self.fall_back(wave);
            return false;
        }
        self.progress.cause.is_back()
            || (self.has_soaked(wave) && self.passes_gates(wave) && self.is_approved(wave))
    }

    fn enter(&mut self, wave: usize) {
        let now = self.input.now_ms;
        self.wave(wave).phase = WavePhase::Moving;
        self.wave(wave).start_time = now;
        self.note(format!("wave {} began", self.progress.waves[wave].name));
    }

    fn fall_back(&mut self, wave: usize) {
        let state = self.wave(wave);
        (state.phase, state.soak_time, state.gates) = (WavePhase::Moving, 0, 0);
        self.note(format!("wave {}: too few are healthy any more", self.progress.waves[wave].name));
    }

    fn pass(&mut self, wave: usize) {
        let now = self.input.now_ms;
        self.wave(wave).phase = WavePhase::Passed;
        self.wave(wave).pass_time = now;
        self.note(format!("wave {} passed", self.progress.waves[wave].name));
        if self.progress.current().is_none() {
            self.note(if self.progress.cause.is_back() { "rolled back" } else { "completed" });
        }
    }

    /// How many of a wave are healthy, and how many are needed, of those who are not known to be offline. Who had the release before and
    /// is not well is not what this rollout has to show for.
    pub fn success(&self, wave: usize) -> (u64, u64) {
        let reachable = self.members(wave) - &self.sight.offline - &self.sight.settled;
        self.measure(wave, &reachable)
    }

    fn measure(&self, wave: usize, of: &RoaringBitmap) -> (u64, u64) {
        let share = self.declared(wave).min_success;
        let needed = share.map_or(of.len(), |share: Share| share.ceil(of.len()).min(of.len()));
        (of.intersection_len(&self.sight.healthy), needed)
    }

    /// What is taken back has arrived when everybody who could be moved has said so: who does not recover by that must not
    /// keep the others waiting.
    fn has_arrived(&self, wave: usize) -> bool {
        if self.progress.cause.is_back() {
            let flying = self.sight.in_flight(self.members(wave)) - &self.sight.absent;
            return self.ready(wave).is_empty() && flying.is_subset(&self.sight.reported);
        }
        let (healthy, needed) = self.success(wave);
        healthy >= needed
    }

    /// The same of those who can tell. Who comes back in the meantime is moved without holding up the others, unless it
    /// does not do well.
    fn is_still_well(&self, wave: usize) -> bool {
        let sight = &self.sight;
        let judged = &sight.healthy | &sight.degraded | &sight.failed;
        let (healthy, needed) = self.measure(wave, &((judged & self.members(wave)) - &sight.settled));
        self.progress.cause.is_back() || healthy >= needed
    }

    fn has_soaked(&mut self, wave: usize) -> bool {
        if self.progress.waves[wave].phase > WavePhase::Soaking {
            return true;
        }
        let until = self.soak_end(wave);
        // Of nobody there is nothing to be seen.
        if self.input.now_ms < until && !self.members(wave).is_empty() {
            self.wake(until);
            return false;
        }
        self.wave(wave).phase = WavePhase::Gating;
        true
    }

    /// When the soak of a wave ends.
    pub fn soak_end(&self, wave: usize) -> u64 {
        let soak = self.declared(wave).soak.unwrap_or_default();
        self.progress.waves[wave].soak_time.saturating_add(soak.0)
    }

    fn passes_gates(&mut self, wave: usize) -> bool {
        let gates = self.declared(wave).gates.len();
        while (self.progress.waves[wave].gates as usize) < gates {
            let gate = self.progress.waves[wave].gates;
            match self.verdict(wave, gate) {
                Some(verdict) if verdict.allowed => {
                    self.wave(wave).gates += 1;
                    self.note(format!("gate {gate} let wave {} through: {}", verdict.wave, verdict.reason));
                }
                other => {
                    self.ask(wave, gate, other);
                    return false;
                }
            }
        }
        self.wave(wave).phase = WavePhase::Approving;
        true
    }

    /// The last that a gate has said since the wave came to it.
    fn verdict(&self, wave: usize, gate: u32) -> Option<&'a Verdict> {
        let state = &self.progress.waves[wave];
        let numbers = self.progress.first..=self.progress.last;
        let is_news = |verdict: &&Verdict| {
            verdict.gate == gate
                && verdict.wave == state.name
                && numbers.contains(&verdict.number)
                && verdict.asked_ms >= state.soak_time
        };
        self.input.verdicts.iter().filter(is_news).max_by_key(|verdict| verdict.asked_ms)
    }

    /// Asks a gate, unless it has said no a moment ago.
    fn ask(&mut self, wave: usize, gate: u32, said: Option<&Verdict>) {
        let Wave { gates, .. } = self.declared(wave);
        let interval = gates[gate as usize].interval.0;
        let again = said.map(|verdict| verdict.asked_ms.saturating_add(interval));
        let reason = said.map(|verdict| verdict.reason.clone()).unwrap_or_default();
        match again.filter(|again| *again > self.input.now_ms) {
            Some(again) => self.wake(again),
            None => {
                let name = self.progress.waves[wave].name.clone();
                let ask = Ask { number: self.progress.first, wave: name, gate };
                self.step.asks.push(ask);
            }
        }
        self.refusal = reason;
    }

    fn is_approved(&self, wave: usize) -> bool {
        let name = &self.progress.waves[wave].name;
        !self.declared(wave).approval || self.control().is_some_and(|said| said.approved.contains(name))
    }
}

/// Waves are few.
pub(super) fn index(wave: usize) -> u32 {
    u32::try_from(wave).unwrap_or(u32::MAX)
}
