//! Into how many buckets the decisions of a placement in a region are cut, and which locations a bucket holds; decided
//! on counts and names alone.
//!
//! A bucket is the low bits of a hash of the name ([`model::bucket`]). A region keeps its locations ordered by the same
//! bits reversed, their *position*, so that every bucket, however many there are, is one range of that order.

use std::ops::RangeInclusive;

/// Locations per bucket above which a region is cut finer: a row then has about 8 KiB.
const FULL: u64 = 500;

/// At most 512 buckets, so that one region's rows always fit into one atomic batch of a thousand.
pub(crate) const MAX_BITS: u32 = 9;

const POSITION_BITS: u32 = 31;

/// The place of a name in the order of its region.
pub(crate) fn position(name: &str) -> u32 {
    model::bucket(name, POSITION_BITS).reverse_bits() >> (u32::BITS - POSITION_BITS)
}

/// The bucket, of `2^bits`, of a position.
pub(crate) fn bucket(position: u32, bits: u32) -> u32 {
    if bits == 0 {
        return 0;
    }
    (position >> (POSITION_BITS - bits)).reverse_bits() >> (u32::BITS - bits)
}

/// The positions that a bucket holds.
pub(crate) fn range(bucket: u32, bits: u32) -> RangeInclusive<u32> {
    if bits == 0 {
        return 0..=u32::MAX;
    }
    let width = POSITION_BITS - bits;
    let first = (bucket.reverse_bits() >> (u32::BITS - bits)) << width;
    first..=first | ((1 << width) - 1)
}

/// How fine to cut `count` locations. It never shrinks, so that every bucket that ever held a location keeps its row.
pub(crate) fn bits(count: u64, previous: Option<u32>) -> u32 {
    let needed = (0..MAX_BITS).find(|bits| count >> bits <= FULL).unwrap_or(MAX_BITS);
    needed.max(previous.unwrap_or(0)).min(MAX_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_agree_with_the_buckets_that_everybody_computes() {
        for n in 0..2_000 {
            let name = format!("store-{n}");
            for bits in 0..=MAX_BITS {
                let expected = model::bucket(&name, bits);
                assert_eq!(bucket(position(&name), bits), expected);
                assert!(range(expected, bits).contains(&position(&name)));
            }
        }
    }

    #[test]
    fn buckets_grow_with_the_count_and_never_shrink() {
        assert_eq!(bits(0, None), 0);
        assert_eq!(bits(501, None), 1);
        assert_eq!(bits(100_000, None), 8);
        assert_eq!(bits(10_000_000, None), MAX_BITS);
        assert_eq!(bits(10, Some(4)), 4);
    }
}
