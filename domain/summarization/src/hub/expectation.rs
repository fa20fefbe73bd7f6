//! What the decision rows of one placement in one region lead to expect of the region's partial.

use std::collections::BTreeMap;

use model::Decision;

/// The rows, by bucket.
#[derive(Clone, Debug, Default)]
pub struct Expectation {
    rows: BTreeMap<u32, Row>,
}

#[derive(Clone, Debug)]
struct Row {
    seq: u64,
    placement_uid: String,
    /// Those that are arriving too: they are expected here, whoever may still count them.
    locations: u64,
    rollout: u64,
}

impl Expectation {
    /// Replaces the row of `bucket`, unless the known one is newer.
    pub fn set(&mut self, bucket: u32, row: Option<&Decision>, seq: u64) {
        if self.rows.get(&bucket).is_some_and(|known| known.seq > seq) {
            return;
        }
        match row {
            Some(decision) => drop(self.rows.insert(bucket, Row::new(decision, seq))),
            None => drop(self.rows.remove(&bucket)),
        }
    }

    /// The highest sequence, with the placement that this row was decided for.
    pub fn newest(&self) -> Option<(u64, &str)> {
        self.rows.values().map(|row| (row.seq, row.placement_uid.as_str())).max()
    }

    /// How many locations are listed for the placement.
    pub fn locations(&self, uid: &str) -> u64 {
        self.of(uid).map(|row| row.locations).sum()
    }

    /// The highest rollout number, and the lowest sequence that has it: whoever has counted that row knows of it.
    pub fn rollout(&self, uid: &str) -> (u64, u64) {
        let newest = self.of(uid).map(|row| row.rollout).max().unwrap_or(0);
        let since = self.of(uid).filter(|row| row.rollout == newest).map(|row| row.seq).min();
        (newest, since.unwrap_or(0))
    }

    fn of<'a>(&'a self, uid: &'a str) -> impl Iterator<Item = &'a Row> {
        self.rows.values().filter(move |row| row.placement_uid == uid)
    }
}

impl Row {
    fn new(decision: &Decision, seq: u64) -> Self {
        Self {
            seq,
            placement_uid: decision.placement_uid.clone(),
            locations: decision.location_count() as u64,
            rollout: decision.groups.iter().map(|group| group.rollout).max().unwrap_or(0),
        }
    }
}
