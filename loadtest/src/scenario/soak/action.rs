//! What may happen in a soak.

use std::time::Duration;

use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;

use super::Soak;
use crate::declare;
use crate::hosts;
use crate::hub;
use crate::scenario::status;
use crate::stack::SERVICES;
use crate::stage::Stage;

/// Locations that change at once.
const SOME: usize = 1000;
/// Seconds that agents flap, at most.
const FLAP_S: u64 = 3;
/// How long agents are away, at most: more than three heartbeats where these are short.
const AWAY_MS: u64 = 4000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A change to all locations.
    Change,
    /// A change to a hundred.
    Narrow,
    /// Locations change, and some move.
    Churn,
    /// Agents turn degraded and healthy.
    Flap,
    /// All agents lose their connections and miss a change.
    Drop,
    /// The agents of one host stop for a time, and miss a change.
    Away,
    /// `kill -9` of a service.
    Kill,
    /// `kill -9` of the server.
    KillNats,
}

/// How often each comes in one round of all.
const ROUND: [(Action, usize); 8] = [
    (Action::Change, 3),
    (Action::Narrow, 4),
    (Action::Churn, 4),
    (Action::Flap, 2),
    (Action::Drop, 1),
    (Action::Away, 1),
    (Action::Kill, 3),
    (Action::KillNats, 1),
];

/// A round in any order: chance alone would leave the rare ones out of a short soak.
pub fn round(rng: &mut StdRng) -> Vec<Action> {
    let mut round: Vec<Action> =
        ROUND.iter().flat_map(|(action, times)| std::iter::repeat_n(*action, *times)).collect();
    round.shuffle(rng);
    round
}

impl Action {
    pub fn name(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Narrow => "narrow",
            Self::Churn => "churn",
            Self::Flap => "flap",
            Self::Drop => "drop",
            Self::Away => "away",
            Self::Kill => "kill",
            Self::KillNats => "kill_nats",
        }
    }

    /// Does it, and does not wait for what comes of it.
    pub async fn act(self, stage: &mut Stage, soak: &mut Soak) -> anyhow::Result<()> {
        match self {
            Self::Change => change(stage, soak).await,
            Self::Narrow => narrow(stage, soak).await,
            Self::Churn => churn(stage, soak).await,
            Self::Flap => flap(stage, soak).await,
            Self::Drop => {
                stage.stack.hosts.tell("/drop").await?;
                change(stage, soak).await
            }
            Self::Away => away(stage, soak).await,
            Self::Kill => kill(stage, soak).await,
            Self::KillNats => stage.stack.nats.restart().await,
        }
    }
}

async fn change(stage: &mut Stage, soak: &mut Soak) -> anyhow::Result<()> {
    let key = declare::placement_key(soak.rng.random_range(0..stage.run.placements));
    hub::join(&mut soak.watermark, stage.insist_on_change(&key).await?.watermark);
    Ok(())
}

async fn narrow(stage: &mut Stage, soak: &mut Soak) -> anyhow::Result<()> {
    let key = declare::narrow_key();
    hub::join(&mut soak.watermark, stage.insist_on_change(&key).await?.watermark);
    Ok(())
}

async fn churn(stage: &mut Stage, soak: &mut Soak) -> anyhow::Result<()> {
    let some = stage.next_generation(SOME);
    hub::join(&mut soak.watermark, stage.insist(some).await?);
    Ok(())
}

async fn flap(stage: &mut Stage, soak: &mut Soak) -> anyhow::Result<()> {
    let time = Duration::from_secs(soak.rng.random_range(1..=FLAP_S));
    let command = status::command(status::rate(stage.run.live()), stage.run.hosts, time);
    soak.flaps.spawn(hosts::tell(stage.stack.hosts.addresses().await?, command));
    Ok(())
}

async fn away(stage: &mut Stage, soak: &mut Soak) -> anyhow::Result<()> {
    let host = soak.rng.random_range(0..stage.run.hosts) as usize;
    let time = Duration::from_millis(soak.rng.random_range(0..AWAY_MS));
    stage.stack.hosts.freeze(host)?;
    let changed = change(stage, soak).await;
    tokio::time::sleep(time).await;
    stage.stack.hosts.thaw(host)?;
    changed
}

async fn kill(stage: &mut Stage, soak: &mut Soak) -> anyhow::Result<()> {
    soak.recover(stage).await?;
    let service = SERVICES[soak.rng.random_range(0..SERVICES.len())];
    *soak.killed.entry(service).or_default() += 1;
    stage.stack.restart(service).await?;
    soak.down = Some(service);
    Ok(())
}
