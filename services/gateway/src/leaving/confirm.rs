//! Whether what was applied at the edge is gone, by the word of those who know.

use std::collections::BTreeSet;

use bus::Bus;
use model::{PlacementKey, Summary};
use wire::{Key, bus as messages};

use crate::{
    error::Error,
    locations,
    state::{Shared, State},
};

/// Asks the tables and the regions.
pub(super) struct Confirmations<'a> {
    pub bus: &'a Bus,
    pub shared: &'a Shared,
}

impl Confirmations<'_> {
    /// Of a placement that is withdrawn: every location has confirmed that is not offline.
    pub async fn of_placement(&self, placement: &PlacementKey) -> Result<bool, Error> {
        let Some((regions, withdrawing)) = self.shared.read(|state| counted(state, placement))? else {
            return Ok(false);
        };
        if withdrawing == 0 {
            return Ok(true);
        }
        let mut offline = 0;
        for region in regions {
            match self.offline(&region, placement).await? {
                Some(count) => offline += count,
                None => return Ok(false),
            }
        }
        // As many as the summary counts: otherwise somebody has not told yet.
        Ok(offline == withdrawing)
    }

    /// How many locations of a region have still to confirm; `None`: not all of them are offline.
    async fn offline(&self, region: &str, placement: &PlacementKey) -> Result<Option<u64>, Error> {
        let (mut count, mut after) = (0, String::new());
        loop {
            let query = messages::Query {
                space: placement.space.clone(),
                placement: placement.name.clone(),
                after,
                ..messages::Query::default()
            };
            let Some(answer) = locations::ask(self.bus, region, &query).await? else { return Ok(None) };
            if answer.rows.iter().any(|row| row.state != "withdrawing" || !row.offline) {
                return Ok(None);
            }
            count += answer.rows.len() as u64;
            if answer.next.is_empty() {
                return Ok(Some(count));
            }
            after = answer.next;
        }
    }

    /// Of a location that nothing chooses any more: its document says so, and its agent has confirmed for each
    /// placement.
    pub async fn of_location(&self, key: &Key, name: &str) -> Result<bool, Error> {
        let look = |state: &State| {
            let region = state.declared.region(key)?.to_owned();
            let placements = state.decided.placements_in(&region);
            Some((region, placements))
        };
        let Some((region, placements)) = self.shared.read(look)? else { return Ok(false) };
        // Nothing was ever decided in its region.
        if placements.is_empty() {
            return Ok(true);
        }
        let document = Key::Desired { region: region.clone(), location: name.to_owned() };
        if let Some(row) = self.bus.get(&document).await?.and_then(|row| row.value) {
            let (desired, _) = wire::decode_desired(&row)?;
            if !desired.placements.is_empty() {
                return Ok(false);
            }
        }
        for placement in placements {
            let status = Key::Status { region: region.clone(), location: name.to_owned(), placement };
            let row = self.bus.get(&status).await?.and_then(|row| row.value);
            if row.is_some_and(|row| !wire::decode_status(&row).is_ok_and(|(status, _)| status.withdrawn)) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The regions that anything was decided for, and how many locations have still to confirm; `None`: not all regions have
/// counted the withdrawal.
fn counted(state: &State, placement: &PlacementKey) -> Option<(BTreeSet<String>, u64)> {
    let decisions = state.decided.sequences(placement);
    let regions = decisions.keys().map(|region| (*region).to_owned()).collect();
    if decisions.is_empty() {
        return Some((regions, 0));
    }
    let Summary { partial, behind, .. } = state.feedback.summary(placement)?;
    let all = decisions.iter().all(|(region, seq)| partial.watermark.get(*region) == Some(seq));
    (all && behind.is_empty()).then_some((regions, partial.withdrawing))
}
