//! A small world for properties: events on a few locations, delivered to views in any order, and the plain model that
//! says what must come out.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;

use model::{
    Counts, Decision, DecisionGroup, Digest, Heartbeat, LocationSpec, ObjectStatus, Partial, Phase,
    PhaseCounts, PlacementKey, ProgressState, ReportOrder, Status,
};
use proptest::prelude::*;
use summarization::{RegionView, Settings};

pub const START: u64 = 1_000_000_000;
pub const PERIOD: u32 = 1_000;
pub const LOCATIONS: usize = 24;
pub const REGIONS: usize = 4;
/// The placement that is rolled out in waves.
pub const STAGED: usize = 1;

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Event {
    /// All rows of (region, placement) anew: for each location of the region 0 not chosen, 1 arriving, else rollout + 1.
    Decide {
        region: usize,
        placement: usize,
        bits: u32,
        chosen: Vec<u64>,
    },
    Report {
        location: usize,
        placement: usize,
        boot: u64,
        seq: u64,
        rollout: u64,
        what: u8,
    },
}

pub fn event() -> impl Strategy<Value = Event> {
    let decide = (0..REGIONS, 0..2_usize, 0..3_u32, prop::collection::vec(0..4_u64, LOCATIONS));
    let report = (0..LOCATIONS, 0..2_usize, 0..3_u64, 0..6_u64, 1..3_u64, 0..8_u8);
    prop_oneof![
        1 => decide.prop_map(|(region, placement, bits, chosen)| {
            Event::Decide { region, placement, bits, chosen }
        }),
        6 => report.prop_map(|(location, placement, boot, seq, rollout, what)| {
            Event::Report { location, placement, boot, seq, rollout, what }
        }),
    ]
}

pub fn placement(index: usize) -> PlacementKey {
    PlacementKey { space: "default".into(), name: format!("p{index}") }
}

pub fn uid(placement: usize) -> String {
    format!("uid-{placement}")
}

pub fn location(index: usize) -> String {
    format!("l{index}")
}

pub fn region(index: usize) -> String {
    format!("r{index}")
}

/// Locations are dealt to regions in turn.
pub fn region_of(location: usize) -> usize {
    location % REGIONS
}

/// The rows that stand after some events, and when each location was last heard.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// By region, placement and bucket, with the sequence.
    pub decisions: BTreeMap<(usize, usize, u32), (Decision, u64)>,
    /// By location and placement.
    pub statuses: BTreeMap<(usize, usize), Status>,
    pub heard: BTreeMap<usize, u64>,
    /// All rows that were ever written, the replaced ones too.
    pub rows: Vec<Row>,
    bits: BTreeMap<(usize, usize), u32>,
    seq: u64,
}

/// A row as it is delivered.
#[derive(Clone, Debug)]
pub enum Row {
    Decision { region: usize, placement: usize, bucket: u32, decision: Decision, seq: u64 },
    Status { location: usize, placement: usize, status: Status },
}

impl World {
    pub fn after(events: &[Event]) -> Self {
        let mut world = Self::default();
        events.iter().for_each(|event| world.happen(event));
        world
    }

    fn happen(&mut self, event: &Event) {
        match event {
            Event::Decide { region, placement, bits, chosen } => {
                self.decide(*region, *placement, *bits, chosen);
            }
            Event::Report { location, placement, boot, seq, rollout, what } => {
                let status = status(*placement, *boot, *seq, *rollout, *what);
                self.report(*location, *placement, status);
            }
        }
    }

    fn report(&mut self, location: usize, placement: usize, status: Status) {
        let known = self.statuses.get(&(location, placement));
        if known.is_none_or(|known| known.report < status.report) {
            self.statuses.insert((location, placement), status.clone());
            self.rows.push(Row::Status { location, placement, status });
        }
    }

    fn decide(&mut self, region: usize, placement: usize, bits: u32, chosen: &[u64]) {
        let known = self.bits.entry((region, placement)).or_default();
        *known = bits.max(*known);
        let bits = *known;
        for bucket in 0..1 << bits {
            let mine = |index: &usize| {
                region_of(*index) == region && model::bucket(&location(*index), bits) == bucket
            };
            let listed = (0..LOCATIONS).filter(mine).map(|index| (location(index), chosen[index]));
            let decision = decision(placement, bits, listed.collect());
            self.seq += 1;
            self.decisions.insert((region, placement, bucket), (decision.clone(), self.seq));
            self.rows.push(Row::Decision { region, placement, bucket, decision, seq: self.seq });
        }
    }

    pub fn is_heard(&self, location: usize, now: u64) -> bool {
        self.heard.get(&location).is_some_and(|heard| now < heard + 3 * u64::from(PERIOD))
    }

    /// What placement has decided for a location: the group.
    pub fn decided(&self, location: usize, placement: usize) -> Option<&DecisionGroup> {
        let region = region_of(location);
        let rows = self.decisions.iter().filter(|((r, p, _), _)| (*r, *p) == (region, placement));
        let name = self::location(location);
        rows.flat_map(|(_, (row, _))| &row.groups).find(|group| group.locations.contains(&name))
    }

    /// The highest rollout number and sequence among the rows of a placement in a region.
    pub fn newest(&self, region: usize, placement: usize) -> Option<(u64, u64)> {
        let rows = self.decisions.iter().filter(|((r, p, _), _)| (*r, *p) == (region, placement));
        let rollouts = |row: &Decision| row.groups.iter().map(|group| group.rollout).max().unwrap_or(0);
        rows.map(|(_, (row, seq))| (rollouts(row), *seq)).reduce(|a, b| (a.0.max(b.0), a.1.max(b.1)))
    }

    /// How many locations the rows of a placement in a region list, arriving ones included.
    pub fn listed(&self, region: usize, placement: usize) -> u64 {
        let rows = self.decisions.iter().filter(|((r, p, _), _)| (*r, *p) == (region, placement));
        rows.map(|(_, (row, _))| row.location_count() as u64).sum()
    }

    /// The counts of a region, the plain way: location by location from the rows that stand.
    pub fn counts(&self, region: usize, placement: usize, now: u64) -> (Counts, u64) {
        let (mut counts, mut withdrawing) = (Counts::default(), 0);
        let decided = self.decisions.keys().any(|(r, p, _)| (*r, *p) == (region, placement));
        for index in (0..LOCATIONS).filter(|index| region_of(*index) == region && decided) {
            let status = self.statuses.get(&(index, placement)).filter(|status| !status.withdrawn);
            match self.decided(index, placement) {
                None => withdrawing += u64::from(status.is_some()),
                Some(group) if !group.arriving_from.is_empty() => {}
                Some(group) => count(&mut counts, group.rollout, status, self.is_heard(index, now)),
            }
        }
        (counts, withdrawing)
    }

    /// What the locations of a region have reported of the placement in waves, the plain way.
    pub fn progress(&self, region: usize, now: u64) -> BTreeMap<String, (u64, ProgressState)> {
        let state = |index: usize| {
            let group = self.decided(index, STAGED).filter(|group| group.arriving_from.is_empty())?;
            let mut counts = Counts::default();
            let status = self.statuses.get(&(index, STAGED)).filter(|status| !status.withdrawn);
            count(&mut counts, group.rollout, status, self.is_heard(index, now));
            let states = [
                (counts.healthy, ProgressState::Healthy),
                (counts.progressing, ProgressState::Progressing),
                (counts.degraded, ProgressState::Degraded),
                (counts.failed, ProgressState::Failed),
                (counts.stale, ProgressState::Stale),
            ];
            let state = states.into_iter().find(|(count, _)| *count > 0)?.1;
            Some((location(index), (group.rollout, state)))
        };
        (0..LOCATIONS).filter(|index| region_of(*index) == region).filter_map(state).collect()
    }
}

fn count(counts: &mut Counts, rollout: u64, status: Option<&Status>, heard: bool) {
    let matching = status.filter(|status| status.rollout == rollout);
    counts.expected += 1;
    counts.offline += u64::from(!heard);
    counts.reported += u64::from(heard && status.is_some());
    counts.updated += u64::from(heard && matching.is_some());
    match matching {
        None => counts.missing += 1,
        Some(_) if !heard => counts.stale += 1,
        Some(status) if status.phases.failed + status.phases.conflict > 0 => counts.failed += 1,
        Some(status) if status.phases.degraded > 0 => counts.degraded += 1,
        Some(status) if status.phases.healthy < status.phases.total() => counts.progressing += 1,
        Some(_) => counts.healthy += 1,
    }
}

fn decision(placement: usize, bits: u32, listed: Vec<(String, u64)>) -> Decision {
    let group = |number: u64| DecisionGroup {
        rollout: if number == 1 { 1 } else { number - 1 },
        wave: u32::from(placement == STAGED),
        arriving_from: (number == 1).then(|| "elsewhere".to_owned()).into_iter().collect(),
        locations: listed.iter().filter(|(_, n)| *n == number).map(|(name, _)| name.clone()).collect(),
        ..DecisionGroup::default()
    };
    let groups = (1..4).map(group).filter(|group| !group.locations.is_empty()).collect();
    Decision { placement_uid: uid(placement), bucket_bits: bits, groups, ..Decision::default() }
}

fn status(placement: usize, boot: u64, seq: u64, rollout: u64, what: u8) -> Status {
    let phases = [
        Phase::Healthy,
        Phase::Healthy,
        Phase::Progressing,
        Phase::Degraded,
        Phase::Failed,
        Phase::Conflict,
        Phase::Applied,
    ];
    let phase = phases.get(usize::from(what)).copied();
    let mut counts = PhaseCounts::default();
    phase.iter().for_each(|phase| counts.add(*phase));
    let unhealthy = phase.filter(|phase| *phase != Phase::Healthy).map(|phase| ObjectStatus {
        object: "apps/Deployment/default/web".into(),
        phase,
        reason: format!("Because{what}"),
        message: format!("of {seq}"),
    });
    Status {
        report: ReportOrder { boot, seq },
        placement_uid: uid(placement),
        rollout,
        phases: counts,
        unhealthy: unhealthy.into_iter().collect(),
        withdrawn: phase.is_none(),
        ..Status::default()
    }
}

/// A view of `index` that knows its locations and nothing else.
pub fn view(index: usize) -> RegionView {
    let mut view = RegionView::new(&region(index), Settings::default(), START);
    for index in 0..LOCATIONS {
        let spec = LocationSpec { region: region(region_of(index)), ..LocationSpec::default() };
        view.set_location(&location(index), Some(&spec));
    }
    view
}

/// Delivers to the view of `index` what is its own.
pub fn deliver(view: &mut RegionView, index: usize, row: &Row) {
    match row {
        Row::Decision { region, placement: p, bucket, decision, seq } if *region == index => {
            view.set_decision(*bucket, &placement(*p), Some(decision), *seq);
        }
        Row::Status { location: l, placement: p, status } if region_of(*l) == index => {
            view.set_status(&location(*l), &placement(*p), Some(status.clone()));
        }
        _ => {}
    }
}

pub fn heartbeat() -> Heartbeat {
    Heartbeat { period_ms: PERIOD, status_digest: Digest::default(), ..Heartbeat::default() }
}

/// What the view says of its own region.
pub fn own(view: &RegionView, index: usize, placement_index: usize) -> (Counts, u64) {
    let partial = view.partial(&placement(placement_index)).unwrap_or_default();
    (partial.regions.get(&region(index)).copied().unwrap_or_default(), partial.withdrawing)
}

/// The disjoint counts add up, and a silent location counts for nothing good.
pub fn assert_sound(partial: &Partial) {
    for counts in partial.regions.values() {
        let states = [counts.healthy, counts.progressing, counts.degraded, counts.failed];
        let heard: u64 = states.iter().sum();
        assert_eq!(heard + counts.stale + counts.missing, counts.expected, "{counts:?}");
        assert_eq!(counts.updated, heard, "{counts:?}");
        assert!(counts.reported >= counts.updated && counts.reported <= counts.expected, "{counts:?}");
        assert!(
            counts.stale <= counts.offline && counts.offline <= counts.stale + counts.missing,
            "{counts:?}"
        );
    }
    assert!(partial.problems.len() <= Partial::MAX_PROBLEMS);
    assert!(partial.reasons.len() <= Partial::MAX_REASONS);
}
