//! Locations that have reported but that no decision row lists, found again by the row that could list them.

use std::collections::BTreeSet;
use std::sync::Arc;

/// Names by the bits of their hash in reverse: as a bucket is the lowest bits of the hash, the locations of a bucket
/// lie side by side, whatever the number of buckets.
#[derive(Clone, Debug, Default)]
pub struct Unlisted {
    names: BTreeSet<(u32, Arc<str>)>,
}

const HASH_BITS: u32 = 31;

fn place(location: &str) -> u32 {
    model::bucket(location, HASH_BITS).reverse_bits()
}

impl Unlisted {
    pub fn insert(&mut self, location: &Arc<str>) {
        self.names.insert((place(location), location.clone()));
    }

    pub fn remove(&mut self, location: &Arc<str>) {
        self.names.remove(&(place(location), location.clone()));
    }

    /// Those in `bucket` of `2^bits`.
    pub fn in_bucket(&self, bucket: u32, bits: u32) -> impl Iterator<Item = &Arc<str>> {
        let first = bucket.reverse_bits();
        let last = first | u32::MAX.checked_shr(bits).unwrap_or(0);
        let from = self.names.range((first, Arc::from(""))..);
        from.take_while(move |(place, _)| *place <= last).map(|(_, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_those_that_hash_to_it() {
        let mut unlisted = Unlisted::default();
        let names: Vec<Arc<str>> = (0..200).map(|n| format!("l{n}").into()).collect();
        names.iter().for_each(|name| unlisted.insert(name));
        for bits in [0, 1, 5] {
            for bucket in 0..1 << bits {
                let found: BTreeSet<_> = unlisted.in_bucket(bucket, bits).cloned().collect();
                let hashed = names.iter().filter(|name| model::bucket(name, bits) == bucket);
                assert_eq!(found, hashed.cloned().collect());
            }
        }
    }
}
