//! What `watch` shows on a terminal.

use std::mem;

use wire::{
    api,
    bus::{Counts, RegionCounts, Summary},
};

use crate::{
    command::{live::News, progress, state},
    picture::{self, Bar, cut, rows},
    table::Table,
    terminal::Size,
};

/// Columns beside the bar.
const BESIDE_BAR: u16 = 58;
/// Lines of head and blank lines.
const HEAD: usize = 4;

/// A placement, its state as told last, and whether it is still being told.
pub struct Screen {
    pub placement: String,
    pub state: api::PlacementStatus,
    /// Not shown yet.
    pub is_new: bool,
    /// For good.
    pub is_gone: bool,
    is_told: bool,
    is_lost: bool,
}

impl Screen {
    pub fn new(placement: String) -> Self {
        Self {
            placement,
            state: api::PlacementStatus::default(),
            is_new: false,
            is_gone: false,
            is_told: false,
            is_lost: false,
        }
    }

    /// Takes in what has happened.
    pub fn hear(&mut self, news: News) {
        match news {
            News::Tick => {}
            News::Lost => self.is_lost = true,
            News::State(state) => {
                let had = mem::replace(&mut self.state, *state).rollout.is_some();
                (self.is_new, self.is_told, self.is_lost) = (true, true, false);
                self.is_gone = had && is_gone(&self.state);
            }
        }
    }

    /// The picture, no larger than the terminal.
    pub fn draw(&self, size: Size, clock: &str) -> String {
        picture::draw(size, &self.lines(size.width, picture::room(size), clock))
    }

    fn lines(&self, width: u16, room: usize, clock: &str) -> Vec<String> {
        let summary = self.state.summary.clone().unwrap_or_default();
        let regions = rows(&regions(&summary, picture::bar_width(width, BESIDE_BAR)), width);
        let problems = rows(&state::problem_table(&self.state), width);
        let room = room.saturating_sub(HEAD);
        let for_regions = if problems.is_empty() { room } else { room.div_ceil(2) };
        let regions = cut(regions, for_regions);
        let problems = cut(problems, room.saturating_sub(regions.len() + 1));
        let mut lines =
            vec![format!("placement/{}  {clock} UTC", self.placement), self.head(), String::new()];
        lines.extend(regions);
        lines.extend((!problems.is_empty()).then(String::new));
        lines.extend(problems);
        lines
    }

    fn head(&self) -> String {
        match (self.is_lost, self.is_told) {
            (true, _) => "the connection is lost, trying again; as it was last:".to_owned(),
            (false, true) => progress::line(&self.state),
            (false, false) => "waiting for the gateway".to_owned(),
        }
    }
}

/// Deleted, and every location has confirmed that nothing of it is left.
fn is_gone(state: &api::PlacementStatus) -> bool {
    let is_withdrawn = state.rollout.as_ref().is_none_or(|rollout| rollout.withdrawn);
    let left = state.summary.as_ref().map_or(0, |it| it.withdrawing + it.total.unwrap_or_default().expected);
    is_withdrawn && left == 0
}

/// A row for each region, those with the most to do first, and one for all.
fn regions(summary: &Summary, width: u16) -> Table {
    let mut regions = summary.regions.clone();
    let undone = |it: &RegionCounts| it.counts.map_or(0, |it| it.expected.saturating_sub(it.healthy));
    regions.sort_by_key(|region| std::cmp::Reverse(undone(region)));
    let mut table = Table::new(["REGION", "PROGRESS", "HEALTHY", "UPDATED", "EXPECTED", "FAILED", "OFFLINE"]);
    let all = RegionCounts { region: "(all)".to_owned(), counts: summary.total };
    for region in [all].into_iter().chain(regions) {
        let counts = region.counts.unwrap_or_default();
        let numbers = [counts.healthy, counts.updated, counts.expected, counts.failed, counts.offline];
        table.row(
            [region.region, bar(&counts).text(width)].into_iter().chain(numbers.iter().map(u64::to_string)),
        );
    }
    table
}

fn bar(counts: &Counts) -> Bar {
    let Counts { healthy, updated, expected, .. } = *counts;
    Bar { healthy, updated, moved: updated, expected }
}

#[cfg(test)]
mod tests {
    use wire::bus::{Problem, Rollout};

    use super::*;

    /// A placement with so many regions, the first of them half done, and so many problems.
    fn screen(regions: u64, problems: usize) -> Screen {
        let counts = |healthy| Counts { expected: 10, updated: 8, healthy, ..Counts::default() };
        let region = |n| RegionCounts {
            region: format!("region-{n}"),
            counts: Some(counts(if n == 0 { 5 } else { 10 })),
        };
        let summary = Summary {
            total: Some(counts(5)),
            regions: (0..regions).map(region).collect(),
            problems: vec![
                Problem {
                    location: "store-1".into(),
                    reason: "Failed".into(),
                    ..Problem::default()
                };
                problems
            ],
            ..Summary::default()
        };
        let state = api::PlacementStatus {
            rollout: Some(Rollout { number: 3, ..Rollout::default() }),
            summary: Some(summary),
            current: true,
            decided: true,
        };
        let mut screen = Screen::new("shop".to_owned());
        screen.hear(News::State(Box::new(state)));
        assert!(!screen.is_gone);
        screen
    }

    fn draw(screen: &Screen, width: u16, height: u16) -> String {
        picture::undrawn(&screen.draw(Size { width, height }, "12:30:01"))
    }

    #[test]
    fn the_picture_shows_how_far_each_region_is() {
        let text = draw(&screen(2, 1), 100, 24);
        for part in [
            "placement/shop",
            "12:30:01",
            "rollout 3: 8/10 updated, 5 healthy",
            "region-0",
            "store-1",
            "#####",
        ] {
            assert!(text.contains(part), "no {part} in\n{text}");
        }
        let first = text.find("region-0").unwrap();
        assert!(first < text.find("region-1").unwrap(), "what is not done comes first\n{text}");
    }

    #[test]
    fn the_picture_is_never_larger_than_the_terminal() {
        for (width, height) in [(20, 5), (40, 10), (80, 24), (200, 60), (1, 1)] {
            let drawn = screen(50, 50).draw(Size { width, height }, "12:30:01");
            let lines: Vec<_> = drawn.split('\n').collect();
            assert!(lines.len() <= usize::from(height), "{width}x{height}\n{drawn}");
            let fits = |line: &&str| picture::undrawn(line).chars().count() <= usize::from(width);
            assert!(lines.iter().all(fits), "{drawn}");
        }
        assert!(draw(&screen(50, 50), 80, 24).contains("more: make the window taller"));
    }

    #[test]
    fn a_lost_connection_is_said_and_what_was_known_stays() {
        let mut screen = screen(1, 0);
        screen.hear(News::Lost);
        let text = draw(&screen, 80, 24);
        assert!(text.contains("connection is lost") && text.contains("region-0"), "{text}");
    }

    #[test]
    fn a_placement_is_gone_once_every_location_has_confirmed() {
        let gone = |mut screen: Screen, news| {
            screen.hear(news);
            screen.is_gone
        };
        let empty = || News::State(Box::default());
        assert!(gone(screen(1, 0), empty()));
        let withdrawn = |withdrawing| {
            let rollout = Some(Rollout { withdrawn: true, ..Rollout::default() });
            let summary = Some(Summary { withdrawing, ..Summary::default() });
            News::State(Box::new(api::PlacementStatus { rollout, summary, ..Default::default() }))
        };
        assert!(!gone(screen(1, 0), withdrawn(1)));
        assert!(gone(screen(1, 0), withdrawn(0)));
        assert!(!gone(Screen::new("new".to_owned()), empty()), "not decided yet is not gone");
    }
}
