//! What placement has decided, by what is stored.

use std::collections::BTreeMap;

use model::PlacementKey;
use testbed::eventually;
use wire::{Key, Stream, api};

use super::Stage;
use crate::clock::{Moment, now, seconds};
use crate::hub::Watermark;
use crate::tables::Stored;
use crate::usage::{self, Usages};

/// A change, and when it was decided on.
#[derive(Clone, Debug)]
pub struct Decided {
    /// When the call began.
    pub begun: Moment,
    /// When the last unit had taken it in and stored what follows from it.
    pub complete: Moment,
}

impl Decided {
    /// From the call until all units had taken it in.
    pub fn seconds(&self) -> f64 {
        seconds(self.begun, self.complete)
    }
}

impl Stage {
    /// Applies resources and waits until placement has decided on them.
    pub async fn decide(&mut self, resources: Vec<api::Resource>) -> anyhow::Result<Decided> {
        let begun = now();
        let watermark = self.hub.apply(resources).await?;
        Ok(Decided { begun, complete: self.decided(&watermark).await? })
    }

    /// Waits until all units of placement have decided on what a watermark holds; when the last of them said so.
    pub async fn decided(&self, watermark: &Watermark) -> anyhow::Result<Moment> {
        let mut said = Moment::ZERO;
        for unit in 0..model::UNITS {
            let key = Key::Complete { stream: Stream::Decision, unit: unit.to_string() };
            let what = format!("unit {unit} of placement has decided");
            let row = eventually(&what, self.timeout(), async || self.accounted(&key, watermark).await);
            said = said.max(row.await?.time);
        }
        Ok(said)
    }

    async fn accounted(&self, key: &Key, watermark: &Watermark) -> Result<Stored, String> {
        let row = self.tables.last(&Stream::Decision, key).await.map_err(|error| format!("{error:#}"))?;
        let row = row.ok_or("it has not begun")?;
        let complete = wire::decode_complete(&row.value).map_err(|error| error.to_string())?;
        let is_in =
            |(stream, seq): (&String, &u64)| complete.watermark.get(stream).is_some_and(|it| it >= seq);
        if watermark.iter().all(is_in) { Ok(row) } else { Err(format!("{:?}", complete.watermark)) }
    }

    /// How many seconds after `since` the last decision of a placement was stored; `None`: there was none.
    pub async fn decided_after(&self, key: &PlacementKey, since: Moment) -> anyhow::Result<Option<f64>> {
        let rows = self.tables.read_decisions(key).await?;
        Ok(rows
            .iter()
            .map(|row| row.time)
            .filter(|time| *time >= since)
            .max()
            .map(|last| seconds(since, last)))
    }

    /// The same of all placements.
    pub async fn all_decided_after(&self, since: Moment) -> anyhow::Result<Option<f64>> {
        let rows = self.tables.read(&Stream::Decision).await?.into_iter();
        let decided = rows.filter(|row| matches!(row.key, Key::Decision { .. }) && row.time >= since);
        Ok(decided.map(|row| row.time).max().map(|last| seconds(since, last)))
    }

    /// The locations that a placement has chosen, and in how many rows.
    pub async fn chosen(&self, key: &PlacementKey) -> anyhow::Result<Vec<String>> {
        let mut names = Vec::new();
        for row in self.tables.read_decisions(key).await? {
            let (decision, _) = wire::decode_decision(&row.value)?;
            names.extend(decision.groups.into_iter().flat_map(|group| group.locations));
        }
        Ok(names)
    }

    /// CPU seconds of the processes of placement since `before`.
    pub fn placement_cpu_since(&self, before: &Usages) -> anyhow::Result<f64> {
        let spent: BTreeMap<String, f64> = usage::spent(before, &self.stack.usages()?);
        Ok(spent.iter().filter(|(name, _)| name.starts_with("placement-")).map(|(_, cpu)| cpu).sum())
    }
}
