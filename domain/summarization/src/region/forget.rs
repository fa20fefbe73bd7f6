//! Rows are forgotten by table when a stream is read again; what was heard is not a row and stays.

use std::sync::Arc;

use super::{PARTIAL_APART_MS, RegionView};
use crate::Table;

impl RegionView {
    /// Forgets the rows of a table, which are read again. Nothing is written before all are there.
    pub fn forget(&mut self, table: Table) {
        match table {
            Table::Locations => self.forget_locations(),
            Table::Decisions => self.forget_decisions(),
            Table::Statuses => self.forget_reports(),
            Table::Partials => self.forget_partials(),
            Table::Summaries => {}
        }
    }

    fn forget_locations(&mut self) {
        let names: Vec<Arc<str>> = self.locations.keys().cloned().collect();
        names.iter().for_each(|name| self.reside(name, false));
        self.tree.children.clear();
    }

    fn forget_decisions(&mut self) {
        let placements: Vec<_> = self.placements.keys().cloned().collect();
        for placement in placements {
            let buckets = self.placements.get(&placement).map(|view| view.tally.decisions.buckets());
            for bucket in buckets.unwrap_or_default() {
                self.set_decision(bucket, &placement, None, u64::MAX);
            }
        }
    }

    fn forget_reports(&mut self) {
        let names: Vec<Arc<str>> = self.locations.keys().cloned().collect();
        for name in names {
            let placements = self.locations.get(&name).map(|location| location.placements());
            for placement in placements.unwrap_or_default() {
                self.set_status(&name, &placement, None);
            }
        }
    }

    fn forget_partials(&mut self) {
        for (placement, view) in &mut self.placements {
            view.children.clear();
            view.written.clear();
            view.progress.clear();
            self.partial_pace.mark(placement, PARTIAL_APART_MS);
            for bucket in view.tally.decisions.buckets() {
                self.progress_pace.mark(&(placement.clone(), bucket), 0);
            }
        }
        for bucket in self.buckets.all() {
            self.set_presence(bucket, None);
        }
    }
}
