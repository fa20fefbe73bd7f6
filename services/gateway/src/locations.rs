//! Locations with what is known of them, and of one placement there.
//!
//! Summarization of a region answers from memory. Where nobody answers, the rows of `presence` tell the connection and
//! nothing else; such a row says `unknown` as its state.

use std::collections::BTreeSet;
use std::time::Duration;

use bus::Bus;
use model::{Connection, LocationPresence, PlacementKey};
use prost::Message as _;
use wire::{
    Key,
    api::{self, LocationStatus},
    bus as messages,
};

use crate::{
    error::Error,
    names, page,
    state::{Shared, State},
};

/// States to ask for, of a location by itself and of a placement there.
const OF_LOCATIONS: [&str; 3] = ["online", "offline", "never-seen"];
const OF_PLACEMENTS: [&str; 9] =
    ["healthy", "progressing", "degraded", "failed", "stale", "missing", "offline", "withdrawing", "unknown"];
/// From memory, so at once or not at all.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) async fn list(
    bus: &Bus,
    shared: &Shared,
    request: api::ListLocationStatusRequest,
) -> Result<api::ListLocationStatusResponse, Error> {
    let size = page::size(request.page_size)?;
    let (first, mut after) = cursor(&request.page_token)?;
    let query = query(&request)?;
    let regions = shared.read(|state| {
        check_placement(state, &query)?;
        regions(state, &request)
    })??;
    let mut answer = api::ListLocationStatusResponse::default();
    for region in regions.into_iter().filter(|region| *region >= first) {
        let page_size = u32::try_from(size - answer.locations.len()).unwrap_or(u32::MAX);
        let after = if region == first { std::mem::take(&mut after) } else { String::new() };
        let query = messages::Query { page_size, after, ..query.clone() };
        let result = one_region(bus, shared, &region, query).await?;
        let status = |row| LocationStatus { region: region.clone(), row: Some(row) };
        answer.locations.extend(result.rows.into_iter().map(status));
        let full = answer.locations.len() >= size || answer.encoded_len() > page::MAX_BYTES / 2;
        if full || !result.next.is_empty() {
            answer.next_page_token = token(&answer, &region, result.next);
            return Ok(answer);
        }
    }
    Ok(answer)
}

/// Where the next page begins. Behind the last location of a region there may be nothing more of it.
fn token(answer: &api::ListLocationStatusResponse, region: &str, next: String) -> String {
    let last = || Some(answer.locations.last()?.row.as_ref()?.location.clone());
    let next = if next.is_empty() { last().unwrap_or_default() } else { next };
    format!("{region}/{next}")
}

/// One that is gone, and that some locations have still to withdraw, can be asked about.
fn check_placement(state: &State, query: &messages::Query) -> Result<(), Error> {
    if query.placement.is_empty() {
        return Ok(());
    }
    let placement = PlacementKey { space: query.space.clone(), name: query.placement.clone() };
    let declared = state.declared.get(&names::placement_row(&placement)).is_some();
    match declared || state.decided.rollout(&placement).is_some() {
        true => Ok(()),
        false => Err(Error::NotFound(format!("Placement {placement}"))),
    }
}

/// `region/location`: neither holds a slash.
fn cursor(token: &str) -> Result<(String, String), Error> {
    if token.is_empty() {
        return Ok(Default::default());
    }
    let (region, location) = token
        .split_once('/')
        .ok_or_else(|| Error::Invalid("page_token: not one that was given out".to_owned()))?;
    Ok((region.to_owned(), location.to_owned()))
}

/// Which regions to ask: that of the location, the one that is named, or all.
fn regions(state: &State, request: &api::ListLocationStatusRequest) -> Result<BTreeSet<String>, Error> {
    if !request.location.is_empty() {
        let region = state.declared.region(&Key::Location(request.location.clone()));
        return region
            .map(|region| [region.to_owned()].into())
            .ok_or_else(|| Error::NotFound(format!("Location {}", request.location)));
    }
    if !request.region.is_empty() {
        let known = state.declared.get(&Key::Region(request.region.clone())).is_some();
        return match known {
            true => Ok([request.region.clone()].into()),
            false => Err(Error::NotFound(format!("Region {}", request.region))),
        };
    }
    Ok(state.declared.regions().map(|(name, _)| name.to_owned()).collect())
}

async fn one_region(
    bus: &Bus,
    shared: &Shared,
    region: &str,
    query: messages::Query,
) -> Result<messages::QueryResult, Error> {
    match ask(bus, region, &query).await? {
        Some(answer) => Ok(answer),
        None => shared.read(|state| from_presence(state, region, &query)),
    }
}

/// Asks summarization of a region; `None`: nobody answers who could.
pub(crate) async fn ask(
    bus: &Bus,
    region: &str,
    query: &messages::Query,
) -> Result<Option<messages::QueryResult>, Error> {
    let asked = Key::Query { region: region.to_owned() };
    match bus.request(&asked, wire::encode_query(query), PATIENCE).await {
        Ok(Some(answer)) => {
            let answer = wire::decode_query_result(&answer)?;
            // What is asked has been checked: an error is that of a replica that is not ready for the region.
            Ok(Some(answer).filter(|answer| answer.error.is_empty()))
        }
        Ok(None) => Ok(None),
        Err(error) if error.is_transient() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What to ask, but for the page.
fn query(request: &api::ListLocationStatusRequest) -> Result<messages::Query, Error> {
    for (index, state) in request.states.iter().enumerate() {
        check_state(state, &request.placement)
            .map_err(|wrong| Error::Invalid(format!("states[{index}]: {wrong}")))?;
    }
    let (space, placement) = match request.placement.is_empty() {
        true => Default::default(),
        false => {
            let placement = names::placement(&request.space, &request.placement)?;
            (placement.space, placement.name)
        }
    };
    let (states, location) = (request.states.clone(), request.location.clone());
    Ok(messages::Query { space, placement, states, location, ..messages::Query::default() })
}

fn check_state(state: &str, placement: &str) -> Result<(), String> {
    let (of_locations, of_placements) = (OF_LOCATIONS.contains(&state), OF_PLACEMENTS.contains(&state));
    match (of_locations, of_placements, placement.is_empty()) {
        (true, true, _) | (true, _, true) | (_, true, false) => Ok(()),
        (false, false, _) => Err(format!(
            "{state:?} is no state; a placement's are {}, a location's {}",
            OF_PLACEMENTS.join(", "),
            OF_LOCATIONS.join(", ")
        )),
        (true, ..) => Err(format!("{state} is a state of a location by itself; leave the placement out")),
        (_, true, _) => Err(format!("{state} is a state of a placement at a location; name the placement")),
    }
}

/// What the stored rows tell: connections, and that a placement's state is not known. Locations that no row knows have
/// never been seen.
fn from_presence(state: &State, region: &str, query: &messages::Query) -> messages::QueryResult {
    let presence = state.feedback.presence(region);
    let here = state.declared.locations().filter(|(_, row)| row.region.as_deref() == Some(region));
    let mut result = messages::QueryResult::default();
    for (name, _) in here {
        let row = row(name, presence.get(name), query);
        let asked = query.location.is_empty() || query.location == name;
        if !asked || name <= query.after.as_str() && !query.after.is_empty() || !wanted(&row, query) {
            continue;
        }
        if result.rows.len() >= query.page_size as usize {
            result.next = result.rows.last().map(|row| row.location.clone()).unwrap_or_default();
            break;
        }
        result.rows.push(row);
    }
    result
}

/// A filter by state cannot be answered without states; `offline` can, and `missing` is what was never seen.
fn wanted(row: &messages::QueryRow, query: &messages::Query) -> bool {
    query.states.is_empty()
        || query.states.contains(&row.state)
        || row.offline && query.states.iter().any(|s| s == "offline")
}

fn row(name: &str, known: Option<&LocationPresence>, query: &messages::Query) -> messages::QueryRow {
    let never = LocationPresence::default();
    let known = known.unwrap_or(&never);
    let connection = match known.connection {
        Connection::Online => "online",
        Connection::Offline => "offline",
        Connection::NeverSeen => "never-seen",
    };
    let state = if query.placement.is_empty() { connection } else { "unknown" };
    messages::QueryRow {
        location: name.to_owned(),
        state: state.to_owned(),
        offline: known.connection != Connection::Online,
        last_seen_s: known.last_seen,
        agent_version: known.agent_version.clone(),
        problems: unanswered(query).into_iter().collect(),
        ..Default::default()
    }
}

fn unanswered(query: &messages::Query) -> Option<messages::Problem> {
    (!query.placement.is_empty()).then(|| messages::Problem {
        reason: "NoAnswer".to_owned(),
        message: "summarization of the region does not answer; only the connection is known".to_owned(),
        ..Default::default()
    })
}
