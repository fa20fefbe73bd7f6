//! Which bucket of a region a location falls into, and which unit of work a placement.

use crate::PlacementKey;

/// Placements are split into this many units of work, for their decisions and for their summaries alike.
pub const UNITS: u32 = 1 << UNIT_BITS;
const UNIT_BITS: u32 = 3;

/// The unit, below [`UNITS`], that a placement's rows belong to.
pub fn unit(placement: &PlacementKey) -> u32 {
    bucket(&placement.to_string(), UNIT_BITS)
}

/// The bucket, of `2^bits`, that holds `location`: FNV-1a of the name, folded onto itself so that short names with a
/// common prefix spread too. Stored rows depend on it: it must never change.
pub fn bucket(location: &str, bits: u32) -> u32 {
    let hash = location.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let folded = hash ^ (hash >> 32);
    let mask = (1_u64 << bits.min(31)) - 1;
    u32::try_from(folded & mask).expect("at most 31 bits are left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_spread_evenly_over_buckets() {
        let mut counts = [0; 64];
        for n in 0..64_000 {
            counts[bucket(&format!("store-{n}"), 6) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (800..1200).contains(count)), "{counts:?}");
    }

    #[test]
    fn the_hash_is_fixed() {
        assert_eq!([bucket("store-1", 0), bucket("store-1", 8), bucket("", 8)], [0, 176, 193]);
    }
}
