//! An agent that has nothing to do. A host of very many holds most of them like this: a few kilobytes each, of which most
//! is the document.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bus::link::Inbound;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::{Periods, stopped};
use crate::sink::Sink;
use crate::{courier, site, timing};

/// How long one agent may keep another from waking: what takes longer is waited for, and costs nothing but memory.
const TURN: Duration = Duration::from_secs(60);

/// When agents rest, and how many may be awake.
#[derive(Clone, Debug)]
pub struct Rests {
    /// Nothing has happened for so long.
    pub after: Duration,
    /// One permit for each agent that may wake; those that wait keep the newest document meanwhile.
    pub awake: Arc<Semaphore>,
}

/// A site and a courier at rest.
#[derive(Debug)]
pub(super) struct Rest<S> {
    pub site: site::Rest<S>,
    pub courier: courier::Rest,
    resync: Instant,
}

/// Why an agent wakes.
#[derive(Debug)]
pub(super) enum Alarm {
    Inbound(Inbound),
    /// Something in the sink may have changed, or it is time to look.
    Look,
}

impl<S: Sink> Rest<S> {
    pub fn new(site: site::Rest<S>, courier: courier::Rest, periods: &Periods) -> Self {
        Self { site, courier, resync: Instant::now() + timing::jittered(periods.resync) }
    }

    /// Waits for a turn, and says from time to time that the agent is there.
    pub async fn turn(&mut self, rests: Option<&Rests>, periods: &Periods) -> Option<OwnedSemaphorePermit> {
        let mut turn = std::pin::pin!(turn(rests));
        loop {
            tokio::select! {
                biased;
                turn = &mut turn => return turn,
                () = sleep_until(self.courier.heartbeat()) => Box::pin(self.courier.beat(periods)).await,
            }
        }
    }

    /// Says from time to time that the agent is there, until something else has to be done. `None`: it is to stop.
    pub async fn sleep(&mut self, periods: &Periods, shutdown: &mut watch::Receiver<bool>) -> Option<Alarm> {
        loop {
            let due = self.courier.read().map_or(self.resync, |read| read.min(self.resync));
            let next = due.min(self.courier.heartbeat());
            tokio::select! {
                biased;
                () = stopped(shutdown) => return None,
                inbound = self.courier.next() => return Some(Alarm::Inbound(inbound)),
                () = self.site.changed() => return Some(Alarm::Look),
                () = sleep_until(next) => {
                    if due <= Instant::now() {
                        return Some(Alarm::Look);
                    }
                    Box::pin(self.courier.beat(periods)).await;
                }
            }
        }
    }
}

/// Waits for a turn, if there are any. Never refused: nobody closes it.
pub(super) async fn turn(rests: Option<&Rests>) -> Option<OwnedSemaphorePermit> {
    rests?.awake.clone().acquire_owned().await.ok()
}

/// Gives a turn up when it has lasted too long; never returns.
pub(super) async fn hold(turn: Option<OwnedSemaphorePermit>) -> Infallible {
    sleep(TURN).await;
    drop(turn);
    std::future::pending().await
}
