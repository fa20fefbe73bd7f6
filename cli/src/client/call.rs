//! One call: its timeout, and what its failure means to a user.

use std::time::Duration;

use anyhow::{Result, anyhow};
use tonic::{Code, Response, Status};

/// The answer of a call, or why there is none; never later than `timeout`.
pub async fn answer<T>(
    call: impl Future<Output = Result<Response<T>, Status>>,
    doing: &str,
    address: &str,
    timeout: Duration,
) -> Result<T> {
    match tokio::time::timeout(timeout, call).await {
        Ok(Ok(response)) => Ok(response.into_inner()),
        Ok(Err(status)) => Err(explain(&status, doing, address)),
        Err(_) => Err(anyhow!(
            "{doing}: {address} has not answered within {}; try again, or raise --request-timeout",
            humantime::format_duration(timeout)
        )),
    }
}

pub fn unreachable(address: &str) -> anyhow::Error {
    anyhow!(
        "no gateway answers at {address}; start one (./demo runs everything on this machine), \
         or name another with --address or TRIBUTARY_ADDRESS"
    )
}

pub fn explain(status: &Status, doing: &str, address: &str) -> anyhow::Error {
    let message = status.message();
    match status.code() {
        Code::Unavailable if message.is_empty() || message.contains("transport") => unreachable(address),
        Code::Unavailable => anyhow!("{doing}: {message}; the gateway may still be starting, try again"),
        Code::Unimplemented => anyhow!("{doing}: the gateway at {address} does not offer this; update it"),
        Code::Aborted => {
            anyhow!("{doing}: {message}; somebody else changed it meanwhile, read it again and repeat")
        }
        _ if message.is_empty() => anyhow!("{doing}: {}", status.code().description()),
        _ => anyhow!("{doing}: {message}"),
    }
}
