//! In which epoch the documents of a region may be written: decided on the epoch row and on the streams as they are.

use std::collections::BTreeMap;

use bus::Stream;
use wire::Epoch;

#[derive(Debug, Default)]
pub struct Births {
    epoch: Epoch,
    /// By region, when its stream was created, in nanoseconds since the Unix epoch.
    created: BTreeMap<String, u64>,
}

impl Births {
    pub fn set_epoch(&mut self, epoch: Epoch) {
        self.epoch = epoch;
    }

    pub fn forget_epoch(&mut self) {
        self.epoch = Epoch::default();
    }

    pub fn set_birth(&mut self, region: &str, created_ns: u64) {
        self.created.insert(region.to_owned(), created_ns);
    }

    /// The hub's epoch; `None` until the row knows the region's stream as the one that is followed here. A stream that
    /// was created anew holds no documents, and only a later epoch makes agents take its first ones.
    pub fn epoch(&self, region: &str) -> Option<u64> {
        let created = self.created.get(region)?;
        let known = self.epoch.streams.get(&Stream::Desired(region.to_owned()).name())?;
        (known.create_time_ns == *created).then_some(self.epoch.epoch)
    }

    /// The epoch that the stream of blobs began; 0 until that is known.
    pub fn blobs_epoch(&self) -> u64 {
        self.epoch.streams.get(&Stream::Blob.name()).map_or(0, |birth| birth.epoch)
    }
}

#[cfg(test)]
mod tests {
    use wire::StreamBirth;

    use super::*;

    fn epoch(number: u64, create_time_ns: u64) -> Epoch {
        let birth = StreamBirth { epoch: number, create_time_ns };
        Epoch { epoch: number, streams: [("desired-eu".to_owned(), birth)].into() }
    }

    #[test]
    fn a_region_has_no_epoch_until_its_stream_is_known() {
        let mut births = Births::default();
        births.set_epoch(epoch(3, 100));
        assert_eq!(births.epoch("eu"), None);
        births.set_birth("eu", 100);
        assert_eq!(births.epoch("eu"), Some(3));
        assert_eq!(births.epoch("us"), None);
    }

    #[test]
    fn a_stream_created_anew_has_no_epoch_until_that_is_recorded() {
        let mut births = Births::default();
        births.set_epoch(epoch(3, 100));
        births.set_birth("eu", 200);
        assert_eq!(births.epoch("eu"), None);
        births.set_epoch(epoch(4, 200));
        assert_eq!(births.epoch("eu"), Some(4));
    }
}
