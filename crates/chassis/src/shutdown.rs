//! Signals: the first SIGTERM or SIGINT asks the process to end, the second one ends it.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::error::Error;

/// The signals that end a process.
#[derive(Debug)]
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(crate) fn listen() -> Result<Signals, Error> {
        let listen = |kind| signal(kind).map_err(Error::Process);
        Ok(Signals {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    /// Raises `shutdown` at the first signal; returns why the body may wait no longer.
    pub(crate) async fn conduct(mut self, shutdown: watch::Sender<bool>, grace: Duration) -> &'static str {
        let name = self.next().await;
        shutdown.send_replace(true);
        tracing::info!(signal = name, grace = ?grace, "shutting down");
        tokio::select! {
            _ = self.next() => "a second signal came",
            () = tokio::time::sleep(grace) => "the grace period is over",
        }
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
