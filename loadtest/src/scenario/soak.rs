//! A mix of the others with faults, all in flight together; then everything is compared.

mod action;
mod blobs;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::task::JoinSet;

use self::action::Action;
use super::check::{self, Names};
use super::churn;
use crate::clock::{now, seconds};
use crate::declare;
use crate::figures::Figures;
use crate::hub::Watermark;
use crate::progress::say;
use crate::stage::Stage;
use crate::usage::Usages;

/// Between two actions, at most: short, so that they meet.
const PAUSE_MS: u64 = 500;

/// What goes on.
#[derive(Debug)]
struct Soak {
    rng: StdRng,
    /// What comes next, last first.
    round: Vec<Action>,
    /// Of all changes so far.
    watermark: Watermark,
    /// Hosts that make their agents flap.
    flaps: JoinSet<anyhow::Result<Vec<String>>>,
    /// How many leases each service holds when nothing happens; the gateway none.
    leases: BTreeMap<&'static str, u64>,
    /// The service that was killed last. No other one is killed before it is back.
    down: Option<&'static str>,
    /// How often each action was taken, and each service killed.
    done: BTreeMap<&'static str, u64>,
    killed: BTreeMap<&'static str, u64>,
}

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    stage.narrow().await?;
    let seed = stage.run.seed.unwrap_or_else(rand::random);
    say(&format!("  --seed {seed} plays the same actions"));
    let mut soak = Soak::new(seed.into(), stage.stack.all_leases().await?);
    let early = soak.run(stage).await?;
    let ended = now();
    soak.calm(stage).await?;
    figures.seconds("soak_settled_s", seconds(ended, now()));
    growth(figures, &early, &stage.stack.usages()?);
    let lost = compared(stage).await?;
    blobs::collected(stage, figures).await?;
    figures.set("soak_seed", seed);
    figures.set("soak_actions", soak.done.values().sum::<u64>());
    for (action, times) in &soak.done {
        figures.set(&format!("soak_actions.{action}"), *times);
    }
    for (service, times) in &soak.killed {
        figures.set(&format!("soak_killed.{service}"), *times);
    }
    figures.set("lost", check::count(&lost));
    Ok(())
}

impl Soak {
    fn new(seed: u64, leases: BTreeMap<&'static str, u64>) -> Self {
        Self {
            rng: StdRng::seed_from_u64(seed),
            round: Vec::new(),
            watermark: Watermark::new(),
            flaps: JoinSet::new(),
            leases,
            down: None,
            done: BTreeMap::new(),
            killed: BTreeMap::new(),
        }
    }

    /// Acts until the time is over; what processes used after a quarter of it.
    async fn run(&mut self, stage: &mut Stage) -> anyhow::Result<Usages> {
        let (begun, time) = (Instant::now(), stage.run.duration);
        let mut early = None;
        while begun.elapsed() < time {
            let action = self.next();
            action.act(stage, self).await?;
            *self.done.entry(action.name()).or_default() += 1;
            if early.is_none() && begun.elapsed() >= time / 4 {
                early = Some(stage.stack.usages()?);
            }
            let pause = self.rng.random_range(0..=PAUSE_MS);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        early.map_or_else(|| stage.stack.usages(), Ok)
    }

    fn next(&mut self) -> Action {
        if self.round.is_empty() {
            self.round = action::round(&mut self.rng);
        }
        self.round.pop().unwrap_or(Action::Change)
    }

    /// Waits until nothing is done any more, all are back, and every summary is true.
    async fn calm(&mut self, stage: &mut Stage) -> anyhow::Result<()> {
        while let Some(flap) = self.flaps.join_next().await {
            flap??;
        }
        for (service, leases) in &self.leases {
            stage.stack.recovered(service, *leases).await?;
        }
        stage.reconnect().await?;
        for key in stage.placements() {
            stage.settled("after the soak", &key, &self.watermark).await?;
        }
        Ok(())
    }

    /// Waits for who was killed last.
    async fn recover(&mut self, stage: &mut Stage) -> anyhow::Result<()> {
        let down = self.down.take().and_then(|service| self.leases.get_key_value(service));
        match down {
            Some((service, leases)) => stage.stack.recovered(service, *leases).await,
            None => Ok(()),
        }
    }
}

/// Locations of which anything is not as it should be; fails if what is stored does not follow from the truth.
async fn compared(stage: &mut Stage) -> anyhow::Result<Names> {
    let placements = stage.placements();
    check::withdrawn(stage, &declare::narrow_key()).await?;
    let mut lost = check::lost(stage, &placements).await?;
    lost.append(&mut check::forgotten(stage).await?);
    stage.stack.verify().await?;
    churn::home(stage).await?;
    Ok(lost)
}

/// Of memory in use. A process that was killed in between began anew; `soak_killed` says how often.
fn growth(figures: &mut Figures, early: &Usages, late: &Usages) {
    for (name, late) in late {
        if let Some(early) = early.get(name) {
            figures.measure(&format!("soak_rss_growth_mb.{name}"), late.rss_mb - early.rss_mb);
        }
    }
}
