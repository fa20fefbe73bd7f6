//! Agents that rest while there is nothing to do, as hosts of very many let them.

use std::sync::Arc;
use std::time::Duration;

use bus::Options;
use bus::link::{Link, Mode};
use edge_agent::sink::{Memory, Switch};
use edge_agent::state::{Blobs, Shelf, State};
use edge_agent::{Periods, Rests, Signals, Site};
use testbed::eventually;
use tokio::sync::{Semaphore, watch};
use wire::bus::ask::Question;
use wire::bus::{AskErrors, AskResend};

use crate::fixture::{Hub, LOCATION, SOON, cart, document, placement};

/// Long enough that only what wakes the agent makes it do anything.
const NEVER: Duration = Duration::from_secs(3600);

struct Hosted {
    /// What its sink says of all objects.
    switch: Switch,
    /// One permit, which the agent has while it is awake.
    awake: Arc<Semaphore>,
    stop: watch::Sender<bool>,
    agent: tokio::task::JoinHandle<()>,
}

impl Hosted {
    async fn start(hub: &Hub) -> Self {
        let options = Options { url: hub.nats.url(), name: "host".into() };
        let link = Link::connect(options, Mode::Hosting).await.unwrap();
        let sink = Memory::default();
        let (switch, awake) = (sink.switch(), Arc::new(Semaphore::new(1)));
        let state = (State::Nowhere { boot: 1 }, Blobs::shared(Shelf::default()));
        let site = Site::open(state, sink, "eu").await.unwrap();
        let (stop, shutdown) = watch::channel(false);
        let rests = Rests { after: Duration::from_millis(50), awake: awake.clone() };
        let signals = Signals { shutdown, attached: None, rests: Some(rests) };
        let periods = Periods { heartbeat: Duration::from_millis(500), anti_entropy: NEVER, resync: NEVER };
        let agent = tokio::spawn(edge_agent::run(site, link.attach("eu", LOCATION), periods, signals));
        Self { switch, awake, stop, agent }
    }

    async fn rests(&self) {
        let look = async || match self.awake.available_permits() {
            1 => Ok(()),
            permits => Err(format!("{permits} permits")),
        };
        eventually("the agent to rest", SOON, look).await.unwrap();
    }

    async fn stop(self) {
        self.stop.send_replace(true);
        self.agent.await.unwrap();
    }
}

#[tokio::test]
async fn a_resting_agent_wakes_for_documents_questions_and_what_happens_at_its_place() {
    let hub = Hub::start().await;
    let hosted = Hosted::start(&hub).await;
    hosted.rests().await;
    cart(&hub, 1, &["a=1", "b=1"]).await;
    hub.reported("cart", |status| status.rollout == 1 && status.phases.healthy == 2).await;
    hosted.rests().await;
    cart(&hub, 2, &["a=2"]).await;
    let second = hub.reported("cart", |status| status.rollout == 2 && status.phases.healthy == 1).await;
    hosted.rests().await;
    let answer = hub.ask(Question::Errors(AskErrors {})).await;
    assert!(answer.error.is_empty() && answer.troubles.is_empty(), "{answer:?}");
    hosted.rests().await;
    hub.ask(Question::Resend(AskResend {})).await;
    let again = hub.reported("cart", |status| status.report > second.report).await;
    assert_eq!((again.rollout, again.report.boot), (2, second.report.boot), "it has not been started again");
    hosted.rests().await;
    hosted.switch.flip();
    hub.reported("cart", |status| status.phases.degraded == 1).await;
    hosted.switch.flip();
    hub.reported("cart", |status| status.phases.healthy == 1 && status.report > again.report).await;
    hosted.rests().await;
    hosted.stop().await;
}

#[tokio::test]
async fn a_resting_agent_comes_back_with_its_server_and_has_missed_nothing() {
    let mut hub = Hub::start().await;
    let hosted = Hosted::start(&hub).await;
    cart(&hub, 1, &["a=1"]).await;
    hub.reported("cart", |status| status.rollout == 1).await;
    hosted.rests().await;
    hub.nats.restart().await.unwrap();
    let (placement, blob) = placement("cart", 2, &["a=2"]);
    hub.publish(&document(2, vec![placement])).await;
    hub.blob(blob).await;
    hub.reported("cart", |status| status.rollout == 2 && status.phases.healthy == 1).await;
    hosted.rests().await;
    hosted.stop().await;
}

#[tokio::test]
async fn an_agent_that_waits_for_its_turn_gets_the_newest_document_then() {
    let hub = Hub::start().await;
    let hosted = Hosted::start(&hub).await;
    cart(&hub, 1, &["a=1"]).await;
    hub.reported("cart", |status| status.rollout == 1).await;
    hosted.rests().await;
    let turn = hosted.awake.clone().acquire_owned().await.unwrap();
    cart(&hub, 2, &["a=2"]).await;
    cart(&hub, 3, &["a=3", "b=3"]).await;
    let waiting = hub.status("eu", "cart").await.unwrap();
    assert_eq!(waiting.rollout, 1, "it is not its turn");
    drop(turn);
    hub.reported("cart", |status| status.rollout == 3 && status.phases.healthy == 2).await;
    hosted.rests().await;
    hosted.stop().await;
}
