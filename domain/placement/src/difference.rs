//! What of a location has changed, and who reads it: whoever reads nothing of it is not asked again.

use std::collections::{BTreeMap, BTreeSet};

/// In what a location differs from what it was.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    /// It came, went, or is being deleted: everybody is asked.
    pub whole: bool,
    pub region: bool,
    pub taints: bool,
    /// Entries of its maps: the name of the map in expressions, and the key.
    pub entries: Vec<(&'static str, String)>,
}

/// What of a location a placement depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Interest {
    everything: bool,
    /// By map; `None`: all of its entries.
    maps: BTreeMap<String, Option<BTreeSet<String>>>,
}

impl Difference {
    /// Everything.
    pub fn whole() -> Self {
        Self { whole: true, ..Self::default() }
    }

    /// Adds the keys in which two versions of a map differ.
    pub fn add<'a>(
        &mut self,
        map: &'static str,
        before: impl Iterator<Item = (&'a str, &'a str)>,
        after: impl Iterator<Item = (&'a str, &'a str)>,
    ) {
        let mut before: BTreeMap<&str, &str> = before.collect();
        let changed = |(key, value): (&'a str, &'a str)| (before.remove(key) != Some(value)).then_some(key);
        let changed: Vec<&str> = after.filter_map(changed).collect();
        self.entries.extend(changed.into_iter().chain(before.into_keys()).map(|key| (map, key.to_owned())));
    }
}

impl Interest {
    /// Takes an interest in an entry of a map, or, without a key, in all of it.
    pub fn add(&mut self, map: &str, key: Option<&str>) {
        match map {
            "labels" | "annotations" | "properties" | "capacity" => {
                let keys = self.maps.entry(map.to_owned()).or_insert_with(|| Some(BTreeSet::new()));
                match (keys.as_mut(), key) {
                    (Some(keys), Some(key)) => drop(keys.insert(key.to_owned())),
                    _ => *keys = None,
                }
            }
            // Neither changes without everybody being asked.
            "name" | "region" => {}
            _ => self.everything = true,
        }
    }

    /// Whether a difference can matter. A location's region always does: decisions are kept by region.
    pub fn concerns(&self, difference: &Difference) -> bool {
        let reads = |(map, key): &(&str, String)| {
            self.everything
                || self.maps.get(*map).is_some_and(|keys| keys.as_ref().is_none_or(|keys| keys.contains(key)))
        };
        difference.whole || difference.region || difference.taints || difference.entries.iter().any(reads)
    }
}
