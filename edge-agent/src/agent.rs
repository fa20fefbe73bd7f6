//! An agent at work: a site and a courier, side by side in one task.
//!
//! ```text
//!   hub --documents, blobs, questions--> Courier --Event--> site --steps--> sink
//!   hub <--statuses, heartbeats--------- Courier <--Outbox-- site <--changes-- sink
//! ```
//!
//! Neither waits for the other: with the hub away the site goes on, and while the disk is slow heartbeats go out. Where a
//! host says so, an agent that has nothing to do rests: see [`rest`].

mod life;
mod rest;

use std::time::Duration;

use bus::link::Attachment;
use bytes::Bytes;
use model::{Digest, PlacementKey};
use tokio::sync::{oneshot, watch};

use self::life::Life;
use crate::sink::Sink;
use crate::site::Site;

pub use self::rest::Rests;

/// Periods, each kept within a fifth.
#[derive(Clone, Copy, Debug)]
pub struct Periods {
    pub heartbeat: Duration,
    /// Between reads of the document that no message announced.
    pub anti_entropy: Duration,
    /// Between comparisons of everything with what is there.
    pub resync: Duration,
}

/// Between an agent and its process.
#[derive(Debug)]
pub struct Signals {
    /// Turns true when the agent is to stop.
    pub shutdown: watch::Receiver<bool>,
    /// Told once, when the agent is connected and has asked for its document.
    pub attached: Option<oneshot::Sender<()>>,
    /// `None`: the agent is always awake.
    pub rests: Option<Rests>,
}

/// What a courier brings to its site.
#[derive(Debug)]
pub enum Event {
    Document {
        region: String,
        bytes: Bytes,
    },
    /// The location is declared in this region, and the document that should have said so is lost.
    Located(String),
    /// `None`: the hub does not have it.
    Blob(Digest, Option<Bytes>),
    Ask {
        payload: Bytes,
        answer: oneshot::Sender<Bytes>,
    },
    /// The tombstone of this placement is stored.
    Withdrawn(PlacementKey),
    /// Status rows of this location carry this start number, which is not below ours.
    Boot(u64),
    /// Nothing has happened for a while.
    Rest,
}

/// Runs until the shutdown signal. What is being applied is finished, what stands is sent.
pub fn run<S: Sink>(
    site: Site<S>,
    attachment: Attachment,
    periods: Periods,
    signals: Signals,
) -> impl Future<Output = ()> + Send {
    let Signals { shutdown, attached, rests } = signals;
    // What is awake is boxed: an agent takes as much as its task does for as long as it rests.
    let life = Box::new(Life::new(site, attachment, periods, attached));
    live(life, periods, shutdown, rests)
}

async fn live<S: Sink>(
    mut life: Box<Life<S>>,
    periods: Periods,
    mut shutdown: watch::Receiver<bool>,
    rests: Option<Rests>,
) {
    let Some(turn) = unless_stopped(&mut shutdown, rest::turn(rests.as_ref())).await else { return };
    life.rests(rests.as_ref(), turn);
    loop {
        let Some(mut rest) = Box::pin(life.run(periods, &mut shutdown)).await else { return };
        tracing::debug!("nothing to do; resting");
        let Some(alarm) = rest.sleep(&periods, &mut shutdown).await else { return };
        let turn = unless_stopped(&mut shutdown, rest.turn(rests.as_ref(), &periods)).await;
        let Some(turn) = turn else { return };
        life = Box::new(Life::wake(rest, periods, alarm));
        life.rests(rests.as_ref(), turn);
    }
}

/// What `work` comes to; `None`: the agent was told to stop first.
async fn unless_stopped<T>(shutdown: &mut watch::Receiver<bool>, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = stopped(shutdown) => None,
        done = work => Some(done),
    }
}

/// Told to stop, or whoever could have done so has gone.
pub async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    shutdown.wait_for(|stop| *stop).await.ok();
}
