//! Rows of the followed tables, decoded and handed to the domain.

use bus::{Key, Row, Stream};
use model::{Location, PlacementKey, Resource, Spec, UNITS};
use translation::Mark;
use wire::Error;

use super::{UNIT, View};
use crate::metrics::Dropped;

impl View {
    /// Takes in a row. One that cannot be decoded is counted and otherwise as if it were not there: what is known stays.
    pub(super) fn fold_row(&mut self, row: Row) {
        let key = row.key.clone();
        self.desk.see(&key, row.seq);
        let decoded = self.fold_decoded(row);
        self.desk.read(&key, decoded.is_ok());
        if let Err(error) = decoded {
            self.metrics.drop(Dropped::row);
            tracing::warn!(subject = key.subject(), %error, "a row cannot be read");
        }
    }

    fn fold_decoded(&mut self, row: Row) -> Result<(), Error> {
        let Row { key, value: row, seq, trace } = row;
        let value = row.as_deref();
        let trace = trace.as_deref();
        match key {
            Key::Region(name) => {
                self.domain.see_locations(seq);
                value.into_iter().for_each(|_| self.add_region(&name));
            }
            Key::Location(name) => {
                let resource = value.map(wire::decode_resource).transpose()?;
                self.work.arrive(trace);
                self.fold_location(&name, resource, seq, trace);
            }
            Key::Decision { region, bucket, placement } => {
                self.fold_decision((&region, bucket, &placement), value, seq, trace)?;
            }
            Key::Desired { region, location } => {
                let desired = row.as_ref().map(wire::decode_desired).transpose()?;
                self.domain.set_desired(&region, &location, desired.as_ref().map(|(desired, _)| desired));
            }
            Key::Epoch => {
                self.births.set_epoch(value.map(wire::decode_epoch).transpose()?.unwrap_or_default());
                self.tell_epochs();
            }
            Key::Complete { stream: Stream::Decision, unit } => self.fold_complete(&unit, value, seq)?,
            Key::Complete { stream: Stream::Desired(region), unit } if unit == UNIT => {
                let complete = value.map(wire::decode_complete).transpose()?;
                self.domain.set_written(&region, complete.map(|complete| complete.epoch));
            }
            _ => {}
        }
        Ok(())
    }

    fn fold_location(&mut self, name: &str, resource: Option<Resource>, seq: u64, trace: Option<&str>) {
        let location = resource.and_then(|resource| match resource.spec {
            Spec::Location(spec) => Some(Location { metadata: resource.metadata, spec }),
            _ => None,
        });
        if let Some(location) = &location {
            self.add_region(&location.spec.region);
        }
        self.domain.set_location(name, location, seq, trace);
    }

    fn fold_decision(
        &mut self,
        key: (&str, u32, &PlacementKey),
        value: Option<&[u8]>,
        seq: u64,
        trace: Option<&str>,
    ) -> Result<(), Error> {
        let row = value.map(wire::decode_decision).transpose()?;
        let decision = row.as_ref().map(|(decision, _)| decision);
        let written = row.as_ref().map(|(_, trace)| trace.as_str()).filter(|trace| !trace.is_empty());
        let trace = trace.or(written);
        self.work.arrive(trace);
        self.domain.set_decision(key, decision, seq, trace);
        Ok(())
    }

    /// A mark of another layout is about other units.
    fn fold_complete(&mut self, unit: &str, value: Option<&[u8]>, seq: u64) -> Result<(), Error> {
        let Ok(unit) = unit.parse() else { return Ok(()) };
        let complete =
            value.map(wire::decode_complete).transpose()?.filter(|complete| complete.layout == UNITS);
        let locations = |complete: wire::Complete| complete.watermark.get(&Stream::Locations.name()).copied();
        let mark = complete.map(|it| Mark { locations: locations(it).unwrap_or_default(), seq });
        self.domain.set_complete(unit, mark);
        Ok(())
    }
}
