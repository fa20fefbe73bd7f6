//! Passing a request on, and its answer back.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request as Asked, State};
use axum::http::{Response, StatusCode};
use futures::StreamExt as _;
use futures::stream::unfold;
use tokio::sync::watch;

use super::fault::{Fault, Faults, refusal, status};
use super::traffic::{Request, Traffic};
use crate::kubernetes::Kubernetes;
use crate::kubernetes::way::Way;

#[derive(Debug)]
pub(super) struct Relay {
    way: Way,
    pub(super) faults: Faults,
    pub(super) traffic: Traffic,
    /// How often watches were made to expire.
    pub(super) expired: watch::Sender<u64>,
}

impl Relay {
    pub(super) fn new(cluster: &Kubernetes, user: &str) -> anyhow::Result<Relay> {
        Ok(Relay {
            way: Way::new(cluster, user)?,
            faults: Faults::default(),
            traffic: Traffic::default(),
            expired: watch::Sender::new(0),
        })
    }

    pub(super) fn router(self: Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(self)
    }

    async fn pass(&self, asked: Asked) -> Response<Body> {
        self.way.send(asked).await.unwrap_or_else(|error| {
            // As a load balancer whose server is down.
            let mut answer = Response::new(Body::from(format!("{error:?}")));
            *answer.status_mut() = StatusCode::BAD_GATEWAY;
            answer
        })
    }
}

async fn answer(State(relay): State<Arc<Relay>>, asked: Asked) -> Response<Body> {
    let request = Request::new(asked.method(), asked.uri());
    // First: a watch that was counted is ended by what comes after.
    let expired = relay.expired.subscribe();
    relay.traffic.count(&request);
    match relay.faults.of(&request) {
        Some(Fault::Refuse(code)) => return refusal(code),
        Some(Fault::Lose(code)) => {
            relay.pass(asked).await;
            return refusal(code);
        }
        Some(Fault::Slow(time)) => tokio::time::sleep(time).await,
        None => {}
    }
    let answer = relay.pass(asked).await;
    let is_watch = request.verb == "watch" && answer.status().is_success();
    if is_watch { answer.map(|body| until(body, expired)) } else { answer }
}

/// The events of a watch until it has to end, and then why.
fn until(body: Body, expired: watch::Receiver<u64>) -> Body {
    let open = Some((body.into_data_stream(), expired));
    let events = unfold(open, |open| async {
        let (mut events, mut expired) = open?;
        tokio::select! {
            event = events.next() => Some((event?, Some((events, expired)))),
            _ = expired.changed() => {
                let last = format!("{{\"type\":\"ERROR\",\"object\":{}}}\n", status(410));
                Some((Ok(Bytes::from(last)), None))
            }
        }
    });
    Body::from_stream(events)
}
