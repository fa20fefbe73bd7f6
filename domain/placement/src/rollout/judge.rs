//! Whether a rollout may go on.

use model::{OnFailure, RolloutCause, RolloutPause};

use super::course::Course;

impl Course<'_> {
    /// Pauses it, lets it go on, or turns it back.
    pub fn judge(&mut self) {
        self.settle_pause();
        let is_under_way = self.progress.current().is_some() && self.is_moving();
        if !is_under_way || self.has_begun {
            self.progress.progress_time = 0;
            return;
        }
        if let Some(failure) = self.too_many_failures().or_else(|| self.deadline_passed()) {
            self.fail(failure);
        }
    }

    /// A pause that a failure has brought lasts until somebody resumes the rollout; others as long as they are said.
    fn settle_pause(&mut self) {
        let before = self.progress.paused;
        let control = self.control();
        if before.is_some_and(RolloutPause::is_failure) {
            if control.is_none_or(|said| said.resumed < self.progress.pauses) {
                return;
            }
            self.progress.forgiven = self.failed();
        }
        let declared = self.input.spec.is_some_and(|spec| spec.paused).then_some(RolloutPause::Declared);
        let said = control.filter(|said| said.paused && self.input.spec.is_some());
        let now = declared.or_else(|| said.map(|_| RolloutPause::User));
        self.progress.paused = now;
        match (before.is_some(), now.is_some()) {
            (false, true) => self.note("paused"),
            (true, false) => self.note("resumed"),
            _ => {}
        }
    }

    /// Those that this rollout has moved, and that have failed.
    fn failed(&self) -> u64 {
        self.sight.failed.intersection_len(&self.sight.own)
    }

    fn too_many_failures(&self) -> Option<RolloutPause> {
        let allowed = self.input.spec?.max_failures?.floor(self.input.fleet.chosen.len());
        let failed = self.failed();
        (failed > allowed.max(self.progress.forgiven)).then_some(RolloutPause::Failures { failed, allowed })
    }

    /// Runs while somebody who is there is in flight.
    fn deadline_passed(&mut self) -> Option<RolloutPause> {
        let deadline = self.input.spec?.progress_deadline?;
        let flying = self.sight.in_flight(self.input.fleet.chosen) - &self.sight.absent;
        if flying.is_empty() {
            self.progress.progress_time = 0;
            return None;
        }
        let (now, reached) = (self.input.now_ms, self.sight.updated.len() + self.sight.healthy.len());
        if self.progress.progress_time == 0 || reached > self.progress.progress_peak {
            self.progress.progress_time = now;
            self.progress.progress_peak = reached;
        }
        let (since, until) =
            (self.progress.progress_time, self.progress.progress_time.saturating_add(deadline.0));
        if now < until {
            self.wake(until);
            return None;
        }
        Some(RolloutPause::Deadline { since })
    }

    /// A rollout that takes back another one, and fails, too, is for people to look at.
    fn fail(&mut self, failure: RolloutPause) {
        let back = self.input.spec.is_some_and(|spec| spec.on_failure == OnFailure::Rollback);
        let good = self.progress.good.filter(|good| *good != self.step.rollout.release);
        match good.filter(|_| back && !self.progress.cause.is_back()) {
            Some(good) => {
                let reason = format!("{}: back to release {}", reason(failure), good.short());
                self.begin(good, RolloutCause::Failure, &reason);
            }
            None => {
                self.progress.paused = Some(failure);
                self.progress.pauses += 1;
                self.progress.progress_time = 0;
                self.note(format!("{}: paused", reason(failure)));
            }
        }
    }
}

fn reason(failure: RolloutPause) -> String {
    match failure {
        RolloutPause::Failures { failed, allowed } => format!("{failed} locations failed, {allowed} may"),
        RolloutPause::Deadline { .. } => "no progress until the deadline".to_owned(),
        RolloutPause::Declared | RolloutPause::User => "asked for".to_owned(),
    }
}
