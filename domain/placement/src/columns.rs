//! What prioritizers compare, as numbers: parsed once for each location, for however many placements compare it.

use std::collections::{BTreeMap, BTreeSet};

use model::{Quantity, ScoreBy};

use crate::facts::{self, Facts};

/// What more of them would take is not worth it: theirs are parsed each time.
const MOST: usize = 32;

/// By handle; `None`: nothing that is a number.
type Column = Vec<Option<i128>>;

/// Of capacities and properties that placements compare.
#[derive(Debug, Default)]
pub(crate) struct Columns(BTreeMap<ScoreBy, Column>);

impl Columns {
    /// Whether it is missing, and would be worth its place.
    pub fn lacks(&self, by: &ScoreBy) -> bool {
        let is_read = matches!(by, ScoreBy::Capacity(_) | ScoreBy::Property(_));
        is_read && self.0.len() < MOST && !self.0.contains_key(by)
    }

    /// Fills a column with what each location has.
    pub fn fill<'a>(&mut self, by: &ScoreBy, locations: impl Iterator<Item = Option<&'a Facts>>) {
        self.0.insert(by.clone(), locations.map(|facts| parse(by, facts?)).collect());
    }

    pub fn get(&self, by: &ScoreBy) -> Option<&[Option<i128>]> {
        self.0.get(by).map(Vec::as_slice)
    }

    /// A location has these now.
    pub fn set(&mut self, handle: u32, facts: Option<&Facts>) {
        let slot = handle as usize;
        for (by, column) in &mut self.0 {
            column.resize(column.len().max(slot + 1), None);
            column[slot] = facts.and_then(|facts| parse(by, facts));
        }
    }

    /// Forgets what nobody compares any more.
    pub fn retain(&mut self, compared: &BTreeSet<ScoreBy>) {
        self.0.retain(|by, _| compared.contains(by));
    }
}

/// What a location has of what is compared.
pub(crate) fn parse(by: &ScoreBy, facts: &Facts) -> Option<i128> {
    let (entries, name) = match by {
        ScoreBy::Capacity(name) => (&facts.capacity, name),
        ScoreBy::Property(name) => (&facts.properties, name),
        ScoreBy::Steady | ScoreBy::Balance => return None,
    };
    Some(Quantity::parse(facts::value(entries, name)?)?.0)
}
