//! What `rollout status --watch` shows on a terminal.

use model::{WaveCounts, WaveProgress};

use super::{pace::Pace, seen::Seen, words};
use crate::{
    command::state,
    moment,
    picture::{self, Bar, cut, rows},
    table::Table,
    terminal::Size,
};

/// Columns beside the bar.
const BESIDE_BAR: u16 = 66;
/// Lines of head and blank lines.
const HEAD: usize = 6;

/// A rollout as told last, and whether it is still being told.
pub struct Screen {
    pub placement: String,
    pub seen: Option<Seen>,
    pub pace: Pace,
    pub is_lost: bool,
    /// The line or document that was printed last.
    pub told: String,
}

impl Screen {
    pub fn new(placement: String) -> Self {
        Self { placement, seen: None, pace: Pace::default(), is_lost: false, told: String::new() }
    }

    /// Takes in what has happened.
    pub fn hear(&mut self, seen: Seen, now_ms: u64) {
        self.pace.take(now_ms, seen.progress.first, seen.healthy_and_more().0);
        self.is_lost = false;
        self.seen = Some(seen);
    }

    /// The picture, no larger than the terminal.
    pub fn draw(&self, size: Size, now_ms: u64) -> String {
        let mut lines =
            vec![format!("placement/{}  {} UTC", self.placement, moment::clock(now_ms)), self.head()];
        if let Some(seen) = &self.seen {
            let reason = words::reason(&seen.progress).unwrap_or_default();
            lines.extend([reason, speed(&self.pace, seen, now_ms), String::new()]);
            lines.extend(body(seen, size.width, picture::room(size).saturating_sub(HEAD)));
        }
        picture::draw(size, &lines)
    }

    fn head(&self) -> String {
        match (&self.seen, self.is_lost) {
            (_, true) => "the connection is lost, trying again; as it was last:".to_owned(),
            (Some(seen), false) => words::title(&seen.rollout, &seen.progress),
            (None, false) => "waiting for the last change to be decided".to_owned(),
        }
    }
}

/// What is done, how quickly, and how long the rest would take.
fn speed(pace: &Pace, seen: &Seen, now_ms: u64) -> String {
    let (healthy, more) = seen.healthy_and_more();
    let done = format!("{healthy} healthy, {more} to go");
    let pace = pace.per_minute(now_ms).zip(pace.left(now_ms, more));
    let Some((per_minute, left)) = pace.filter(|_| more > 0) else { return done };
    let left = humantime::format_duration(left);
    format!("{done}; {per_minute} a minute, {left} at this pace, waits apart")
}

/// The waves, and below them what has gone wrong.
fn body(seen: &Seen, width: u16, room: usize) -> Vec<String> {
    let problems = rows(&state::problem_table(&seen.state), width);
    let for_waves = if problems.is_empty() { room } else { room.div_ceil(2) };
    // The head of the table, and the row of all.
    let fitting = for_waves.saturating_sub(2);
    let mut lines = cut(
        rows(&waves(&seen.progress.waves, fitting, picture::bar_width(width, BESIDE_BAR)), width),
        for_waves,
    );
    let problems = cut(problems, room.saturating_sub(lines.len() + 1));
    lines.extend((!problems.is_empty()).then(String::new));
    lines.extend(problems);
    lines
}

/// A row for each wave and one for all. Where they do not fit, those that have passed are one row.
fn waves(waves: &[WaveProgress], room: usize, width: u16) -> Table {
    let titles = ["WAVE", "PHASE", "PROGRESS", "HEALTHY", "UPDATED", "EXPECTED", "FAILED", "OFFLINE"];
    let mut table = Table::new(titles);
    let passed = waves.iter().take_while(|wave| wave.phase == model::WavePhase::Passed).count();
    let joined = if waves.len() > room { passed } else { 0 };
    if joined > 0 {
        table.row(row(format!("({joined} waves)"), "Passed", sum(&waves[..joined]), width));
    }
    for wave in &waves[joined..] {
        table.row(row(wave.name.clone(), words::wave_phase(wave.phase), wave.counts, width));
    }
    if waves.len() > 1 {
        table.row(row("(all)".to_owned(), "", sum(waves), width));
    }
    table
}

fn row(name: String, phase: &str, counts: WaveCounts, width: u16) -> Vec<String> {
    let WaveCounts { expected, moved, updated, healthy, failed, offline, .. } = counts;
    let bar = Bar { healthy, updated, moved, expected }.text(width);
    let numbers = [healthy, updated, expected, failed, offline].map(|number| number.to_string());
    [name, phase.to_owned(), bar].into_iter().chain(numbers).collect()
}

fn sum(waves: &[WaveProgress]) -> WaveCounts {
    waves.iter().fold(WaveCounts::default(), |sum, WaveProgress { counts, .. }| WaveCounts {
        expected: sum.expected + counts.expected,
        moved: sum.moved + counts.moved,
        updated: sum.updated + counts.updated,
        healthy: sum.healthy + counts.healthy,
        degraded: sum.degraded + counts.degraded,
        failed: sum.failed + counts.failed,
        offline: sum.offline + counts.offline,
        outside: sum.outside + counts.outside,
    })
}

#[cfg(test)]
mod tests {
    use model::{Rollout, RolloutProgress, Waiting, WavePhase};
    use wire::{api, bus};

    use super::*;

    /// Ten locations in each of so many waves, so many of which have passed.
    fn seen(waves: u64, passed: u64, failures: u64) -> Seen {
        let wave = |n| {
            let (phase, done) = if n < passed {
                (WavePhase::Passed, 10)
            } else {
                (WavePhase::Moving, u64::from(n == passed) * 5)
            };
            let counts =
                WaveCounts { expected: 10, moved: done, updated: done, healthy: done, ..Default::default() };
            WaveProgress { name: format!("wave-{n}"), phase, counts, ..Default::default() }
        };
        let waiting = Some(Waiting::Healthy { in_flight: 5, healthy: 5, needed: 10 });
        let progress =
            RolloutProgress { waves: (0..waves).map(wave).collect(), waiting, ..Default::default() };
        let failure = |n| bus::FailureCount {
            object: format!("Deployment shop/a{n}"),
            reason: "Failed".into(),
            message: "no such image".into(),
            locations: 3,
            examples: vec!["store-1".into()],
        };
        let summary = bus::Summary { failures: (0..failures).map(failure).collect(), ..Default::default() };
        let state = api::PlacementStatus { summary: Some(summary), ..Default::default() };
        Seen { state, rollout: Rollout { number: 7, ..Default::default() }, progress }
    }

    fn drawn(seen: Seen, width: u16, height: u16) -> String {
        let mut screen = Screen::new("shop".to_owned());
        screen.hear(Seen { progress: RolloutProgress::default(), ..seen.clone() }, 0);
        screen.hear(seen, 30_000);
        picture::undrawn(&screen.draw(Size { width, height }, 30_000))
    }

    #[test]
    fn the_picture_shows_waves_pace_and_what_has_gone_wrong() {
        let text = drawn(seen(3, 1, 1), 120, 24);
        let parts = [
            "placement/shop",
            "rollout 7",
            "waits for 5 locations in flight",
            "15 healthy, 15 to go; 30 a minute, 30s at this pace",
            "wave-0",
            "####",
            "(all)",
            "3: store-1",
            "no such image",
        ];
        assert_eq!(
            parts.into_iter().filter(|part| !text.contains(part)).collect::<Vec<_>>(),
            [""; 0],
            "{text}"
        );
    }

    #[test]
    fn a_hundred_waves_fit_and_those_that_have_passed_are_one_row() {
        let text = drawn(seen(100, 60, 40), 100, 24);
        assert!(
            text.contains("(60 waves)") && text.contains("wave-60") && !text.contains("wave-59"),
            "{text}"
        );
        for (width, height) in [(20, 5), (40, 10), (80, 24), (200, 200), (1, 1)] {
            let text = drawn(seen(100, 60, 40), width, height);
            assert!(text.lines().count() < usize::from(height), "{width}x{height}\n{text}");
            assert!(text.lines().all(|line| line.chars().count() <= usize::from(width)), "{text}");
        }
    }

    #[test]
    fn a_lost_connection_is_said_and_what_was_known_stays() {
        let mut screen = Screen::new("shop".to_owned());
        screen.hear(seen(2, 1, 0), 0);
        screen.is_lost = true;
        let text = screen.draw(Size { width: 80, height: 24 }, 0);
        assert!(text.contains("connection is lost") && text.contains("wave-1"), "{text}");
    }
}
