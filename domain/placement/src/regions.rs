//! The tree of regions, and which locations each has.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

use crate::layout;

/// The regions, each with a number that it keeps.
#[derive(Debug, Default)]
pub(crate) struct Regions {
    numbers: BTreeMap<String, u32>,
    list: Vec<Region>,
}

/// A region that was declared, or that a location or a decision names.
#[derive(Debug, Default)]
pub(crate) struct Region {
    pub name: String,
    /// `None`: it is not declared (now). Empty: a child of the hub.
    pub parent: Option<String>,
    /// Its own locations that may be chosen, not those of regions below it.
    pub members: RoaringBitmap,
    /// The same by position, see [`layout`].
    by_position: BTreeSet<(u32, u32)>,
}

impl Regions {
    /// The number of a region, a new one if need be.
    pub fn intern(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.list.len()).expect("as many regions do not fit into memory");
        self.numbers.insert(name.to_owned(), number);
        self.list.push(Region { name: name.to_owned(), ..Region::default() });
        number
    }

    pub fn get(&self, number: u32) -> &Region {
        &self.list[number as usize]
    }

    pub fn get_mut(&mut self, number: u32) -> &mut Region {
        &mut self.list[number as usize]
    }

    /// All of them with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Region)> {
        (0..).zip(&self.list)
    }

    /// Forgets all declarations.
    pub fn undeclare_all(&mut self) {
        self.list.iter_mut().for_each(|region| region.parent = None);
    }

    /// Whether somebody declared it.
    pub fn is_declared(&self, name: &str) -> bool {
        self.numbers.get(name).is_some_and(|number| self.get(*number).parent.is_some())
    }

    /// Which of `roots` a region is in or below, the nearest first. A cycle, which nobody should have stored, ends it.
    pub fn root_of<'a>(&self, number: u32, roots: &'a [String]) -> Option<&'a String> {
        let mut name = self.get(number).name.as_str();
        for _ in 0..=self.list.len() {
            if let Some(root) = roots.iter().find(|root| *root == name) {
                return Some(root);
            }
            name = self.get(*self.numbers.get(name)?).parent.as_deref()?;
        }
        None
    }
}

impl Region {
    pub fn insert(&mut self, handle: u32, position: u32) {
        self.members.insert(handle);
        self.by_position.insert((position, handle));
    }

    pub fn remove(&mut self, handle: u32, position: u32) {
        self.members.remove(handle);
        self.by_position.remove(&(position, handle));
    }

    /// Its locations in a bucket.
    pub fn bucket(&self, bucket: u32, bits: u32) -> impl Iterator<Item = u32> {
        let range = layout::range(bucket, bits);
        self.by_position.range((*range.start(), 0)..=(*range.end(), u32::MAX)).map(|(_, handle)| *handle)
    }
}
