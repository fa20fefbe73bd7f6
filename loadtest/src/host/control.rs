//! Commands to a host, over HTTP, so that a person can give them with curl, too.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use bus::link::Link;
use edge_agent::sink::Switch;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::time::Instant;

/// What commands act on.
#[derive(Debug)]
pub struct Controlled {
    pub links: Vec<Link>,
    /// Of each agent with a memory sink.
    pub switches: Vec<Switch>,
}

/// Between two bursts of flaps.
const BURST: Duration = Duration::from_millis(10);

#[derive(Debug, Deserialize)]
struct Flap {
    /// Changes of state a second, over all agents of this host.
    rate: u32,
    seconds: u32,
}

/// Takes commands until the process ends.
pub async fn serve(address: SocketAddr, controlled: Controlled) -> anyhow::Result<()> {
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    super::say(&format!("control={}", listener.local_addr()?))?;
    let router = Router::new()
        .route("/drop", get(drop_links))
        .route("/flap", get(flap))
        .with_state(Arc::new(controlled));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(())
}

/// Breaks every connection at once; each agent then comes back by itself.
async fn drop_links(State(controlled): State<Arc<Controlled>>) -> String {
    for link in &controlled.links {
        link.break_off().await;
    }
    controlled.links.len().to_string()
}

/// Turns agents' objects degraded and healthy again, one agent after the other, for some time; in the end all are
/// healthy. Answers how many changes there were.
async fn flap(
    State(controlled): State<Arc<Controlled>>,
    Query(flap): Query<Flap>,
) -> Result<String, (StatusCode, String)> {
    let switches = &controlled.switches;
    if switches.is_empty() {
        return Err((StatusCode::CONFLICT, "no agent here has a memory sink".to_owned()));
    }
    let (begun, mut done) = (Instant::now(), 0usize);
    let mut ticks = tokio::time::interval(BURST);
    while begun.elapsed() < Duration::from_secs(flap.seconds.into()) {
        ticks.tick().await;
        let due = begun.elapsed().as_secs_f64() * f64::from(flap.rate);
        while (done as f64) < due {
            switches[done % switches.len()].flip();
            done += 1;
        }
    }
    done += switches.iter().filter(|switch| switch.heal()).count();
    Ok(done.to_string())
}
