//! A rollout of a hundred waves over a hundred thousand locations: how long its steps take. `cargo bench -p placement
//! --bench rollout` prints figures; nothing passes or fails by them.

#![allow(clippy::print_stdout, reason = "figures are its purpose")]
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "a bench measures time")]

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use model::*;
use placement::rollout::{Fleet, Held, Input, Membership, Report, Step, assign, step};
use roaring::RoaringBitmap;

const LOCATIONS: u32 = 100_000;
const WAVES: u32 = 100;

/// Decisions by what they say.
type Rows = BTreeMap<(Digest, u64, u32, Option<Digest>), RoaringBitmap>;

fn main() {
    let wave = |n| Wave {
        name: format!("w{n}"),
        select: Some(Select::Percent(Percent(1))),
        max_concurrency: Some(Share::Percent(Percent(25))),
        ..Wave::default()
    };
    let spec = RolloutSpec { waves: (0..WAVES).map(wave).collect(), ..RolloutSpec::default() };
    let mut hub = Hub::new(spec);
    println!("{LOCATIONS} locations in {WAVES} waves, a quarter of a wave at a time");
    hub.roll(Digest::of(b"a"), "first release");
    hub.roll(Digest::of(b"b"), "second release");
}

struct Hub {
    spec: RolloutSpec,
    chosen: RoaringBitmap,
    rows: Rows,
    rollout: Option<Rollout>,
}

impl Hub {
    fn new(spec: RolloutSpec) -> Self {
        Self { spec, chosen: (0..LOCATIONS).collect(), rows: Rows::new(), rollout: None }
    }

    /// Until everybody has a release; each step finds all who were moved before healthy.
    fn roll(&mut self, wanted: Digest, what: &str) {
        let (mut count, mut total, mut longest) = (0, Duration::ZERO, Duration::ZERO);
        let mut assigning = Duration::ZERO;
        loop {
            let held = self.held();
            let start = Instant::now();
            let waves = self.waves(&held);
            assigning = assigning.max(start.elapsed());
            let (step, taken) = self.step(wanted, &held, &waves);
            (count, total, longest) = (count + 1, total + taken, longest.max(taken));
            let goes_on = !step.moves.is_empty() || step.wake_ms.is_some();
            self.store(step);
            if !goes_on {
                break;
            }
        }
        let mean = total.as_secs_f64() * 1e3 / f64::from(count);
        let longest = longest.as_secs_f64() * 1e3;
        println!("{what:>16}: {count} steps, {mean:.3} ms each, the longest {longest:.3} ms");
        println!(
            "{:>16}: {:.3} ms at most, when members change",
            "filling waves",
            assigning.as_secs_f64() * 1e3
        );
    }

    fn step(&self, wanted: Digest, held: &[Held], waves: &[RoaringBitmap]) -> (Step, Duration) {
        let mut healthy: BTreeMap<u64, RoaringBitmap> = BTreeMap::new();
        held.iter().for_each(|held| *healthy.entry(held.number).or_default() |= &held.locations);
        let report = |(number, healthy): (u64, RoaringBitmap)| Report {
            number,
            updated: healthy.clone(),
            healthy,
            ..Report::default()
        };
        let reports: Vec<Report> = healthy.into_iter().map(report).collect();
        let nobody = RoaringBitmap::new();
        let fleet = Fleet {
            chosen: &self.chosen,
            waves,
            held,
            reports: &reports,
            silent: &nobody,
            unknown: &nobody,
            closed: &nobody,
            opens_ms: 0,
            order: &order,
        };
        let (spec, before) = (Some(&self.spec), self.rollout.as_ref());
        let input =
            Input { spec, uid: "uid", before, wanted, control: None, verdicts: &[], now_ms: 1, fleet };
        let start = Instant::now();
        (step(&input), start.elapsed())
    }

    fn waves(&self, held: &[Held]) -> Vec<RoaringBitmap> {
        let progress = self.rollout.as_ref().and_then(|rollout| rollout.progress.as_ref());
        let first = progress.map_or(0, |progress| progress.first);
        let selected = vec![RoaringBitmap::new(); self.spec.waves.len()];
        assign(
            &self.spec,
            Membership { chosen: &self.chosen, selected: &selected, held, first, order: &order },
        )
    }

    fn held(&self) -> Vec<Held> {
        let held = |(key, locations): (&(Digest, u64, u32, Option<Digest>), &RoaringBitmap)| {
            let (release, number, wave, former) = *key;
            Held { release, number, wave, former, locations: locations.clone() }
        };
        self.rows.iter().map(held).collect()
    }

    fn store(&mut self, step: Step) {
        for one in step.moves {
            self.rows.values_mut().for_each(|locations| *locations -= &one.locations);
            if let Some(release) = one.release {
                *self.rows.entry((release, one.number, one.wave, one.former)).or_default() |= one.locations;
            }
        }
        self.rows.retain(|_, locations| !locations.is_empty());
        self.rollout = Some(step.rollout);
    }
}

/// As a hash would have it: neighbours are far from each other.
fn order(left: u32, right: u32) -> Ordering {
    left.wrapping_mul(0x9E37_79B9).cmp(&right.wrapping_mul(0x9E37_79B9))
}
