//! Which locations a placement reaches: decided on its `where`, their labels and the tree of regions.
//!
//! The same compiled requirements answer for all locations at once (bitmaps), for one that changed, and for `explain`.

use model::{Requirement, Where};
use roaring::{MultiOps, RoaringBitmap};

use crate::inventory::{Inventory, Location};
use crate::labels;

/// A compiled `where`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach {
    /// ORed; none: they do not narrow.
    pub selectors: Vec<Vec<Requirement>>,
    /// Roots of subtrees; none: they do not narrow.
    pub regions: Vec<String>,
}

/// By what a location is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct By<'a> {
    pub selector: Option<usize>,
    pub region: Option<&'a str>,
}

/// The first reason why it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Miss {
    /// The placement names neither selectors nor regions.
    Nowhere,
    Deleting,
    Region,
    Selectors,
}

impl Reach {
    pub fn compile(where_: &Where) -> Self {
        let selectors = where_.location_selectors.iter().map(labels::requirements).collect();
        Self { selectors, regions: where_.regions.clone() }
    }

    /// All locations that it reaches.
    pub fn all(&self, inventory: &Inventory) -> RoaringBitmap {
        if self.is_nowhere() {
            return RoaringBitmap::new();
        }
        let within = self.within(inventory);
        if self.selectors.is_empty() {
            return within;
        }
        self.selectors.iter().map(|requirements| inventory.labels.select(requirements, &within)).union()
    }

    /// Whether, and why, it reaches one location.
    pub fn test<'a>(&'a self, inventory: &Inventory, location: &Location) -> Result<By<'a>, Miss> {
        if location.deleting {
            return Err(Miss::Deleting);
        }
        if self.is_nowhere() {
            return Err(Miss::Nowhere);
        }
        let region = inventory.regions.root_of(location.region, &self.regions).map(String::as_str);
        if region.is_none() && !self.regions.is_empty() {
            return Err(Miss::Region);
        }
        let holds = |selector: &Vec<_>| first_failing(selector, inventory, location).is_none();
        let selector = self.selectors.iter().position(holds);
        if selector.is_none() && !self.selectors.is_empty() {
            return Err(Miss::Selectors);
        }
        Ok(By { selector, region })
    }

    fn is_nowhere(&self) -> bool {
        self.selectors.is_empty() && self.regions.is_empty()
    }

    fn within(&self, inventory: &Inventory) -> RoaringBitmap {
        if self.regions.is_empty() {
            return inventory.live.clone();
        }
        let inside = |number| inventory.regions.root_of(number, &self.regions).is_some();
        let regions = inventory.regions.iter().filter(|(number, _)| inside(*number));
        regions.map(|(_, region)| &region.members).union()
    }
}

/// The first requirement that does not hold for a location.
pub(crate) fn first_failing<'a>(
    requirements: &'a [Requirement],
    inventory: &Inventory,
    location: &Location,
) -> Option<&'a Requirement> {
    let value = |requirement: &Requirement| inventory.labels.value(&location.labels, &requirement.key);
    requirements.iter().find(|requirement| !requirement.holds(value(requirement)))
}
