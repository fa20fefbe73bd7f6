//! A hub in miniature: stored rows, reports, a clock, and a machine that is asked for steps.

use std::collections::{BTreeMap, BTreeSet};

use model::*;
use placement::rollout::{Ask, Fleet, Held, Input, Membership, Move, Report, Step, Verdict, assign, step};
use roaring::RoaringBitmap;

pub const UID: &str = "uid-1";

/// What a decision row says of a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    pub release: Digest,
    pub number: u64,
    pub wave: u32,
    pub former: Option<Digest>,
}

/// How a location says that it fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fares {
    Progressing,
    Healthy,
    Degraded,
    Failed,
}

pub struct Stage {
    pub spec: Option<RolloutSpec>,
    pub wanted: Digest,
    pub control: Option<RolloutControlSpec>,
    pub verdicts: Vec<Verdict>,
    pub now: u64,
    pub chosen: BTreeSet<u32>,
    /// Those with the label `tier: pilot`.
    pub pilots: BTreeSet<u32>,
    pub rollout: Option<Rollout>,
    pub rows: BTreeMap<u32, Row>,
    /// The last report that has come of each location, and its number.
    pub reports: BTreeMap<u32, (u64, Fares)>,
    pub silent: BTreeSet<u32>,
    pub unknown: BTreeSet<u32>,
    pub closed: BTreeSet<u32>,
    pub opens: u64,
}

/// A release by a letter.
pub fn release(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

impl Stage {
    /// So many locations, all of them online, with nothing on them yet; release `a` is wanted.
    pub fn new(count: u32, spec: RolloutSpec) -> Self {
        Self {
            spec: Some(spec),
            wanted: release("a"),
            control: None,
            verdicts: Vec::new(),
            now: 1_000_000,
            chosen: (0..count).collect(),
            pilots: BTreeSet::new(),
            rollout: None,
            rows: BTreeMap::new(),
            reports: BTreeMap::new(),
            silent: BTreeSet::new(),
            unknown: BTreeSet::new(),
            closed: BTreeSet::new(),
            opens: 0,
        }
    }

    /// The same after release `a` has reached everybody.
    pub fn settled(count: u32, spec: RolloutSpec) -> Self {
        let mut stage = Self::new(count, RolloutSpec::default());
        stage.run();
        assert_eq!(stage.phase(), RolloutPhase::Completed);
        stage.spec = Some(spec);
        stage
    }

    /// What follows now; nothing is stored.
    pub fn ask(&self) -> Step {
        let chosen: RoaringBitmap = self.chosen.iter().collect();
        let [silent, unknown, closed] =
            [&self.silent, &self.unknown, &self.closed].map(|set| set.iter().collect::<RoaringBitmap>());
        let (held, reports) = (self.held(), self.reported());
        let order = |left: u32, right: u32| left.cmp(&right);
        let waves = self.waves(&chosen, &held);
        let fleet = Fleet {
            chosen: &chosen,
            waves: &waves,
            held: &held,
            reports: &reports,
            silent: &silent,
            unknown: &unknown,
            closed: &closed,
            opens_ms: self.opens,
            order: &order,
        };
        let input = Input {
            spec: self.spec.as_ref(),
            uid: UID,
            before: self.rollout.as_ref(),
            wanted: self.wanted,
            control: self.control.as_ref(),
            verdicts: &self.verdicts,
            now_ms: self.now,
            fleet,
        };
        step(&input)
    }

    fn waves(&self, chosen: &RoaringBitmap, held: &[Held]) -> Vec<RoaringBitmap> {
        let Some(spec) = &self.spec else { return Vec::new() };
        let pilots: RoaringBitmap = self.pilots.iter().collect();
        let selected = vec![pilots; spec.waves.len()];
        let progress = self.rollout.as_ref().and_then(|rollout| rollout.progress.as_ref());
        let first = progress.map_or(0, |progress| progress.first);
        let order = |left: u32, right: u32| left.cmp(&right);
        assign(spec, Membership { chosen, selected: &selected, held, first, order: &order })
    }

    /// The locations of each wave now.
    pub fn members(&self) -> Vec<BTreeSet<u32>> {
        let waves = self.waves(&self.chosen.iter().collect(), &self.held());
        waves.iter().map(|wave| wave.iter().collect()).collect()
    }

    fn held(&self) -> Vec<Held> {
        let mut groups: BTreeMap<Row, RoaringBitmap> = BTreeMap::new();
        for (location, row) in &self.rows {
            groups.entry(*row).or_default().insert(*location);
        }
        let held = |(row, locations): (Row, RoaringBitmap)| {
            let Row { release, number, wave, former } = row;
            Held { release, number, wave, former, locations }
        };
        groups.into_iter().map(held).collect()
    }

    fn reported(&self) -> Vec<Report> {
        let mut reports: BTreeMap<u64, Report> = BTreeMap::new();
        for (location, (number, fares)) in &self.reports {
            let report =
                reports.entry(*number).or_insert_with(|| Report { number: *number, ..Report::default() });
            if *fares != Fares::Failed {
                report.updated.insert(*location);
            }
            match fares {
                Fares::Progressing => {}
                Fares::Healthy => drop(report.healthy.insert(*location)),
                Fares::Degraded => drop(report.degraded.insert(*location)),
                Fares::Failed => drop(report.failed.insert(*location)),
            }
        }
        reports.into_values().collect()
    }

    /// One step, stored whole.
    pub fn step(&mut self) -> Step {
        let step = self.ask();
        self.rollout = Some(step.rollout.clone());
        step.moves.iter().for_each(|one| self.store(one, |_| true));
        step
    }

    /// Stores what a move says of these locations.
    pub fn store(&mut self, one: &Move, of: impl Fn(u32) -> bool) {
        for location in one.locations.iter().filter(|location| of(*location)) {
            match one.release {
                Some(release) => {
                    let row = Row { release, number: one.number, wave: one.wave, former: one.former };
                    self.rows.insert(location, row);
                }
                None => drop(self.rows.remove(&location)),
            }
        }
    }

    /// Steps while something is moved, or begins.
    pub fn steps(&mut self) -> Vec<Step> {
        let mut steps = Vec::new();
        loop {
            let step = self.step();
            let goes_on = !step.moves.is_empty() || step.wake_ms == Some(self.now);
            steps.push(step);
            assert!(steps.len() < 1_000, "it never stops moving");
            if !goes_on {
                return steps;
            }
        }
    }

    /// Everybody who is there and has something reports that it is healthy.
    pub fn heal(&mut self) {
        for (location, row) in self.rows.iter().filter(|(location, _)| !self.silent.contains(location)) {
            self.reports.insert(*location, (row.number, Fares::Healthy));
        }
    }

    /// Steps, with everybody who is moved becoming healthy, until nobody is moved any more.
    pub fn run(&mut self) {
        for _ in 0..1_000 {
            let moved = self.steps().len();
            self.heal();
            if moved == 1 && self.steps().len() == 1 {
                return;
            }
        }
        unreachable!("it never ends: {:?}", self.rollout);
    }

    /// One location reports of what it holds.
    pub fn report(&mut self, location: u32, fares: Fares) {
        self.reports.insert(location, (self.rows[&location].number, fares));
    }

    pub fn progress(&self) -> &RolloutProgress {
        progress(self.rollout.as_ref().expect("it has begun"))
    }

    pub fn phase(&self) -> RolloutPhase {
        self.progress().phase()
    }

    pub fn waiting(&self) -> Option<Waiting> {
        self.progress().waiting.clone()
    }

    /// Who holds a release.
    pub fn holding(&self, name: &str) -> BTreeSet<u32> {
        self.rows
            .iter()
            .filter(|(_, row)| row.release == release(name))
            .map(|(location, _)| *location)
            .collect()
    }

    /// Says something to the rollout that there is.
    pub fn say(&mut self, said: impl FnOnce(&mut RolloutControlSpec)) {
        let number = self.progress().first;
        let mut control = self.control.take().filter(|control| control.number == number).unwrap_or_default();
        (control.placement_uid, control.number) = (UID.to_owned(), number);
        said(&mut control);
        self.control = Some(control);
    }

    /// A gate that was asked answers.
    pub fn answer(&mut self, ask: &Ask, allowed: bool) {
        let Ask { number, wave, gate } = ask.clone();
        let asked_ms = self.now;
        let reason = if allowed { "fine" } else { "not yet" }.to_owned();
        self.verdicts.push(Verdict { number, wave, gate, asked_ms, allowed, reason });
    }
}

pub fn progress(rollout: &Rollout) -> &RolloutProgress {
    rollout.progress.as_ref().expect("a step says how far it is")
}

/// A rollout of waves.
pub fn waves(waves: Vec<Wave>) -> RolloutSpec {
    RolloutSpec { waves, ..RolloutSpec::default() }
}

/// A wave of so many locations.
pub fn wave(name: &str, count: u32) -> Wave {
    Wave { name: name.to_owned(), select: Some(Select::Count(count)), ..Wave::default() }
}

/// The last wave, of all that is left.
pub fn rest() -> Wave {
    Wave { name: "rest".to_owned(), ..Wave::default() }
}
