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
    /// Takes in a row; one that cannot be read leaves what was known.
    pub(crate) fn fold(&mut self, key: Key, value: Option<Bytes>) -> Result<(), wire::Error> {
        match (key, value) {
            (Key::Summary(placement), Some(value)) => {
                self.summaries.insert(placement, wire::decode_summary(&value)?.0);
            }
            (Key::Summary(placement), None) => drop(self.summaries.remove(&placement)),
            (Key::Presence { region, bucket }, Some(value)) => {
                self.presence.entry(region).or_default().insert(bucket, value);
            }
            (Key::Presence { region, bucket }, None) => {
                self.presence.entry(region).or_default().remove(&bucket);
            }
            _ => {}
        }
        Ok(())
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
