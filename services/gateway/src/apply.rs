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
mod sets;

use std::collections::BTreeMap;

use model::Resource;
use wire::{Key, api};

use self::{
    plan::Planned,
    sets::{Asked, Pruned},
};
use crate::{
    change::{self, Stored, Write},
    error::Error,
    names,
    service::Service,
    state::State,
};

type Watermark = BTreeMap<String, u64>;

pub(crate) async fn apply(hub: &Service, request: api::ApplyRequest) -> Result<api::ApplyResponse, Error> {
    let view = request.view();
    let (asked, dry_run) = (Asked::of(&request)?, request.dry_run);
    let order = check::check(request.resources)?;
    let mut change = Change { asked, order, planned: Vec::new(), pruned: BTreeMap::new() };
    if dry_run {
        return hub.shared.read(|state| {
            change.plan(state, &Stored::new())?;
            Ok(change.answer(view, state.watermark()))
        })?;
    }
    let stored = change::carry_out(hub, |state, stored| change.plan(state, stored)).await?;
    change.planned = change.planned.into_iter().map(|one| one.at(&stored)).collect();
    hub.shared.read(|state| change.answer(view, state.watermark()))
}

/// An apply in the making: what is asked for, and what has become of it so far.
struct Change {
    asked: Asked,
    /// As they were given.
    order: Vec<(Key, Resource)>,
    planned: Vec<Planned>,
    pruned: BTreeMap<Key, Pruned>,
}

impl Change {
    /// The writes that are left. What is stored already is found as it was asked for, and would be told as unchanged.
    fn plan(&mut self, state: &State, stored: &Stored) -> Result<Vec<Write>, Error> {
        let mut left: Vec<_> =
            self.order.iter().filter(|(key, _)| !stored.contains_key(key)).cloned().collect();
        self.asked.join(&state.declared, &mut left)?;
        self.planned.retain(|one| stored.contains_key(&one.key));
        self.pruned.retain(|key, _| stored.contains_key(key));
        let mut again = plan::plan(&state.declared, &left, change::now_ms(), &mut new_uid)?;
        let mut writes: Vec<Write> = again.iter_mut().filter_map(|one| one.write.take()).collect();
        self.planned.append(&mut again);
        let pruned = self.asked.prune(state, &self.order, stored)?;
        writes.extend(pruned.values().filter_map(|one| one.fate.write.clone()));
        self.pruned.extend(pruned);
        Ok(writes)
    }

    fn answer(mut self, view: api::View, watermark: Watermark) -> api::ApplyResponse {
        let full = view != api::View::Basic;
        sort(&mut self.planned, &self.order);
        let result = |one: Planned| api::ApplyResult {
            key: names::resource(&one.key).as_ref().map(wire::resource_key_message),
            change: one.change.into(),
            resource: full.then_some(one.resource),
            previous: one.previous.filter(|_| full),
        };
        let pruned = |(key, one): (Key, Pruned)| api::PruneResult {
            key: names::resource(&key).as_ref().map(wire::resource_key_message),
            withdrawing: one.fate.stays,
            previous: one.previous.filter(|_| full),
        };
        api::ApplyResponse {
            results: self.planned.into_iter().map(result).collect(),
            watermark,
            pruned: self.pruned.into_iter().map(pruned).collect(),
        }
    }
}

/// What was planned at once is in order already.
fn sort(planned: &mut [Planned], order: &[(Key, Resource)]) {
    if planned.iter().map(|one| &one.key).ne(order.iter().map(|(key, _)| key)) {
        let places: BTreeMap<&Key, usize> = order.iter().map(|(key, _)| key).zip(0..).collect();
        planned.sort_by_key(|one| places.get(&one.key).copied());
    }
}

/// As Kubernetes writes them: a random UUID.
fn new_uid() -> String {
    let hex = format!("{:032x}", rand::random::<u128>());
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}
