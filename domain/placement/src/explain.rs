//! Why a location is chosen, or why not: the test by which the decision is made, told in words.

use std::fmt;

use model::{Operator, PlacementKey, Requirement};

use crate::inventory::{Inventory, Location};
use crate::reach::{self, Miss, Reach};
use crate::view::View;

/// What a placement makes of a location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explanation {
    Chosen(Chosen),
    NotChosen(Reason),
}

/// By what a location is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The first of the placement's location selectors that takes it; `None`: it has none.
    pub selector: Option<usize>,
    /// The region of `where.regions` in whose subtree it is; `None`: the placement names none.
    pub region: Option<String>,
}

/// The first reason why a location is not chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    UnknownPlacement,
    PlacementDeleted,
    UnknownLocation,
    LocationDeleting,
    /// The placement names neither selectors nor regions.
    Nowhere,
    /// Its region is in none of the subtrees.
    OutsideRegions {
        region: String,
        regions: Vec<String>,
    },
    /// For each selector the first requirement that fails.
    Unmatched(Vec<Failure>),
    /// It would be, but the placement has no release to give.
    NoRelease,
}

/// A requirement that a location does not meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Index in `where.locationSelectors`.
    pub selector: usize,
    pub requirement: Requirement,
    /// The location's value of the key; `None`: it has no such label.
    pub value: Option<String>,
}

impl View {
    /// Why a location is, or is not, chosen by a placement.
    pub fn explain(&self, placement: &PlacementKey, location: &str) -> Explanation {
        match self.judge(placement, location) {
            Ok(chosen) => Explanation::Chosen(chosen),
            Err(reason) => Explanation::NotChosen(reason),
        }
    }

    fn judge(&self, placement: &PlacementKey, name: &str) -> Result<Chosen, Reason> {
        let state = self.state(placement).ok_or(Reason::UnknownPlacement)?;
        let declared = state.declared.as_ref().ok_or(Reason::PlacementDeleted)?;
        let location = self.inventory.names.get(name).and_then(|handle| self.inventory.location(handle));
        let location = location.ok_or(Reason::UnknownLocation)?;
        let reach = Reach::compile(&declared.spec.where_);
        let by = reach
            .test(&self.inventory, location)
            .map_err(|miss| reason(miss, &reach, &self.inventory, location))?;
        if state.target.as_ref().is_some_and(|target| target.release.is_none()) {
            return Err(Reason::NoRelease);
        }
        Ok(Chosen { selector: by.selector, region: by.region.map(str::to_owned) })
    }
}

fn reason(miss: Miss, reach: &Reach, inventory: &Inventory, location: &Location) -> Reason {
    match miss {
        Miss::Nowhere => Reason::Nowhere,
        Miss::Deleting => Reason::LocationDeleting,
        Miss::Region => Reason::OutsideRegions {
            region: inventory.regions.get(location.region).name.clone(),
            regions: reach.regions.clone(),
        },
        Miss::Selectors => Reason::Unmatched(failures(reach, inventory, location)),
    }
}

fn failures(reach: &Reach, inventory: &Inventory, location: &Location) -> Vec<Failure> {
    let failure = |(selector, requirements): (usize, &Vec<Requirement>)| {
        let requirement = reach::first_failing(requirements, inventory, location)?.clone();
        let value = inventory.labels.value(&location.labels, &requirement.key).cloned();
        Some(Failure { selector, requirement, value })
    };
    reach.selectors.iter().enumerate().filter_map(failure).collect()
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chosen(chosen) => write!(f, "chosen: {chosen}"),
            Self::NotChosen(reason) => write!(f, "not chosen: {reason}"),
        }
    }
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.region, self.selector) {
            (Some(region), Some(selector)) => {
                write!(f, "in region {region}, by locationSelectors[{selector}]")
            }
            (Some(region), None) => write!(f, "in region {region}"),
            (None, Some(selector)) => write!(f, "by locationSelectors[{selector}]"),
            (None, None) => write!(f, "by nothing in particular"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownPlacement => f.write_str("there is no such placement"),
            Self::PlacementDeleted => f.write_str("the placement is deleted"),
            Self::UnknownLocation => f.write_str("there is no such location"),
            Self::LocationDeleting => f.write_str("the location is being deleted"),
            Self::Nowhere => f.write_str("the placement names neither locationSelectors nor regions"),
            Self::OutsideRegions { region, regions } => {
                write!(f, "its region {region} is not in or below {}", regions.join(", "))
            }
            Self::Unmatched(failures) => failures.iter().enumerate().try_for_each(|(n, failure)| {
                f.write_str(if n == 0 { "" } else { "; " })?;
                fmt::Display::fmt(failure, f)
            }),
            Self::NoRelease => f.write_str("the placement has no release yet"),
        }
    }
}

impl fmt::Display for Failure {
    /// `locationSelectors[0] wants tier In (gold, silver), the location has "bronze"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Requirement { key, operator, values } = &self.requirement;
        write!(f, "locationSelectors[{}] wants {key} {operator:?}", self.selector)?;
        if !matches!(operator, Operator::Exists | Operator::DoesNotExist) {
            write!(f, " ({})", values.join(", "))?;
        }
        match &self.value {
            Some(value) => write!(f, ", the location has {value:?}"),
            None => f.write_str(", the location has no such label"),
        }
    }
}
