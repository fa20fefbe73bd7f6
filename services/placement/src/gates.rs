//! Programs that are asked whether a wave was good enough.
//!
//! ```text
//!   View --Question--> Gatekeeper --request on NATS, or POST--> a program of the user's
//!        <---Said----              <---------answer------------
//! ```
//!
//! Nothing waits for an answer: the view goes on, and hears it when it comes. Who leads the unit asks.

mod answer;
mod program;
mod question;
mod request;
mod webhook;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use bytes::Bytes;
use model::PlacementKey;
use placement::rollout::{Ask, Verdict};
use tokio::sync::{Semaphore, mpsc};

use self::answer::Heard;
use self::program::{Program, Way};
use self::webhook::Webhooks;

/// Questions that wait to be asked; more are asked when there is room.
const WAITING: usize = 64;
/// Asked at a time.
const AT_ONCE: usize = 64;

/// One question to one program.
#[derive(Debug)]
struct Question {
    placement: PlacementKey,
    ask: Ask,
    program: Program,
    payload: Bytes,
    asked_ms: u64,
}

/// What has come of it.
type Said = (PlacementKey, Verdict);

/// The view's end.
#[derive(Debug)]
pub(crate) struct Gates {
    questions: mpsc::Sender<Question>,
    said: mpsc::Receiver<Said>,
    /// Asked, and not answered yet.
    open: BTreeSet<(PlacementKey, u64, String, u32)>,
}

/// What goes on beside the loop.
#[derive(Debug)]
pub struct Gatekeeper {
    questions: mpsc::Receiver<Question>,
    said: mpsc::Sender<Said>,
}

pub(crate) fn pair() -> (Gates, Gatekeeper) {
    let (questions, asked) = mpsc::channel(WAITING);
    let (answers, said) = mpsc::channel(WAITING);
    let gates = Gates { questions, said, open: BTreeSet::new() };
    (gates, Gatekeeper { questions: asked, said: answers })
}

impl Gates {
    /// Asks the gates of a unit that have not been asked yet.
    pub fn ask(&mut self, domain: &placement::View, unit: u32, now_ms: u64) {
        let of_unit = domain.asks().filter(|asked| model::unit(asked.placement) == unit);
        for asked in of_unit {
            let Some(program) = Program::of(asked.gate) else { continue };
            let Ask { number, wave, gate } = asked.ask.clone();
            let key = (asked.placement.clone(), number, wave, gate);
            if self.open.contains(&key) {
                continue;
            }
            let (placement, ask, payload) = (key.0.clone(), asked.ask.clone(), question::encode(&asked));
            let question = Question { placement, ask, program, payload, asked_ms: now_ms };
            if self.questions.try_send(question).is_ok() {
                self.open.insert(key);
            }
        }
    }

    /// What has been said meanwhile.
    pub fn hear(&mut self, domain: &mut placement::View) {
        while let Ok((placement, verdict)) = self.said.try_recv() {
            let Verdict { number, wave, gate, .. } = verdict.clone();
            self.open.remove(&(placement.clone(), number, wave, gate));
            domain.set_verdict(&placement, verdict);
        }
    }
}

/// All ways to ask.
#[derive(Debug)]
struct Ways {
    bus: Bus,
    webhooks: Webhooks,
}

impl Gatekeeper {
    /// Asks until the view is gone.
    pub async fn run(mut self, bus: Bus) {
        let ways = Arc::new(Ways { bus, webhooks: Webhooks::new() });
        let room = Arc::new(Semaphore::new(AT_ONCE));
        while let Some(question) = self.questions.recv().await {
            let Ok(permit) = room.clone().acquire_owned().await else { return };
            let (ways, said) = (ways.clone(), self.said.clone());
            tokio::spawn(async move {
                // A view that has ended needs no answer.
                said.send(question.put(&ways).await).await.ok();
                drop(permit);
            });
        }
    }
}

impl Question {
    async fn put(self, ways: &Ways) -> Said {
        let Self { placement, ask: Ask { number, wave, gate }, program, payload, asked_ms } = self;
        let heard = ways.ask(&program, payload).await;
        let (allowed, reason) = answer::judge(&program, heard);
        tracing::info!(%placement, wave, gate, allowed, reason, "a gate has decided");
        (placement, Verdict { number, wave, gate, asked_ms, allowed, reason })
    }
}

impl Ways {
    async fn ask(&self, program: &Program, question: Bytes) -> Heard {
        let timeout = Duration::from_millis(program.timeout.0);
        match &program.way {
            Way::Request(subject) => request::ask(&self.bus, subject, question, timeout).await,
            Way::Webhook(url) => self.webhooks.ask(url, question, timeout).await,
        }
    }
}
