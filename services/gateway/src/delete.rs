//! Deletion of resources.
//!
//! Deleting what is not there is no error. A placement stays, with the time of the request, until the locations have
//! confirmed; a location that is to withdraw stays until its agent has. Both then go by themselves: see [`crate::leaving`].
//! Deleting them once more changes nothing, but for a location that is deleted without `WITHDRAW` and that no placement
//! has chosen any more: it goes at once. That is how one that will never come back is let go.

use std::collections::BTreeMap;

use prost::Message as _;
use wire::{
    Key,
    api::{self, LocationDeletion},
};

use crate::{
    change::{self, Direction, Stored, Write},
    declared::{Declared, message},
    error::Error,
    names,
    service::Service,
    state::State,
};

/// Placements that are named when a location is chosen.
const MAX_NAMED: usize = 5;

pub(crate) async fn delete(hub: &Service, request: api::DeleteRequest) -> Result<api::DeleteResponse, Error> {
    let how = how(request.location_deletion)?;
    let keys = request.keys.into_iter().enumerate();
    let keys = keys.map(|(index, key)| names::requested(&format!("keys[{index}]"), Some(key)));
    let keys: Vec<Key> = keys.collect::<Result<_, _>>()?;
    let mut fates = BTreeMap::new();
    let mut plan = |state: &State, stored: &Stored| {
        let again = plan(state, keys.iter().filter(|key| !stored.contains_key(key)), &keys, &[], how)?;
        let writes = again.values().filter_map(|fate| fate.write.clone()).collect();
        fates.extend(again);
        Ok(writes)
    };
    match request.dry_run {
        true => drop(hub.shared.read(|state| plan(state, &Stored::new()))??),
        false => drop(change::carry_out(hub, plan).await?),
    }
    let results = keys.iter().map(|key| result(key, fates.get(key))).collect();
    let watermark = hub.shared.read(State::watermark)?;
    Ok(api::DeleteResponse { results, watermark })
}

pub(crate) fn how(location_deletion: i32) -> Result<LocationDeletion, Error> {
    match LocationDeletion::try_from(location_deletion) {
        Ok(LocationDeletion::Orphan) => Err(Error::Invalid(
            "location_deletion: leaving objects behind without their agent is not possible in this version; \
             set spec.deletion: Orphan on the placements, then delete with --withdraw (LOCATION_DELETION_WITHDRAW)"
                .to_owned(),
        )),
        Ok(how) => Ok(how),
        Err(_) => Err(Error::Invalid(format!("location_deletion: {location_deletion} is unknown"))),
    }
}

/// What becomes of a resource.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fate {
    pub existed: bool,
    /// It stays until it is withdrawn.
    pub stays: bool,
    pub write: Option<Write>,
}

fn result(key: &Key, fate: Option<&Fate>) -> api::DeleteResult {
    api::DeleteResult {
        key: names::resource(key).as_ref().map(wire::resource_key_message),
        existed: fate.is_some_and(|fate| fate.existed),
        withdrawing: fate.is_some_and(|fate| fate.stays),
    }
}

/// What becomes of those that are `left`, of `all` that are to go. Locations of `moving` leave their regions in the same
/// change.
pub(crate) fn plan<'a>(
    state: &State,
    left: impl Iterator<Item = &'a Key>,
    all: &[Key],
    moving: &[Key],
    how: LocationDeletion,
) -> Result<BTreeMap<Key, Fate>, Error> {
    let mut fates = BTreeMap::new();
    for key in left {
        fates.insert(key.clone(), one(state, key, how)?);
    }
    for (key, _) in fates.iter().filter(|(_, fate)| fate.existed) {
        if let Key::Region(name) = key {
            check_empty(&state.declared, name, (all, moving), &fates)?;
        }
    }
    Ok(fates)
}

fn one(state: &State, key: &Key, how: LocationDeletion) -> Result<Fate, Error> {
    let declared = &state.declared;
    if declared.get(key).is_none() {
        return Ok(Fate::default());
    }
    let stays = match key {
        Key::Location(name) => stays(state, name, how)?,
        _ => names::is_placement(key),
    };
    let row = match stays {
        true if declared.is_leaving(key) => None,
        true => Some(marked(declared, key)?),
        false => Some(bus::Write::delete(key.clone())),
    };
    let write = row.map(|row| Write {
        row: row.expecting(declared.seq(key)),
        content: None,
        direction: Direction::Delete,
    });
    Ok(Fate { existed: true, stays, write })
}

/// Whether a location stays until its agent has confirmed; refused where the caller has to say so.
fn stays(state: &State, name: &str, how: LocationDeletion) -> Result<bool, Error> {
    if how == LocationDeletion::Withdraw {
        return Ok(true);
    }
    let choosers: Vec<String> = state.decided.choosers(name).map(ToString::to_string).collect();
    if choosers.is_empty() {
        return Ok(false);
    }
    let named = choosers[..choosers.len().min(MAX_NAMED)].join(", ");
    Err(Error::Precondition(format!(
        "Location {name}: chosen by {} placements ({named}); delete it with --withdraw (LOCATION_DELETION_WITHDRAW) \
         to remove what runs there first",
        choosers.len()
    )))
}

/// The same resource with the time of the request.
fn marked(declared: &Declared, key: &Key) -> Result<bus::Write, Error> {
    let row = declared.get(key).ok_or_else(|| Error::NotFound(names::text(key)))?;
    let mut message =
        message(row).ok_or_else(|| Error::Internal(format!("{} cannot be decoded", names::text(key))))?;
    let metadata = message.metadata.get_or_insert_default();
    metadata.resource_version.clear();
    metadata.deletion_time_ms = change::now_ms();
    let new = message.encode_to_vec();
    Ok(bus::Write::new(key.clone(), wire::merge_unknown(key, &row.bytes, &new)))
}

/// A region goes when nothing is in it; what goes with it does not count.
fn check_empty(
    declared: &Declared,
    name: &str,
    (all, moving): (&[Key], &[Key]),
    fates: &BTreeMap<Key, Fate>,
) -> Result<(), Error> {
    let is_parent = |row| matches!(message(row).and_then(|m| m.spec), Some(api::resource::Spec::Region(spec)) if spec.parent == name);
    let child = declared
        .regions()
        .find(|(child, row)| !all.contains(&Key::Region((*child).to_owned())) && is_parent(row));
    if let Some((child, _)) = child {
        return Err(Error::Precondition(format!(
            "Region {name}: region {child} is below it; delete or move that first"
        )));
    }
    let going =
        fates.iter().filter(|(key, fate)| matches!(key, Key::Location(_)) && fate.existed && !fate.stays);
    let going = going.map(|(key, _)| key).chain(moving).filter(|key| declared.region(key) == Some(name));
    let left = declared.population(name).saturating_sub(going.count() as u64);
    if left == 0 {
        return Ok(());
    }
    Err(Error::Precondition(format!(
        "Region {name}: {left} locations are in it, withdrawing ones included; delete or move them first"
    )))
}
