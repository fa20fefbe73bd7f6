//! Rows of the followed tables, decoded and handed to the views that they concern.

use bus::{Row, Stream};
use model::{PlacementKey, Resource, Spec};
use wire::{Error, Key};

use super::View;
use crate::metrics::Dropped;
use crate::trace::Edge;

impl View {
    /// Takes in a row. One that cannot be decoded is counted and otherwise as if it were not there: what is known stays.
    pub(super) fn fold_row(&mut self, row: Row) {
        let subject = row.key.clone();
        if let Err(error) = self.fold_decoded(row) {
            self.metrics.drop(Dropped::malformed);
            tracing::warn!(subject = subject.subject(), %error, "a row cannot be read");
        }
    }

    fn fold_decoded(&mut self, row: Row) -> Result<(), Error> {
        let Row { key, value, seq, trace } = row;
        let value = value.as_deref();
        match key {
            Key::Location(name) => self.fold_location(&name, value.map(wire::decode_resource).transpose()?),
            Key::Region(name) => self.fold_region(&name, value.map(wire::decode_resource).transpose()?),
            Key::Decision { region, bucket, placement } => {
                self.fold_decision((&region, bucket, &placement), value, (seq, trace))?;
            }
            Key::Rollout(placement) if self.scope.hub => {
                let row = value.map(wire::decode_rollout).transpose()?;
                self.hub.set_rollout(&placement, row.as_ref(), seq);
            }
            Key::Lease { stream: Stream::Partial, unit: region } if self.scope.hub => {
                self.fold_lease(&region, value.unwrap_or_default())?;
            }
            Key::Status { region, location, placement } => {
                self.fold_status((&region, &location, &placement), value, trace)?;
            }
            Key::Presence { region, bucket } => {
                let row = value.map(wire::decode_presence).transpose()?;
                self.region(&region).into_iter().for_each(|view| view.set_presence(bucket, row.as_ref()));
            }
            Key::Progress { region, bucket, placement } => {
                let row = value.map(wire::decode_progress).transpose()?;
                let view = self.region(&region).into_iter();
                view.for_each(|view| view.set_progress(bucket, &placement, row.as_ref()));
            }
            Key::Partial { parent, child, placement } => {
                self.fold_partial(&parent, &child, &placement, value, trace)?;
            }
            Key::Summary(placement) => {
                let row = value.map(wire::decode_summary).transpose()?;
                self.hub.set_written(&placement, row.map(|(summary, _)| summary));
            }
            _ => {}
        }
        Ok(())
    }

    fn fold_location(&mut self, name: &str, row: Option<Resource>) {
        let spec = row.and_then(|row| match row.spec {
            Spec::Location(spec) => Some(spec),
            _ => None,
        });
        let region = spec.as_ref().map(|spec| spec.region.clone()).unwrap_or_default();
        let mine = self.region(&region).map(|view| view.set_location(name, spec.as_ref())).is_some();
        let before = if mine {
            self.locations.insert(name.to_owned(), region.clone())
        } else {
            self.locations.remove(name)
        };
        if let Some(before) = before.filter(|before| *before != region) {
            self.region(&before).into_iter().for_each(|view| view.set_location(name, None));
        }
    }

    fn fold_region(&mut self, name: &str, row: Option<Resource>) {
        let parent = row.and_then(|row| match row.spec {
            Spec::Region(spec) => Some(spec.parent),
            _ => None,
        });
        match &parent {
            Some(parent) => drop(self.parents.insert(name.to_owned(), parent.clone())),
            None => drop(self.parents.remove(name)),
        }
        if parent.is_some() {
            // A declared region is summarized from the start, even while it is empty.
            self.region(name);
        }
        for region in self.regions.values_mut() {
            region.view.set_region(name, parent.as_deref());
        }
        self.hub.set_region(name, parent.as_deref());
    }

    fn fold_decision(
        &mut self,
        (region, bucket, placement): (&str, u32, &PlacementKey),
        value: Option<&[u8]>,
        (seq, trace): (u64, Option<String>),
    ) -> Result<(), Error> {
        let row = value.map(wire::decode_decision).transpose()?;
        let told = row.as_ref().map(|(_, trace)| trace.clone());
        let trace = trace.or(told).unwrap_or_default();
        let decision = row.as_ref().map(|(decision, _)| decision);
        if self.scope.hub {
            self.hub.set_decision(region, bucket, placement, decision, seq);
            self.traces.decided("", placement, &trace, self.tells(""));
        }
        if let Some(view) = self.region(region) {
            view.set_decision(bucket, placement, decision, seq);
            self.traces.decided(region, placement, &trace, self.tells(region));
        }
        Ok(())
    }

    /// A lease that was released is not renewed: if nobody takes it, it lapses.
    fn fold_lease(&mut self, region: &str, value: &[u8]) -> Result<(), Error> {
        let lease = wire::decode_lease(value)?;
        if !lease.holder.is_empty() {
            self.hub.set_lease(region, u64::from(lease.duration_ms), self.now);
        }
        Ok(())
    }

    fn fold_status(
        &mut self,
        (region, location, placement): (&str, &str, &PlacementKey),
        value: Option<&[u8]>,
        trace: Option<String>,
    ) -> Result<(), Error> {
        let row = value.map(wire::decode_status).transpose()?;
        let trace = trace.or(row.as_ref().map(|(_, told)| told.clone())).unwrap_or_default();
        let told = self.tells(region);
        let edge = row.as_ref().and_then(|(status, _)| Edge::new(location, status, &trace, told));
        let Some(view) = self.region(region) else {
            self.metrics.drop(Dropped::elsewhere);
            return Ok(());
        };
        if view.set_status(location, placement, row.map(|(status, _)| status)) {
            self.traces.counted(region, placement, &trace, told);
            edge.into_iter().for_each(|edge| self.traces.reported(region, placement, edge));
            self.metrics.reports.inc();
        } else {
            self.metrics.drop(Dropped::outdated);
        }
        Ok(())
    }

    /// A partial is its writer's own row, and what its reader sums up.
    fn fold_partial(
        &mut self,
        parent: &str,
        child: &str,
        placement: &PlacementKey,
        value: Option<&[u8]>,
        trace: Option<String>,
    ) -> Result<(), Error> {
        let (partial, told) = value.map(wire::decode_partial).transpose()?.unzip();
        if let Some(view) = self.region(child) {
            view.set_written(parent, placement, partial.clone());
        }
        let read = if !parent.is_empty() {
            self.region(parent).map(|view| view.set_child_partial(child, placement, partial))
        } else {
            self.scope.hub.then(|| self.hub.set_partial(child, placement, partial))
        };
        if read.is_some() {
            let trace = trace.or(told).unwrap_or_default();
            self.traces.counted(parent, placement, &trace, self.tells(parent));
        }
        Ok(())
    }
}
