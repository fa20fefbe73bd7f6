//! What has come back from the regions: summaries and presence.

use std::collections::BTreeMap;

use bytes::Bytes;
use model::{LocationPresence, PlacementKey, Summary};
use wire::Key;

#[derive(Debug, Default)]
pub(crate) struct Feedback {
    summaries: BTreeMap<PlacementKey, Summary>,
    /// By region and bucket, encoded: it is read one location or one page at a time.
    presence: BTreeMap<String, BTreeMap<u32, Bytes>>,
}

impl Feedback {
    pub(crate) fn fold(&mut self, key: Key, value: Option<Bytes>) {
        match key {
            Key::Summary(placement) => match value.and_then(|value| wire::decode_summary(&value).ok()) {
                Some((summary, _)) => drop(self.summaries.insert(placement, summary)),
                None => drop(self.summaries.remove(&placement)),
            },
            Key::Presence { region, bucket } => {
                let buckets = self.presence.entry(region).or_default();
                match value {
                    Some(value) => drop(buckets.insert(bucket, value)),
                    None => drop(buckets.remove(&bucket)),
                }
            }
            _ => {}
        }
    }

    pub(crate) fn reset_summaries(&mut self) {
        self.summaries.clear();
    }

    pub(crate) fn reset_presence(&mut self) {
        self.presence.clear();
    }

    pub(crate) fn summary(&self, placement: &PlacementKey) -> Option<&Summary> {
        self.summaries.get(placement)
    }

    /// What is known of the locations of a region.
    pub(crate) fn presence(&self, region: &str) -> BTreeMap<String, LocationPresence> {
        let rows = self.presence.get(region).into_iter().flatten();
        rows.filter_map(|(_, row)| wire::decode_presence(row).ok()).flat_map(|row| row.locations).collect()
    }
}
