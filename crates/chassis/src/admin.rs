//! `/livez`, `/readyz` and `/metrics`, for probes and scrapers.

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::error::Error;
use crate::registry::Registry;

/// Whether the process does its work now: the service says so, and an ending process is not ready.
#[derive(Debug, Clone)]
pub(crate) struct Readiness {
    pub(crate) said: Arc<AtomicBool>,
    pub(crate) lack: Lack,
    pub(crate) shutdown: watch::Receiver<bool>,
}

impl Readiness {
    fn answer(&self) -> (StatusCode, String) {
        if *self.shutdown.borrow() {
            (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n".to_owned())
        } else if self.said.load(Ordering::Relaxed) {
            (StatusCode::OK, "ready\n".to_owned())
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, format!("not ready{}\n", self.lack.text()))
        }
    }
}

type Ask = dyn Fn() -> Vec<String> + Send + Sync;

/// What a process that is not ready waits for. The body says once whom to ask.
#[derive(Clone, Default)]
pub struct Lack(Arc<OnceLock<Box<Ask>>>);

impl Lack {
    /// `/readyz` asks `whom` from now on.
    pub fn ask(&self, whom: impl Fn() -> Vec<String> + Send + Sync + 'static) {
        // The first one stays.
        self.0.set(Box::new(whom)).ok();
    }

    fn text(&self) -> String {
        let lacks = self.0.get().map(|whom| whom()).unwrap_or_default();
        if lacks.is_empty() { String::new() } else { format!("; waiting for: {}", lacks.join(", ")) }
    }
}

impl fmt::Debug for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lack").field(&self.text()).finish()
    }
}

/// Binds and serves in the background, as long as the runtime lives. Returns the address that was bound.
pub(crate) async fn serve(
    address: SocketAddr,
    readiness: Readiness,
    registry: Registry,
) -> Result<SocketAddr, Error> {
    let failed = |source| Error::AdminListen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    let router = router(readiness, registry);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "admin endpoints ended");
        }
    });
    Ok(bound)
}

fn router(readiness: Readiness, registry: Registry) -> Router {
    Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(move || async move { readiness.answer() }))
        .route("/metrics", get(move || async move { metrics(&registry) }))
}

fn metrics(registry: &Registry) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], registry.encode()).into_response()
}
