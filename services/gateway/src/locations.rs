//! Locations with what is known of them, and of one placement there.
//!
//! Summarization of a region answers from memory. Where nobody answers, the rows of `presence` tell the connection and
//! nothing else; such a row says `unknown` as its state.

use std::collections::BTreeSet;
use std::time::Duration;

use bus::Bus;
use model::{Connection, LocationPresence};
use wire::{
    Key,
    api::{self, LocationStatus},
    bus as messages,
};

use crate::{
    declared::region_of,
    error::Error,
    names, page,
    state::{Shared, State},
};

/// From memory, so at once or not at all.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) async fn list(
    bus: &Bus,
    shared: &Shared,
    request: api::ListLocationStatusRequest,
) -> Result<api::ListLocationStatusResponse, Error> {
    let size = page::size(request.page_size)?;
    let (first, mut after) = cursor(&request.page_token)?;
    let regions = shared.read(|state| regions(state, &request))??;
    let mut answer = api::ListLocationStatusResponse::default();
    for region in regions.into_iter().filter(|region| *region >= first) {
        let left = size - answer.locations.len();
        let from = if region == first { std::mem::take(&mut after) } else { String::new() };
        let result = one_region(bus, shared, &region, &request, from, left).await?;
        let status = |row| LocationStatus { region: region.clone(), row: Some(row) };
        answer.locations.extend(result.rows.into_iter().map(status));
        if !result.next.is_empty() {
            answer.next_page_token = format!("{region}/{}", result.next);
            return Ok(answer);
        }
        if answer.locations.len() >= size {
            // The next page starts behind the last location of this region, where there is nothing more.
            let last = answer
                .locations
                .last()
                .and_then(|status| status.row.as_ref())
                .map(|row| row.location.clone());
            answer.next_page_token = format!("{region}/{}", last.unwrap_or_default());
            return Ok(answer);
        }
    }
    Ok(answer)
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
        let row = state.declared.get(&Key::Location(request.location.clone()));
        let region = row.and_then(region_of);
        return region
            .map(|region| [region].into())
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
    request: &api::ListLocationStatusRequest,
    after: String,
    size: usize,
) -> Result<messages::QueryResult, Error> {
    let query = query(request, after, size)?;
    let asked = Key::Query { region: region.to_owned() };
    match bus.request(&asked, wire::encode_query(&query), PATIENCE).await {
        Ok(Some(answer)) => answered(wire::decode_query_result(&answer)?),
        Ok(None) => shared.read(|state| from_presence(state, region, &query)),
        Err(error) if error.is_transient() => shared.read(|state| from_presence(state, region, &query)),
        Err(error) => Err(error.into()),
    }
}

fn query(
    request: &api::ListLocationStatusRequest,
    after: String,
    size: usize,
) -> Result<messages::Query, Error> {
    let (space, placement) = match request.placement.is_empty() {
        true => Default::default(),
        false => {
            let placement = names::placement(&request.space, &request.placement)?;
            (placement.space, placement.name)
        }
    };
    Ok(messages::Query {
        space,
        placement,
        states: request.states.clone(),
        location: request.location.clone(),
        page_size: u32::try_from(size).unwrap_or(u32::MAX),
        after,
    })
}

fn answered(result: messages::QueryResult) -> Result<messages::QueryResult, Error> {
    if result.error.is_empty() { Ok(result) } else { Err(Error::Invalid(result.error)) }
}

/// What the stored rows tell: connections, and that a placement's state is not known. Locations that no row knows have
/// never been seen.
fn from_presence(state: &State, region: &str, query: &messages::Query) -> messages::QueryResult {
    let presence = state.feedback.presence(region);
    let here = state.declared.locations().filter(|(_, row)| region_of(row).as_deref() == Some(region));
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
