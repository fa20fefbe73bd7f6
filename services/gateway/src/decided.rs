//! What placement has decided, as its rows tell.

use std::collections::BTreeMap;

use bus::Stream;
use bytes::Bytes;
use model::{Decision, DecisionGroup, PlacementKey, Rollout};
use wire::{Complete, Key};

/// Decisions, rollouts, and how far each unit of placement has come.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    decisions: BTreeMap<PlacementKey, BTreeMap<String, Region>>,
    rollouts: BTreeMap<PlacementKey, Rollout>,
    completes: BTreeMap<String, Complete>,
}

/// The decisions of a placement for one region.
#[derive(Debug, Default)]
struct Region {
    /// The highest sequence among them.
    seq: u64,
    /// By bucket, encoded: a million names would not fit otherwise.
    rows: BTreeMap<u32, Bytes>,
}

/// A row of decisions as it is stored. The sequence is the newest of its region.
#[derive(Clone, Debug)]
pub(crate) struct DecisionRow {
    pub region: String,
    pub bucket: u32,
    pub seq: u64,
    pub row: Bytes,
}

impl Decided {
    /// Takes in a row; one that cannot be read leaves what was known.
    pub(crate) fn fold(&mut self, key: Key, value: Option<Bytes>, seq: u64) -> Result<(), wire::Error> {
        match (key, value) {
            (Key::Decision { region, bucket, placement }, value) => {
                let region = self.decisions.entry(placement).or_default().entry(region).or_default();
                region.seq = region.seq.max(seq);
                match value {
                    Some(value) => region.rows.insert(bucket, value),
                    None => region.rows.remove(&bucket),
                };
            }
            (Key::Rollout(placement), Some(value)) => {
                self.rollouts.insert(placement, wire::decode_rollout(&value)?);
            }
            (Key::Rollout(placement), None) => drop(self.rollouts.remove(&placement)),
            (Key::Complete { stream: Stream::Decision, unit }, Some(value)) => {
                self.completes.insert(unit, wire::decode_complete(&value)?);
            }
            _ => {}
        }
        Ok(())
    }

    pub(crate) fn rollout(&self, placement: &PlacementKey) -> Option<&Rollout> {
        self.rollouts.get(placement)
    }

    /// The decision rows of a placement, or only those that could list a location: region, bucket, sequence and row.
    pub(crate) fn rows(&self, placement: &PlacementKey, location: Option<&str>) -> Vec<DecisionRow> {
        let regions = self.decisions.get(placement).into_iter().flatten();
        regions.flat_map(|(name, region)| region.rows_of(name, location)).collect()
    }

    /// The placements that anything was ever decided of.
    pub(crate) fn placements(&self) -> impl Iterator<Item = &PlacementKey> {
        self.decisions.keys()
    }

    /// For each region that anything was decided for, the sequence of the newest decision.
    pub(crate) fn sequences(&self, placement: &PlacementKey) -> BTreeMap<&str, u64> {
        let regions = self.decisions.get(placement);
        regions.into_iter().flatten().map(|(name, region)| (name.as_str(), region.seq)).collect()
    }

    /// Whether the decisions of a placement account for the inputs up to `watermark`, by name of stream.
    pub(crate) fn accounts_for(&self, placement: &PlacementKey, watermark: &BTreeMap<String, u64>) -> bool {
        let complete = self.completes.get(&model::unit(placement).to_string());
        complete.is_some_and(|complete| reaches(complete, watermark))
    }

    /// Whether all that was ever decided accounts for the inputs up to `watermark`.
    pub(crate) fn all_account_for(&self, watermark: &BTreeMap<String, u64>) -> bool {
        self.completes.values().all(|complete| reaches(complete, watermark))
    }

    /// The placements that anything was ever decided of for a region.
    pub(crate) fn placements_in(&self, region: &str) -> Vec<PlacementKey> {
        let decided = self.decisions.iter().filter(|(_, regions)| regions.contains_key(region));
        decided.map(|(placement, _)| placement.clone()).collect()
    }

    /// The placements that have chosen a location, wherever it was when they did.
    pub(crate) fn choosers<'a>(&'a self, location: &'a str) -> impl Iterator<Item = &'a PlacementKey> {
        let chooses = move |region: &Region| region.group_of(location).is_some();
        let chosen = move |(_, regions): &(_, &BTreeMap<_, Region>)| regions.values().any(chooses);
        self.decisions.iter().filter(chosen).map(|(placement, _)| placement)
    }

    /// The part of a decision that a location of a region is in.
    pub(crate) fn group_of(
        &self,
        placement: &PlacementKey,
        region: &str,
        location: &str,
    ) -> Option<DecisionGroup> {
        self.decisions.get(placement)?.get(region)?.group_of(location)
    }
}

fn reaches(complete: &Complete, watermark: &BTreeMap<String, u64>) -> bool {
    let folded = |stream: &String| complete.watermark.get(stream).copied().unwrap_or(0);
    watermark.iter().all(|(stream, asked)| folded(stream) >= *asked)
}

impl Region {
    fn rows_of(&self, name: &str, location: Option<&str>) -> Vec<DecisionRow> {
        let bits = || Some(decode(self.rows.values().next()?)?.bucket_bits);
        let only = location.and_then(|location| Some(model::bucket(location, bits()?)));
        let wanted = self.rows.iter().filter(|(bucket, _)| only.is_none_or(|only| **bucket == only));
        let row = |(bucket, row): (&u32, &Bytes)| DecisionRow {
            region: name.to_owned(),
            bucket: *bucket,
            seq: self.seq,
            row: row.clone(),
        };
        wanted.map(row).collect()
    }

    /// Each row tells into how many buckets its region is cut, so the first tells which row it must be.
    fn group_of(&self, location: &str) -> Option<DecisionGroup> {
        let bits = decode(self.rows.values().next()?)?.bucket_bits;
        let decision = decode(self.rows.get(&model::bucket(location, bits))?)?;
        let holds = |group: &DecisionGroup| {
            group.locations.binary_search_by(|name| name.as_str().cmp(location)).is_ok()
        };
        decision.groups.into_iter().find(holds)
    }
}

fn decode(row: &[u8]) -> Option<Decision> {
    Some(wire::decode_decision(row).ok()?.0)
}
