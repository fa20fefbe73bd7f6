//! Deletion of resources.
//!
//! Deleting what is not there is no error. A location that placements have chosen stays, with the time of the request,
//! until nothing has chosen it any more; the second deletion then removes the row.

use prost::Message as _;
use wire::{
    Key,
    api::{self, LocationDeletion},
};

use crate::{
    apply::{self, plan::Write, store},
    declared::{Declared, message, region_of},
    error::Error,
    names,
    service::Service,
    state::State,
};

/// Attempts while others keep changing the same rows.
const ATTEMPTS: u32 = 8;
/// Placements that are named when a location is chosen.
const MAX_NAMED: usize = 5;

pub(crate) async fn delete(hub: &Service, request: api::DeleteRequest) -> Result<api::DeleteResponse, Error> {
    let how = request.location_deletion();
    if how == LocationDeletion::Orphan {
        return Err(Error::Invalid(
            "location_deletion: leaving objects behind without their agent is not possible in this version; \
             set spec.deletion: Orphan on the placements, then delete with WITHDRAW"
                .to_owned(),
        ));
    }
    let keys = request.keys.into_iter().map(|key| names::requested(Some(key)));
    let keys: Vec<Key> = keys.collect::<Result<_, _>>()?;
    let mut attempt = 1;
    loop {
        let (results, writes) = hub.shared.read(|state| plan(state, &keys, how))??;
        if !request.dry_run {
            match store::store(hub, writes).await {
                Ok(()) => {}
                Err(error) if apply::is_conflict(&error) && attempt < ATTEMPTS => {
                    attempt += 1;
                    apply::see(&hub.shared, &error).await?;
                    continue;
                }
                Err(error) => return Err(error),
            }
        }
        let watermark = hub.shared.read(State::watermark)?;
        return Ok(api::DeleteResponse { results, watermark });
    }
}

fn plan(
    state: &State,
    keys: &[Key],
    how: LocationDeletion,
) -> Result<(Vec<api::DeleteResult>, Vec<Write>), Error> {
    let mut writes: Vec<Write> = Vec::new();
    let mut results = Vec::with_capacity(keys.len());
    for key in keys {
        let existed = state.declared.get(key).is_some();
        let named = writes.iter().any(|write| write.row.key == *key);
        if existed && !named {
            let row = one(state, key, keys, how)?.expecting(state.declared.seq(key));
            writes.push(Write { row, content: None });
        }
        let key = names::resource(key).as_ref().map(wire::resource_key_message);
        results.push(api::DeleteResult { key, existed });
    }
    Ok((results, writes))
}

fn one(state: &State, key: &Key, keys: &[Key], how: LocationDeletion) -> Result<bus::Write, Error> {
    match key {
        Key::Location(name) => location(state, key, name, how),
        Key::Region(name) => {
            check_empty(&state.declared, name, keys)?;
            Ok(bus::Write::delete(key.clone()))
        }
        _ => Ok(bus::Write::delete(key.clone())),
    }
}

fn location(state: &State, key: &Key, name: &str, how: LocationDeletion) -> Result<bus::Write, Error> {
    let choosers: Vec<String> = state.decided.choosers(name).map(ToString::to_string).collect();
    if choosers.is_empty() {
        return Ok(bus::Write::delete(key.clone()));
    }
    if how != LocationDeletion::Withdraw {
        let named = choosers[..choosers.len().min(MAX_NAMED)].join(", ");
        return Err(Error::Precondition(format!(
            "Location {name}: chosen by {} placements ({named}); delete it with WITHDRAW to remove what runs there \
             first",
            choosers.len()
        )));
    }
    marked(&state.declared, key)
}

/// The same location with the time of the request, which is that of the first one.
fn marked(declared: &Declared, key: &Key) -> Result<bus::Write, Error> {
    let row = declared.get(key).ok_or_else(|| Error::NotFound(names::text(key)))?;
    let mut message =
        message(row).ok_or_else(|| Error::Internal(format!("{} cannot be decoded", names::text(key))))?;
    let metadata = message.metadata.get_or_insert_default();
    metadata.resource_version.clear();
    if metadata.deletion_time_ms == 0 {
        metadata.deletion_time_ms = apply::now_ms();
    }
    let new = message.encode_to_vec();
    Ok(bus::Write::new(key.clone(), wire::merge_unknown(key, &row.bytes, &new)))
}

/// A region goes when nothing is in it; what is deleted with it does not count.
fn check_empty(declared: &Declared, name: &str, keys: &[Key]) -> Result<(), Error> {
    let is_parent = |row| matches!(message(row).and_then(|m| m.spec), Some(api::resource::Spec::Region(spec)) if spec.parent == name);
    let child = declared
        .regions()
        .find(|(child, row)| !keys.contains(&Key::Region((*child).to_owned())) && is_parent(row));
    if let Some((child, _)) = child {
        return Err(Error::Precondition(format!(
            "Region {name}: region {child} is below it; delete or move that first"
        )));
    }
    let leaving = keys.iter().filter(|key| matches!(key, Key::Location(_)));
    let leaving =
        leaving.filter(|key| declared.get(key).and_then(region_of).as_deref() == Some(name)).count() as u64;
    let left = declared.population(name).saturating_sub(leaving);
    if left == 0 {
        return Ok(());
    }
    Err(Error::Precondition(format!("Region {name}: {left} locations are in it; delete or move them first")))
}
