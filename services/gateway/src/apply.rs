//! Apply: any number of resources as one change.
//!
//! ```text
//!   request --check--> resources --plan(state)--> rows that differ --store--> tables --fold--> answer
//!                                     ^                              |
//!                                     '------- changed meanwhile ----'
//! ```
//!
//! What is already there changes nothing. The rows of `locations` are stored before those of `intent`, each as one
//! atomic batch; see [`store`] for what does not fit into one.

mod check;
pub(crate) mod plan;
mod regions;
pub(crate) mod store;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;
use wire::api;

use self::plan::Planned;
use crate::{
    error::Error,
    names,
    service::Service,
    state::{Shared, State},
};

/// Attempts while others keep changing the same rows.
const ATTEMPTS: u32 = 8;
/// For this replica to see what made a write fail.
const CATCH_UP: Duration = Duration::from_secs(2);

pub(crate) async fn apply(hub: &Service, request: api::ApplyRequest) -> Result<api::ApplyResponse, Error> {
    let resources = check::check(request.resources)?;
    let mut attempt = 1;
    loop {
        let now = now_ms();
        let (planned, watermark) = hub.shared.read(|state| {
            let planned = plan::plan(&state.declared, &resources, now, &mut new_uid);
            (planned, state.watermark())
        })?;
        let planned = planned?;
        if request.dry_run {
            return Ok(answer(planned, watermark));
        }
        match store::store(hub, planned.iter().filter_map(Planned::write).collect()).await {
            Ok(()) => return hub.shared.read(|state| answer(planned, state.watermark())),
            Err(error) if is_conflict(&error) && attempt < ATTEMPTS => {
                attempt += 1;
                see(&hub.shared, &error).await?;
            }
            Err(error) => return Err(error),
        }
    }
}

pub(crate) fn is_conflict(error: &Error) -> bool {
    matches!(error, Error::Bus(bus::Error::Conflict { .. }))
}

/// Waits until this replica sees what made a write fail: only then another attempt can decide otherwise.
pub(crate) async fn see(shared: &Shared, conflict: &Error) -> Result<(), Error> {
    let Error::Bus(bus::Error::Conflict { subject, current: Some(seq) }) = conflict else { return Ok(()) };
    let Some(stream) = wire::Key::parse(subject).ok().and_then(|key| key.stream()) else { return Ok(()) };
    let seen = |state: &State| state.has(&stream, *seq).then_some(());
    // Not having seen it is no error: the next attempt finds out.
    shared.until(Instant::now() + CATCH_UP, seen).await.map(|_| ())
}

pub(crate) fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

/// As Kubernetes writes them: a random UUID.
fn new_uid() -> String {
    let hex = format!("{:032x}", rand::random::<u128>());
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

fn answer(planned: Vec<Planned>, watermark: std::collections::BTreeMap<String, u64>) -> api::ApplyResponse {
    let result = |one: Planned| api::ApplyResult {
        key: names::resource(&one.key).as_ref().map(wire::resource_key_message),
        change: one.change.into(),
        resource: Some(one.resource),
        previous: one.previous,
    };
    api::ApplyResponse { results: planned.into_iter().map(result).collect(), watermark }
}
