//! Which locations carry which label: a selector over all of them is a few bitmap operations.

use std::collections::BTreeMap;

use model::{LabelSelector, Operator, Requirement};
use roaring::{MultiOps, RoaringBitmap};

/// The index of labels. A pair of key and value has a number; a location keeps the numbers of its own.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    keys: BTreeMap<Box<str>, Key>,
    pairs: Vec<Pair>,
    /// Numbers of pairs that nobody carries any more.
    free: Vec<u32>,
}

#[derive(Debug, Default)]
struct Key {
    any: RoaringBitmap,
    values: BTreeMap<String, u32>,
}

#[derive(Debug, Default)]
struct Pair {
    key: Box<str>,
    value: String,
    members: RoaringBitmap,
}

impl Labels {
    /// Gives a location a label; the number of the pair.
    pub fn insert(&mut self, handle: u32, name: &str, value: &str) -> u32 {
        if !self.keys.contains_key(name) {
            self.keys.insert(name.into(), Key::default());
        }
        let key = self.keys.get_mut(name).expect("just inserted");
        key.any.insert(handle);
        let number = match key.values.get(value) {
            Some(number) => *number,
            None => {
                let number = self.free.pop().unwrap_or_else(|| {
                    self.pairs.push(Pair::default());
                    u32::try_from(self.pairs.len() - 1).expect("as many labels do not fit into memory")
                });
                key.values.insert(value.to_owned(), number);
                self.pairs[number as usize] =
                    Pair { key: name.into(), value: value.to_owned(), members: RoaringBitmap::new() };
                number
            }
        };
        self.pairs[number as usize].members.insert(handle);
        number
    }

    /// Takes a label from a location.
    pub fn remove(&mut self, handle: u32, number: u32) {
        let pair = &mut self.pairs[number as usize];
        pair.members.remove(handle);
        let Some(key) = self.keys.get_mut(&pair.key) else { return };
        key.any.remove(handle);
        if !pair.members.is_empty() {
            return;
        }
        key.values.remove(&pair.value);
        if key.values.is_empty() {
            self.keys.remove(&pair.key);
        }
        self.free.push(number);
    }

    /// The value of `key` among a location's pairs.
    pub fn value<'a>(&'a self, numbers: &[u32], key: &str) -> Option<&'a String> {
        let mut pairs = numbers.iter().map(|number| &self.pairs[*number as usize]);
        pairs.find(|pair| *pair.key == *key).map(|pair| &pair.value)
    }

    /// The key and the value of a pair.
    pub fn pair(&self, number: u32) -> (&str, &str) {
        let pair = &self.pairs[number as usize];
        (&pair.key, &pair.value)
    }

    /// Those of `all` for which every requirement holds; the same as testing each of them.
    pub fn select(&self, requirements: &[Requirement], all: &RoaringBitmap) -> RoaringBitmap {
        requirements.iter().fold(all.clone(), |left, requirement| self.narrow(left, requirement))
    }

    fn narrow(&self, left: RoaringBitmap, requirement: &Requirement) -> RoaringBitmap {
        let Some(key) = self.keys.get(requirement.key.as_str()) else {
            return if requirement.holds(None) { left } else { RoaringBitmap::new() };
        };
        match requirement.operator {
            Operator::Exists => left & &key.any,
            Operator::DoesNotExist => left - &key.any,
            Operator::In => left & self.union(key, &requirement.values),
            Operator::NotIn => left - self.union(key, &requirement.values),
            Operator::Gt | Operator::Lt => left & self.union(key, key.holding(requirement)),
        }
    }

    fn union<'a>(&self, key: &Key, values: impl IntoIterator<Item = &'a String>) -> RoaringBitmap {
        let numbers = values.into_iter().filter_map(|value| key.values.get(value));
        numbers.map(|number| &self.pairs[*number as usize].members).union()
    }
}

impl Key {
    fn holding<'a>(&'a self, requirement: &'a Requirement) -> impl Iterator<Item = &'a String> {
        self.values.keys().filter(|value| requirement.holds(Some(value)))
    }
}

/// A selector as one list of requirements, in the order in which they are tested and explained.
pub(crate) fn requirements(selector: &LabelSelector) -> Vec<Requirement> {
    let equal = |(key, value): (&String, &String)| Requirement {
        key: key.clone(),
        operator: Operator::In,
        values: vec![value.clone()],
    };
    selector.match_labels.iter().map(equal).chain(selector.match_expressions.iter().cloned()).collect()
}
