//! One call: its timeout, and what its failure means to a user.

use std::time::Duration;

use anyhow::{Result, anyhow};
use tonic::{Code, Response, Status};

use crate::busy;

/// Calls that change something.
pub const APPLYING: &str = "applying";
pub const DELETING: &str = "deleting";

/// Somebody else has changed what was read: read it again, and decide anew.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Outdated(String);

/// The answer of a call, or why there is none; never later than `timeout`.
pub async fn answer<T>(
    call: impl Future<Output = Result<Response<T>, Status>>,
    doing: &str,
    address: &str,
    timeout: Duration,
) -> Result<T> {
    match tokio::time::timeout(timeout, busy::while_waiting(doing, call)).await {
        Ok(Ok(response)) => Ok(response.into_inner()),
        Ok(Err(status)) => Err(explain(&status, doing, address)),
        Err(_) => Err(silent(doing, address, timeout)),
    }
}

pub fn silent(doing: &str, address: &str, timeout: Duration) -> anyhow::Error {
    anyhow!(
        "{doing}: {address} accepts connections and has not answered within {}; look whether it is a gateway and \
         what its /readyz says, try again, or give it longer{}",
        humantime::format_duration(timeout),
        uncertainty(doing)
    )
}

pub fn unreachable(address: &str) -> anyhow::Error {
    anyhow!(
        "no gateway answers at {address}; start one (./demo runs everything on this machine), \
         or name another with --address or TRIBUTARY_ADDRESS"
    )
}

fn foreign(address: &str) -> anyhow::Error {
    anyhow!(
        "what answers at {address} is not a gateway, or has broken the connection; name the gateway's address (7800 is \
         its usual port) with --address or TRIBUTARY_ADDRESS, or look whether it runs, and try again"
    )
}

pub fn explain(status: &Status, doing: &str, address: &str) -> anyhow::Error {
    let message = status.message();
    match status.code() {
        _ if is_foreign(status) => foreign(address),
        Code::Unavailable if is_transport(message) => lost(doing, address),
        Code::Unavailable => anyhow!("{doing}: {message}; the gateway may still be starting, try again"),
        Code::Unimplemented => anyhow!(
            "{doing}: what answers at {address} is not a gateway, or an older one that does not offer this; update it, \
             or name the gateway with --address or TRIBUTARY_ADDRESS"
        ),
        Code::Aborted => Outdated(format!(
            "{doing}: {message}; somebody else changed it meanwhile, read it again and repeat"
        ))
        .into(),
        _ if message.contains("length too large") => anyhow!(
            "{doing}: this is more than a gateway takes in one request (64 MiB); do it in parts, with fewer files at a time"
        ),
        _ if message.is_empty() => anyhow!("{doing}: {}", status.code().description()),
        _ => anyhow!("{doing}: {message}"),
    }
}

fn lost(doing: &str, address: &str) -> anyhow::Error {
    anyhow!(
        "{doing}: the connection to {address} broke, or what is there does not answer; look whether it runs, and try \
         again{}",
        uncertainty(doing)
    )
}

/// Without an answer nobody knows whether a change was made.
fn uncertainty(doing: &str) -> &'static str {
    match doing {
        APPLYING | DELETING => "; it may have been done all the same, and doing it twice does no harm",
        _ => "",
    }
}

/// What tonic says when the connection itself has failed.
fn is_transport(message: &str) -> bool {
    message.is_empty()
        || ["transport", "http2 error", "h2 protocol error", "tcp"]
            .iter()
            .any(|known| message.contains(known))
}

/// Other protocols are noticed by the first frame, which is none, or end the connection themselves.
fn is_foreign(status: &Status) -> bool {
    let message = status.message();
    match status.code() {
        Code::Internal | Code::Unknown => !message.is_empty() && is_transport(message),
        Code::Cancelled => true,
        _ => false,
    }
}
