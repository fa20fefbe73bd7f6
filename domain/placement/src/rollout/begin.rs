//! Which release goes out: that of the placement's content, one that somebody wants back, or the last good one.

use std::mem;

use model::{Digest, PastRelease, RolloutCause, RolloutProgress, WavePhase, WaveProgress};

use super::assign;
use super::course::Course;

impl Course<'_> {
    /// Begins another rollout if there is a reason to, else goes on with the one that there is.
    pub fn follow(&mut self) {
        let wanted = self.input.wanted;
        let before =
            self.input.before.filter(|before| !before.withdrawn && before.placement_uid == self.input.uid);
        match before {
            None => self.start(),
            Some(before) if before.progress.is_none() => self.adopt(before.number, before.release),
            Some(_) => {}
        }
        if self.progress.first == 0 || self.progress.wanted != wanted {
            self.progress.wanted = wanted;
            if self.progress.first == 0 || self.step.rollout.release != wanted {
                self.begin(wanted, RolloutCause::Change, "the content of the placement changed");
            }
        } else {
            self.obey();
        }
        self.follow_waves();
        self.look();
    }

    /// Forgets what was of another placement of this name; its numbers stay used.
    fn start(&mut self) {
        let last = self.progress.last;
        self.progress = RolloutProgress { last, ..RolloutProgress::default() };
        let rollout = self.rollout();
        rollout.release = Digest::default();
        rollout.withdrawn = false;
        rollout.history.clear();
        let uid = self.input.uid.to_owned();
        self.rollout().placement_uid = uid;
    }

    /// Takes over what went everywhere at once: it is good, until something else is said of it.
    fn adopt(&mut self, number: u64, release: Digest) {
        if number == 0 || release == Digest::default() {
            return;
        }
        self.progress.first = number;
        self.progress.wanted = release;
        self.progress.good = Some(release);
        self.progress.waves = self.fresh_waves(WavePhase::Passed);
    }

    /// What users have said about where it is to go.
    fn obey(&mut self) {
        let Some(control) = self.control() else { return };
        let current = self.step.rollout.release;
        match control.undo_to {
            Some(release) if release != current && self.is_known(release) => {
                self.begin(release, RolloutCause::Undo, &format!("undo to release {}", release.short()));
            }
            _ if control.aborted && !self.progress.stopped && self.progress.current().is_some() => {
                self.abort()
            }
            _ => {}
        }
    }

    fn is_known(&self, release: Digest) -> bool {
        let progress = &self.progress;
        let past = progress.releases.iter().any(|past| past.release == release);
        past || progress.good == Some(release) || progress.wanted == release
    }

    fn abort(&mut self) {
        match self.progress.good.filter(|good| *good != self.step.rollout.release) {
            Some(good) => self.begin(good, RolloutCause::Abort, "aborted: back to the last good release"),
            None => {
                self.progress.stopped = true;
                self.note("aborted: there is no release to go back to");
            }
        }
    }

    /// Another rollout, under a number that nothing has had.
    pub fn begin(&mut self, release: Digest, cause: RolloutCause, reason: &str) {
        let before = mem::take(&mut self.progress);
        let has_ended = before.current().is_none() && !before.stopped;
        let first = before.last + 1;
        let past = self.step.rollout.release;
        self.progress = RolloutProgress {
            wanted: before.wanted,
            first,
            last: first,
            cause,
            good: if before.first > 0 && has_ended { Some(past) } else { before.good },
            cut_off: match before.cut_off {
                _ if has_ended => 0,
                0 => before.first,
                earlier => earlier,
            },
            releases: remembered(before, past, self.input.now_ms),
            ..RolloutProgress::default()
        };
        self.progress.waves = self.fresh_waves(WavePhase::Waiting);
        self.has_begun = true;
        self.rollout().number = first;
        self.rollout().release = release;
        self.note(reason);
        self.look();
    }

    fn fresh_waves(&self, phase: WavePhase) -> Vec<WaveProgress> {
        let names = self.input.spec.into_iter().flat_map(assign::names);
        names.map(|name| WaveProgress { name: name.to_owned(), phase, ..WaveProgress::default() }).collect()
    }

    /// The waves as they are declared now: each keeps, by its name, what it was. New ones of a rollout that has ended have
    /// nothing to wait for.
    fn follow_waves(&mut self) {
        let has_ended = self.progress.current().is_none();
        let mut waves = self.fresh_waves(if has_ended { WavePhase::Passed } else { WavePhase::Waiting });
        let before = mem::take(&mut self.progress.waves);
        for wave in &mut waves {
            if let Some(known) = before.iter().find(|known| known.name == wave.name) {
                wave.clone_from(known);
            }
        }
        // One that is not the first any more waits again.
        let current = waves.iter().position(|wave| wave.phase != WavePhase::Passed);
        let later = waves.iter_mut().skip(current.map_or(usize::MAX, |current| current + 1));
        for wave in later.filter(|wave| wave.phase != WavePhase::Passed) {
            *wave = WaveProgress { name: mem::take(&mut wave.name), ..WaveProgress::default() };
        }
        self.progress.waves = waves;
    }
}

/// The releases before, and one more.
fn remembered(before: RolloutProgress, release: Digest, now_ms: u64) -> Vec<PastRelease> {
    let mut releases = before.releases;
    if before.first > 0 {
        releases.retain(|past| past.release != release);
        releases.push(PastRelease { number: before.first, release, time: now_ms });
        let surplus = releases.len().saturating_sub(RolloutProgress::MAX_RELEASES);
        releases.drain(..surplus);
    }
    releases
}
