//! Between the loop and the domain: which rows go to which region's view, and what comes back.
//!
//! A region's view is made when anything first mentions the region, as the tables arrive in any order; all that is
//! known of the tree is told to it then.

mod asking;
mod fold;
mod questions;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use bus::flow::{Batch, Unit};
use bus::{Row, Stream};
use bytes::Bytes;
use summarization::{HubView, RegionView, Settings, Table};
use wire::Key;

use crate::metrics::Metrics;
use crate::trace::{Told, Traces};
use asking::Asking;

/// A batch of this many partials, each with all the problems that it may have, is a few MB: what the bus takes well.
const MAX_ROWS: usize = 200;

/// A replica that was not asked for rows for so long, in milliseconds, no longer holds the lease.
const LED_MS: u64 = 5_000;

/// Which regions a process summarizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Regions {
    /// All that are declared or have locations.
    All,
    Named(BTreeSet<String>),
}

/// What a process summarizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    pub regions: Regions,
    pub hub: bool,
}

/// The state of the service, for the loop; the simulation and `verify` drive it too.
#[derive(Debug)]
pub struct View {
    scope: Scope,
    settings: Settings,
    metrics: Metrics,
    now: u64,
    regions: BTreeMap<String, Region>,
    hub: HubView,
    /// Declared regions with the region above.
    parents: BTreeMap<String, String>,
    /// The region of each location that is in a region summarized here.
    locations: BTreeMap<String, String>,
    traces: Traces,
    asking: Asking,
    /// When this replica was last asked for summaries.
    led: Option<u64>,
}

/// A region summarized here.
#[derive(Debug)]
struct Region {
    view: RegionView,
    /// When this replica was last asked for the region's rows, which only the holder of the lease is.
    led: Option<u64>,
}

impl Region {
    /// Whether this replica writes the region's rows.
    fn leads(&self, now: u64) -> bool {
        leads(self.led, now)
    }
}

fn leads(led: Option<u64>, now: u64) -> bool {
    led.is_some_and(|led| led + LED_MS > now)
}

impl View {
    /// Knows nothing yet. `now_ms`: milliseconds since the Unix epoch.
    pub fn new(scope: Scope, settings: Settings, metrics: Metrics, now_ms: u64) -> Self {
        let named = match &scope.regions {
            Regions::All => BTreeSet::new(),
            Regions::Named(regions) => regions.clone(),
        };
        let mut view = Self {
            scope,
            settings,
            metrics,
            now: now_ms,
            regions: BTreeMap::new(),
            hub: HubView::default(),
            parents: BTreeMap::new(),
            locations: BTreeMap::new(),
            traces: Traces::default(),
            asking: Asking::default(),
            led: None,
        };
        for region in &named {
            view.region(region);
        }
        view
    }

    /// The region's view, if it is summarized here.
    pub fn region_view(&self, region: &str) -> Option<&RegionView> {
        self.regions.get(region).map(|region| &region.view)
    }

    /// The hub's view; it knows nothing unless this process summarizes for the hub.
    pub fn hub_view(&self) -> &HubView {
        &self.hub
    }

    /// The region's view, made if it is not there; `None`: it is not summarized here.
    fn region(&mut self, name: &str) -> Option<&mut RegionView> {
        let mine = match &self.scope.regions {
            Regions::All => !name.is_empty(),
            Regions::Named(regions) => regions.contains(name),
        };
        if !mine {
            return None;
        }
        if !self.regions.contains_key(name) {
            let mut view = RegionView::new(name, self.settings, self.now);
            self.parents.iter().for_each(|(region, parent)| view.set_region(region, Some(parent)));
            self.regions.insert(name.to_owned(), Region { view, led: None });
        }
        self.regions.get_mut(name).map(|region| &mut region.view)
    }

    /// Whether spans of a region, or of the hub, are told by this replica.
    fn tells(&self, region: &str) -> Told {
        let leads = match region {
            "" => leads(self.led, self.now),
            region => self.regions.get(region).is_some_and(|region| region.leads(self.now)),
        };
        if leads { Told::Here } else { Told::Elsewhere }
    }

    fn forget(&mut self, table: Table) {
        self.regions.values_mut().for_each(|region| region.view.forget(table));
        self.hub.forget(table);
        if table == Table::Locations {
            self.parents.clear();
            self.locations.clear();
        }
    }
}

impl bus::flow::View for View {
    fn follows(&self) -> BTreeSet<Stream> {
        let mut streams = BTreeSet::from([Stream::Locations, Stream::Decision, Stream::Partial]);
        streams.extend(self.ensures());
        streams.extend(self.scope.hub.then_some(Stream::Summary));
        streams
    }

    fn ensures(&self) -> BTreeSet<Stream> {
        self.regions.keys().cloned().map(Stream::Status).collect()
    }

    fn fold(&mut self, row: Row) {
        self.fold_row(row);
    }

    fn reset(&mut self, stream: &Stream) {
        match stream {
            Stream::Locations => self.forget(Table::Locations),
            Stream::Decision => self.forget(Table::Decisions),
            Stream::Partial => self.forget(Table::Partials),
            Stream::Summary => self.forget(Table::Summaries),
            Stream::Status(region) => {
                self.regions.get_mut(region).into_iter().for_each(|it| it.view.forget(Table::Statuses));
            }
            Stream::Intent | Stream::Release | Stream::Blob | Stream::Desired(_) => {}
        }
    }

    fn subscriptions(&self) -> BTreeSet<String> {
        self.subjects()
    }

    fn message(&mut self, key: Key, payload: &[u8], now_ms: u64) -> Option<Bytes> {
        self.now = now_ms;
        self.take_message(key, payload)
    }

    fn asks(&mut self) -> Vec<(Key, Bytes)> {
        self.take_asks()
    }

    fn tick(&mut self, now_ms: u64) {
        self.now = now_ms;
        self.regions.values_mut().for_each(|region| region.view.tick(now_ms));
        self.hub.tick(now_ms);
    }

    fn units(&self) -> BTreeSet<Unit> {
        let region = |name: &String| Unit { stream: Stream::Partial, name: name.clone() };
        let summaries = if self.scope.hub { 0..model::UNITS } else { 0..0 };
        let summary = |unit: u32| Unit { stream: Stream::Summary, name: unit.to_string() };
        self.regions.keys().map(region).chain(summaries.map(summary)).collect()
    }

    fn watermarks(&self) -> BTreeSet<Stream> {
        BTreeSet::from([Stream::Decision])
    }

    fn writes(&mut self, unit: &Unit, limit: usize, now_ms: u64) -> Batch {
        self.now = now_ms;
        match unit.stream {
            Stream::Summary => self.summaries(unit, limit.min(MAX_ROWS)),
            _ => self.partials(unit, limit.min(MAX_ROWS)),
        }
    }

    fn stored(&mut self, unit: &Unit) {
        self.traces.stored(unit);
    }

    fn rejected(&mut self, unit: &Unit) {
        self.traces.rejected(unit);
        match unit.stream {
            Stream::Summary => {
                rows::unit_number(&unit.name).into_iter().for_each(|unit| self.hub.rejected(unit))
            }
            _ => self.regions.get_mut(&unit.name).into_iter().for_each(|region| region.view.rejected()),
        }
    }
}
