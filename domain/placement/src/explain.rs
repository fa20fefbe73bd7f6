//! Why a location is chosen, or why not: the test by which the decision is made, told in words.

mod asked;
mod standing;
mod words;

use std::borrow::Cow;

use model::{PlacementKey, Requirement, Taint};

use crate::answers::Answers;
use crate::inventory::{Inventory, Location};
use crate::reach::{self, Miss, Reach};
use crate::selection::Selection;
use crate::view::View;

pub use asked::Test;
pub use standing::{Group, Last, Score, Standing};

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
    /// Why it would not be chosen anew: it stays because it was chosen before.
    pub kept: Option<Box<Reason>>,
    /// How it did where only some are chosen; `None`: all that pass the tests are.
    pub standing: Option<Standing>,
}

/// The first reason why a location is not chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    UnknownPlacement,
    PlacementDeleted,
    UnknownLocation,
    LocationDeleting,
    /// The placement names neither selectors nor regions nor an expression.
    Nowhere,
    /// Its region is in none of the subtrees.
    OutsideRegions {
        region: String,
        regions: Vec<String>,
    },
    /// For each selector the first requirement that fails.
    Unmatched(Vec<Failure>),
    /// `where.expression` does not hold.
    ExpressionFalse {
        expression: String,
    },
    /// It cannot be evaluated here.
    ExpressionFailed {
        message: String,
    },
    /// A taint that no toleration accepts.
    Tainted(Taint),
    /// It passes all tests, and has nothing to be spread by.
    Ungrouped {
        key: String,
        standing: Standing,
    },
    /// It passes all tests, but no choice satisfies the constraints.
    Unsatisfied {
        problems: Vec<String>,
        standing: Standing,
    },
    /// It passes all tests; others are better, or its group has enough.
    NotAmongTheBest(Standing),
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
        let handle = self.inventory.names.get(name).ok_or(Reason::UnknownLocation)?;
        let location = self.inventory.location(handle).ok_or(Reason::UnknownLocation)?;
        let selection = state.selection.as_ref();
        let reach = selection.map_or_else(
            || Cow::Owned(Reach::compile(&declared.spec.where_)),
            |selection| Cow::Borrowed(&selection.reach),
        );
        let by = reach.test(&self.inventory, handle, location, &mut Answers::default());
        let is_kept = by.as_ref().is_err_and(Miss::is_doubt)
            && selection.is_some_and(|selection| selection.chosen.contains(handle));
        let (selector, region, kept) = match by {
            Ok(by) => (by.selector, by.region.map(str::to_owned), None),
            Err(miss) => {
                let reason = reason(miss, &reach, &self.inventory, location);
                if !is_kept {
                    return Err(reason);
                }
                (None, None, Some(Box::new(reason)))
            }
        };
        let standing = selection.and_then(|it| Standing::of(it, &self.inventory, handle, location));
        if let Some(standing) = &standing {
            contested(selection, standing, handle)?;
        }
        if state.target.as_ref().is_some_and(|target| target.release.is_none()) {
            return Err(Reason::NoRelease);
        }
        Ok(Chosen { selector, region, kept, standing })
    }
}

/// Whether one that passes all tests is among those that are chosen.
fn contested(selection: Option<&Selection>, standing: &Standing, handle: u32) -> Result<(), Reason> {
    let Some(selection) = selection.filter(|selection| !selection.chosen.contains(handle)) else {
        return Ok(());
    };
    let standing = standing.clone();
    let ungrouped = standing.groups.iter().find(|group| group.name.is_none());
    if let Some(key) = ungrouped.map(|group| group.key.clone()) {
        return Err(Reason::Ungrouped { key, standing });
    }
    if selection.contest.as_ref().is_some_and(|contest| contest.choice.chosen.is_none()) {
        let problems = crate::shortfall::problems(selection).into_iter();
        let problems = problems.filter(|it| it.reason == "NotEnoughGroups").map(|it| it.message).collect();
        return Err(Reason::Unsatisfied { problems, standing });
    }
    Err(Reason::NotAmongTheBest(standing))
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
        Miss::Expression => Reason::ExpressionFalse {
            expression: reach.condition.as_ref().map(|it| it.text().to_owned()).unwrap_or_default(),
        },
        Miss::Failed(message) => Reason::ExpressionFailed { message: message.to_string() },
        Miss::Taint(taint) => Reason::Tainted(taint),
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
