//! Passing a request on, and its answer back.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request as Asked, State};
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::uri::{Authority, PathAndQuery, Scheme};
use axum::http::{HeaderValue, Response, StatusCode, Uri};
use futures::StreamExt as _;
use futures::stream::unfold;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::watch;

use super::fault::{Fault, Faults, refusal, status};
use super::traffic::{Request, Traffic};
use crate::kubernetes::{Kubernetes, client, identity};

#[derive(Debug)]
pub(super) struct Relay {
    client: Client<HttpsConnector<HttpConnector>, Body>,
    server: Authority,
    authorization: HeaderValue,
    pub(super) faults: Faults,
    pub(super) traffic: Traffic,
    /// How often watches were made to expire.
    pub(super) expired: watch::Sender<u64>,
}

impl Relay {
    pub(super) fn new(cluster: &Kubernetes, user: &str) -> anyhow::Result<Relay> {
        let trust = client::trust(&cluster.folder.join(identity::AUTHORITY))?;
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(trust).https_only().enable_http1().build();
        Ok(Relay {
            client: Client::builder(TokioExecutor::new()).build(connector),
            server: cluster.port.address().parse()?,
            authorization: format!("Bearer {}", cluster.users.token(user)?).parse()?,
            faults: Faults::default(),
            traffic: Traffic::default(),
            expired: watch::Sender::new(0),
        })
    }

    pub(super) fn router(self: Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(self)
    }

    async fn pass(&self, mut asked: Asked) -> Response<Body> {
        self.address(&mut asked);
        match self.client.request(asked).await {
            Ok(answer) => answer.map(Body::new),
            // As a load balancer whose server is down.
            Err(error) => {
                let mut answer = Response::new(Body::from(format!("{error:?}")));
                *answer.status_mut() = StatusCode::BAD_GATEWAY;
                answer
            }
        }
    }

    /// Makes it a request to the API server, by our user where it has none.
    fn address(&self, asked: &mut Asked) {
        let mut parts = std::mem::take(asked.uri_mut()).into_parts();
        parts.scheme = Some(Scheme::HTTPS);
        parts.authority = Some(self.server.clone());
        parts.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
        *asked.uri_mut() = Uri::from_parts(parts).expect("it has a scheme, an authority and a path");
        asked.headers_mut().remove(HOST);
        asked.headers_mut().entry(AUTHORIZATION).or_insert(self.authorization.clone());
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
