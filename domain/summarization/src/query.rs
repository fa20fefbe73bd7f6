//! Answers "which locations, and how do they fare" from memory, in pages sorted by location.

use model::{Connection, PlacementKey, Problem};

use crate::location::{Entry, Location};
use crate::region::RegionView;
use crate::tally::Standing;
use crate::{Silence, State};

/// Rows and, about, bytes of one answer: a message is at most 1 MiB.
const MAX_PAGE: usize = 1_000;
const MAX_BYTES: usize = 512 * 1024;
const DEFAULT_PAGE: usize = 100;

/// A question about the locations of one region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// `None`: locations alone, all of the region; else only those that the placement has to do with.
    pub placement: Option<PlacementKey>,
    /// Empty: all. Else only these: names of [`State`], `offline`, `withdrawing`, and without a placement `online` and
    /// `never-seen`.
    pub states: Vec<String>,
    /// Empty: all. Else only this one.
    pub location: String,
    /// Zero: some.
    pub page_size: usize,
    /// The last location of the page before.
    pub after: String,
}

/// A part of the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub rows: Vec<Row>,
    /// Not empty: there is more after this location.
    pub next: String,
}

/// One location.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    pub location: String,
    pub state: &'static str,
    pub offline: bool,
    /// Seconds since the Unix epoch; whole minutes while it is online.
    pub last_seen: u64,
    /// Of its newest report.
    pub rollout: u64,
    pub updated: bool,
    pub problems: Vec<Problem>,
    pub agent_version: String,
}

impl RegionView {
    /// The page that `query` asks for.
    pub fn query(&self, query: &Query) -> Page {
        let size = if query.page_size == 0 { DEFAULT_PAGE } else { query.page_size.min(MAX_PAGE) };
        let locations = self.locations_after(&query.after, &query.location);
        let (mut page, mut bytes) = (Page::default(), 0);
        for row in locations.filter_map(|(name, location)| select(name, location, query)) {
            if page.rows.len() == size || bytes > MAX_BYTES {
                page.next = page.rows.last().map(|last| last.location.clone()).unwrap_or_default();
                break;
            }
            bytes += row.bytes();
            page.rows.push(row);
        }
        page
    }
}

impl Row {
    /// About what it takes in a message.
    fn bytes(&self) -> usize {
        let of = |it: &Problem| it.location.len() + it.object.len() + it.reason.len() + it.message.len();
        self.location.len() + self.agent_version.len() + self.problems.iter().map(of).sum::<usize>() + 64
    }
}

/// The state comes first: most locations of a large region are not asked for, and rows cost more than states.
fn select(name: &str, location: &Location, query: &Query) -> Option<Row> {
    let entry = query.placement.as_ref().map(|placement| location.entry(placement));
    let state = match entry {
        None => location.resident.then(|| connection_state(location))?,
        Some(entry) => placement_state(entry?)?,
    };
    let offline = location.silence == Silence::Silent;
    let wanted = |wanted: &String| wanted == state || (offline && wanted == "offline");
    let selected = query.states.is_empty() || query.states.iter().any(wanted);
    selected.then(|| row(name, location, state, entry.flatten()))
}

fn connection_state(location: &Location) -> &'static str {
    match location.seen().connection {
        Connection::NeverSeen => "never-seen",
        Connection::Online => "online",
        Connection::Offline => "offline",
    }
}

/// `None`: the placement has nothing to do with the location.
fn placement_state(entry: &Entry) -> Option<&'static str> {
    match entry.standing {
        Standing::Nothing | Standing::Unlisted => None,
        Standing::Withdrawing => Some("withdrawing"),
        Standing::Counted(contribution) => Some(contribution.state.name()),
    }
}

fn row(name: &str, location: &Location, state: &'static str, entry: Option<&Entry>) -> Row {
    let seen = location.seen().to_row();
    let report = entry.and_then(|entry| entry.report.as_ref());
    let counted = entry.and_then(|entry| entry.standing.contribution());
    // What is missing has reported on something else, if at all: its problems are not this rollout's.
    let told = report.filter(|_| counted.is_none_or(|it| it.state != State::Missing));
    Row {
        location: name.to_owned(),
        state,
        offline: location.silence == Silence::Silent,
        last_seen: seen.last_seen,
        rollout: report.map_or(0, |report| report.rollout),
        updated: counted.is_some_and(|it| it.updated),
        problems: told.map(|report| report.problems(name)).unwrap_or_default(),
        agent_version: seen.agent_version,
    }
}
