//! Apply: any number of resources as one change.
//!
//! ```text
//!   request --check--> resources --plan(state)--> rows that differ --carry_out--> tables --fold--> answer
//! ```
//!
//! What is already there changes nothing. Up to a thousand changed rows are one atomic change, locations and regions
//! apart from the rest; see [`crate::change`] for more of them, and for what a failure in between leaves.

mod check;
mod dependencies;
mod plan;
mod regions;

use std::collections::BTreeMap;

use model::Resource;
use wire::{Key, api};

use self::plan::Planned;
use crate::{
    change::{self, Direction, Stored},
    error::Error,
    names,
    service::Service,
    state::State,
};

type Watermark = BTreeMap<String, u64>;

pub(crate) async fn apply(hub: &Service, request: api::ApplyRequest) -> Result<api::ApplyResponse, Error> {
    let view = request.view();
    let resources = check::check(request.resources)?;
    if request.dry_run {
        return hub.shared.read(|state| {
            let planned = plan::plan(&state.declared, &resources, change::now_ms(), &mut new_uid)?;
            Ok(answer(planned, view, state.watermark()))
        })?;
    }
    let (planned, stored) = store(hub, resources).await?;
    let planned = planned.into_iter().map(|one| one.at(&stored)).collect();
    hub.shared.read(|state| answer(planned, view, state.watermark()))
}

/// What has become of each resource, in their order, and where the rows are that were stored.
async fn store(hub: &Service, resources: Vec<(Key, Resource)>) -> Result<(Vec<Planned>, Stored), Error> {
    let mut planned: Vec<Planned> = Vec::new();
    let order: Vec<Key> = resources.iter().map(|(key, _)| key.clone()).collect();
    let mut left = resources;
    let plan = |state: &State, stored: &Stored| {
        // What is stored already is found as it was asked for, and would be told as unchanged.
        left.retain(|(key, _)| !stored.contains_key(key));
        planned.retain(|one| stored.contains_key(&one.key));
        let mut again = plan::plan(&state.declared, &left, change::now_ms(), &mut new_uid)?;
        let writes = again.iter_mut().filter_map(|one| one.write.take()).collect();
        planned.append(&mut again);
        Ok(writes)
    };
    let stored = change::carry_out(hub, Direction::Declare, plan).await?;
    sort(&mut planned, &order);
    Ok((planned, stored))
}

/// What was planned at once is in order already.
fn sort(planned: &mut [Planned], order: &[Key]) {
    if planned.iter().map(|one| &one.key).ne(order) {
        let places: BTreeMap<&Key, usize> = order.iter().zip(0..).collect();
        planned.sort_by_key(|one| places.get(&one.key).copied());
    }
}

/// As Kubernetes writes them: a random UUID.
fn new_uid() -> String {
    let hex = format!("{:032x}", rand::random::<u128>());
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

fn answer(planned: Vec<Planned>, view: api::View, watermark: Watermark) -> api::ApplyResponse {
    let full = view != api::View::Basic;
    let result = |one: Planned| api::ApplyResult {
        key: names::resource(&one.key).as_ref().map(wire::resource_key_message),
        change: one.change.into(),
        resource: full.then_some(one.resource),
        previous: one.previous.filter(|_| full),
    };
    api::ApplyResponse { results: planned.into_iter().map(result).collect(), watermark }
}
