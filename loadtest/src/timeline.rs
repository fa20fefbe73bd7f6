//! When a change was where: from the server's times of the rows, and the times that agents report.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{PlacementKey, Status};
use wire::{Key, Stream};

use crate::clock::{Moment, seconds};
use crate::latency::Latencies;
use crate::tables::Tables;

/// Moments by location, of one placement's newest rollout.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    pub decided: Vec<Moment>,
    pub published: BTreeMap<String, Moment>,
    pub received: BTreeMap<String, Moment>,
    pub applied: BTreeMap<String, Moment>,
    pub reported: BTreeMap<String, Moment>,
}

impl Timeline {
    /// Reads the tables. Only rows of rollout `number` count, and of `since` or later.
    pub async fn read(
        tables: &Tables,
        regions: &[String],
        key: &PlacementKey,
        number: u64,
        since: Moment,
    ) -> anyhow::Result<Self> {
        let mut timeline = Self::default();
        for row in tables.read(&Stream::Decision).await? {
            if matches!(&row.key, Key::Decision { placement, .. } if placement == key) && row.time >= since {
                timeline.decided.push(row.time);
            }
        }
        for region in regions {
            timeline.read_documents(tables, region, since).await?;
            timeline.read_reports(tables, region, key, number).await?;
        }
        Ok(timeline)
    }

    /// Only what agents report, which takes no longer than the placement has locations.
    pub async fn reports(
        tables: &Tables,
        regions: &[String],
        key: &PlacementKey,
        number: u64,
    ) -> anyhow::Result<Self> {
        let mut timeline = Self::default();
        for region in regions {
            timeline.read_reports(tables, region, key, number).await?;
        }
        Ok(timeline)
    }

    async fn read_documents(&mut self, tables: &Tables, region: &str, since: Moment) -> anyhow::Result<()> {
        for row in tables.read(&Stream::Desired(region.to_owned())).await? {
            if let Key::Desired { location, .. } = row.key
                && row.time >= since
            {
                self.published.insert(location, row.time);
            }
        }
        Ok(())
    }

    async fn read_reports(
        &mut self,
        tables: &Tables,
        region: &str,
        key: &PlacementKey,
        number: u64,
    ) -> anyhow::Result<()> {
        for row in tables.read_reports(region, key).await? {
            let Key::Status { location, .. } = row.key else { continue };
            let (status, _) = wire::decode_status(&row.value)?;
            if status.rollout != number {
                continue;
            }
            self.applied.insert(location.clone(), applied(&status));
            self.received.insert(location.clone(), Duration::from_millis(status.received_time));
            self.reported.insert(location, row.time);
        }
        Ok(())
    }

    /// How long after `from` each location got there.
    pub fn since<'a>(from: Moment, moments: impl IntoIterator<Item = &'a Moment>) -> Latencies {
        Latencies::new(moments.into_iter().map(|moment| seconds(from, *moment)).collect())
    }
}

/// When a location had applied what it reports.
pub fn applied(status: &Status) -> Moment {
    let worked = u64::from(status.fetch_us) + u64::from(status.apply_us);
    Duration::from_millis(status.received_time) + Duration::from_micros(worked)
}
