//! What a region knows of one location.

use std::sync::Arc;

use model::{Connection, Heartbeat, LocationPresence, Order, PlacementKey};

use crate::silence;
use crate::tally::Standing;
use crate::{Report, Silence};

/// One location: whether it is heard, and its reports by placement.
#[derive(Clone, Debug)]
pub struct Location {
    /// It belongs to this region now.
    pub resident: bool,
    pub silence: Silence,
    /// What the presence row says of it, once there is one.
    pub recorded: Option<Seen>,
    /// A timer is set.
    pub timed: bool,
    /// Milliseconds: silent from then on.
    pub deadline: u64,
    pub period_ms: u64,
    /// Counts changes of its reports.
    pub reports: u32,
    /// Not before then is a resend asked for again.
    pub next_ask: u64,
    /// By the clock of this process; zero: not heard since it started.
    heard_ms: u64,
    last_seen_s: u64,
    /// As its agent has told it; zero: never.
    told_period_ms: u32,
    version: Arc<str>,
    order: Order,
    /// Sorted by placement.
    entries: Vec<(Arc<PlacementKey>, Entry)>,
}

/// One placement at one location.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    pub report: Option<Box<Report>>,
    /// What the tally of the placement holds of this location.
    pub standing: Standing,
}

/// What presence tells of a location: coarse, so that rows change seldom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub connection: Connection,
    last_seen_s: u64,
    period_ms: u32,
    version: Arc<str>,
    order: Order,
}

impl Location {
    /// Not heard yet.
    pub fn new(unknown_version: Arc<str>) -> Self {
        Self {
            resident: false,
            silence: Silence::Silent,
            recorded: None,
            timed: false,
            deadline: 0,
            period_ms: 0,
            reports: 0,
            next_ask: 0,
            heard_ms: 0,
            last_seen_s: 0,
            told_period_ms: 0,
            version: unknown_version,
            order: Order::default(),
            entries: Vec::new(),
        }
    }

    /// Takes in a sign of life. `period_ms` is the heartbeat's or, where it tells none, what is usual.
    pub fn hear(&mut self, heartbeat: &Heartbeat, version: Arc<str>, period_ms: u64, now: u64) {
        self.silence = Silence::Heard;
        self.period_ms = period_ms;
        self.deadline = silence::deadline(now, period_ms);
        self.heard_ms = now;
        self.last_seen_s = now / 1_000;
        self.told_period_ms = heartbeat.period_ms;
        self.version = version;
        self.order = heartbeat.order;
    }

    /// Takes in what a presence row says, unless it was heard here. Whether it is to be waited for: it was seen since,
    /// by whoever wrote the row.
    pub fn adopt(&mut self, row: &LocationPresence, version: Arc<str>) -> bool {
        if self.heard_ms > 0 || row.last_seen <= self.last_seen_s {
            return false;
        }
        self.last_seen_s = row.last_seen;
        self.told_period_ms = row.period_ms;
        self.version = version;
        self.order = row.order;
        row.connection == Connection::Online
    }

    /// What presence should say of it.
    pub fn seen(&self) -> Seen {
        let (connection, last_seen_s) = match self.silence {
            Silence::Heard => (Connection::Online, self.last_seen_s / 60 * 60),
            Silence::Silent if self.last_seen_s == 0 => (Connection::NeverSeen, 0),
            Silence::Silent => (Connection::Offline, self.last_seen_s),
        };
        let (period_ms, version) = (self.told_period_ms, self.version.clone());
        Seen { connection, last_seen_s, period_ms, version, order: self.order }
    }

    /// Nothing needs it any more.
    pub fn is_idle(&self) -> bool {
        !self.resident && self.entries.is_empty()
    }

    pub fn entry(&self, placement: &PlacementKey) -> Option<&Entry> {
        self.position(placement).ok().map(|at| &self.entries[at].1)
    }

    /// The entry of `placement`, made if it is not there.
    pub fn entry_mut(&mut self, placement: &Arc<PlacementKey>) -> &mut Entry {
        let at = self.position(placement).unwrap_or_else(|at| {
            // Locations have few placements and are many.
            self.entries.reserve_exact(1);
            self.entries.insert(at, (placement.clone(), Entry::default()));
            at
        });
        &mut self.entries[at].1
    }

    /// Drops the entry of `placement` if it says nothing.
    pub fn tidy(&mut self, placement: &PlacementKey) {
        if let Ok(at) = self.position(placement) {
            let entry = &self.entries[at].1;
            if entry.report.is_none() && entry.standing == Standing::Nothing {
                self.entries.remove(at);
            }
        }
    }

    /// The placements that it has to do with.
    pub fn placements(&self) -> Vec<Arc<PlacementKey>> {
        self.entries.iter().map(|(placement, _)| placement.clone()).collect()
    }

    /// Whether the reports are those that the agent says it has sent. It may have forgotten the withdrawals that it
    /// has confirmed, or not.
    pub fn agrees(&self, told: model::Digest) -> bool {
        self.status_digest(|_| true) == told || self.status_digest(|report| !report.withdrawn) == told
    }

    fn status_digest(&self, stands: impl Fn(&Report) -> bool) -> model::Digest {
        let reports = self
            .entries
            .iter()
            .filter_map(|(placement, entry)| entry.report.as_ref().map(|report| (&**placement, report)));
        model::status_digest(
            reports.filter(|(_, report)| stands(report)).map(|(placement, report)| (placement, report.order)),
        )
    }

    fn position(&self, placement: &PlacementKey) -> Result<usize, usize> {
        self.entries.binary_search_by(|(key, _)| (**key).cmp(placement))
    }
}

impl Seen {
    /// As a presence row has it.
    pub fn of_row(row: &LocationPresence, version: Arc<str>) -> Self {
        let LocationPresence { last_seen: last_seen_s, connection, order, period_ms, .. } = *row;
        Self { connection, last_seen_s, period_ms, version, order }
    }

    /// As a presence row has it.
    pub fn to_row(&self) -> LocationPresence {
        LocationPresence {
            last_seen: self.last_seen_s,
            connection: self.connection,
            agent_version: self.version.to_string(),
            order: self.order,
            period_ms: self.period_ms,
        }
    }
}
