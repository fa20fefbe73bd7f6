//! One step of a rollout.

use model::{Rollout, RolloutControlSpec, RolloutProgress, RolloutStep, Wave};
use roaring::RoaringBitmap;

use super::input::{Input, Step};
use super::sight::{Numbers, Sight};

/// Lines kept in a history: waves make more of them than changes that go everywhere at once.
const MAX_HISTORY: usize = 50;

/// What follows from what is declared, stored and reported.
pub fn step<'a>(input: &'a Input<'a>) -> Step {
    let mut course = Course::new(input);
    course.follow();
    course.judge();
    course.withdraw();
    // Waves are filled anew for another rollout, so that nothing is done with those of the one before.
    if course.has_begun {
        course.wake(input.now_ms);
    } else {
        course.advance();
        course.widen();
        course.relocate();
    }
    course.tell();
    let Course { mut step, progress, .. } = course;
    step.rollout.progress = Some(progress);
    step
}

/// A step in the making.
pub(super) struct Course<'a> {
    pub input: &'a Input<'a>,
    /// What the implied last wave is like.
    implied: Wave,
    pub progress: RolloutProgress,
    pub sight: Sight,
    /// Another rollout begins with this step.
    pub has_begun: bool,
    /// Silent locations set back in this step.
    pub set_back: u64,
    /// Why the gate that is waited for has said no.
    pub refusal: String,
    pub step: Step,
}

impl<'a> Course<'a> {
    fn new(input: &'a Input<'a>) -> Self {
        let mut rollout = input.before.cloned().unwrap_or_default();
        let mut progress = rollout.progress.take().unwrap_or_default();
        // Rows may be ahead of the state, and no number is given twice.
        let held = input.fleet.held.iter().map(|held| held.number).max();
        progress.last = progress.last.max(rollout.number).max(held.unwrap_or_default());
        forget_the_future(&mut progress, input.now_ms);
        let step = Step { rollout, moves: Vec::new(), asks: Vec::new(), wake_ms: None };
        let (implied, sight, refusal) = (Wave::default(), Sight::default(), String::new());
        Self { input, implied, progress, sight, has_begun: false, set_back: 0, refusal, step }
    }

    pub fn rollout(&mut self) -> &mut Rollout {
        &mut self.step.rollout
    }

    /// What users have said about this rollout.
    pub fn control(&self) -> Option<&'a RolloutControlSpec> {
        let numbers = self.progress.first..=self.progress.last;
        let is_about = |said: &&RolloutControlSpec| {
            said.placement_uid == self.input.uid && numbers.contains(&said.number)
        };
        self.input.control.filter(is_about)
    }

    /// Whether anything may be moved.
    pub fn is_moving(&self) -> bool {
        self.progress.paused.is_none() && !self.progress.stopped
    }

    pub fn members(&self, wave: usize) -> &'a RoaringBitmap {
        &self.input.fleet.waves[wave]
    }

    /// What is declared of a wave.
    pub fn declared(&self, wave: usize) -> &Wave {
        let declared = self.input.spec.and_then(|spec| spec.waves.get(wave));
        declared.unwrap_or(&self.implied)
    }

    /// Looks at the locations with regard to the release that goes out now.
    pub fn look(&mut self) {
        let numbers = Numbers { first: self.progress.first, cut_off: self.progress.cut_off };
        self.sight = Sight::of(&self.input.fleet, self.step.rollout.release, numbers);
    }

    /// Adds a line to the history.
    pub fn note(&mut self, reason: impl Into<String>) {
        let (time, reason) = (self.input.now_ms, reason.into());
        let Rollout { number, release, history, .. } = &mut self.step.rollout;
        history.push(RolloutStep { number: *number, release: *release, time, reason });
        let surplus = history.len().saturating_sub(MAX_HISTORY);
        history.drain(..surplus);
    }

    /// Asks to be looked at again at this time.
    pub fn wake(&mut self, time_ms: u64) {
        let earlier = self.step.wake_ms.map_or(time_ms, |known| known.min(time_ms));
        self.step.wake_ms = Some(earlier);
    }
}

/// A time that has not come yet was written by a clock that is ahead of this one. What began then has begun by now: it
/// would otherwise be waited for as long as the clocks differ.
fn forget_the_future(progress: &mut RolloutProgress, now_ms: u64) {
    progress.progress_time = progress.progress_time.min(now_ms);
    for wave in &mut progress.waves {
        wave.soak_time = wave.soak_time.min(now_ms);
    }
}
