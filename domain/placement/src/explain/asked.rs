//! The tests of a placement in the order in which they are asked.

use super::{Explanation, Reason};

/// What a location has to pass, the first asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Test {
    /// Placement and location are there, and not being deleted.
    Declared,
    Regions,
    LocationSelectors,
    Expression,
    Taints,
    /// It is among the best, and constraints can be satisfied with it.
    Choice,
}

impl Test {
    const ALL: [Self; 6] = [
        Self::Declared,
        Self::Regions,
        Self::LocationSelectors,
        Self::Expression,
        Self::Taints,
        Self::Choice,
    ];

    /// As the field of `where` is named, where there is one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Regions => "regions",
            Self::LocationSelectors => "locationSelectors",
            Self::Expression => "expression",
            Self::Taints => "taints",
            Self::Choice => "choice",
        }
    }
}

impl Explanation {
    /// The tests that were asked, in order, and whether each was passed: the first that was not is the last.
    pub fn tests(&self) -> Vec<(Test, bool)> {
        let failed = match self {
            Self::Chosen(_) => None,
            Self::NotChosen(reason) => reason.test(),
        };
        let asked = Test::ALL.into_iter().filter(|test| failed.is_none_or(|failed| *test <= failed));
        asked.map(|test| (test, Some(test) != failed)).collect()
    }
}

impl Reason {
    /// The test that was not passed; `None`: all were, and there is nothing to give yet.
    fn test(&self) -> Option<Test> {
        Some(match self {
            Self::UnknownPlacement
            | Self::PlacementDeleted
            | Self::UnknownLocation
            | Self::LocationDeleting
            | Self::Nowhere => Test::Declared,
            Self::OutsideRegions { .. } => Test::Regions,
            Self::Unmatched(_) => Test::LocationSelectors,
            Self::ExpressionFalse { .. } | Self::ExpressionFailed { .. } => Test::Expression,
            Self::Tainted(_) => Test::Taints,
            Self::Ungrouped { .. } | Self::Unsatisfied { .. } | Self::NotAmongTheBest(_) => Test::Choice,
            Self::NoRelease => return None,
        })
    }

    /// How it did where it was compared with others.
    pub fn standing(&self) -> Option<&super::Standing> {
        match self {
            Self::Ungrouped { standing, .. }
            | Self::Unsatisfied { standing, .. }
            | Self::NotAmongTheBest(standing) => Some(standing),
            _ => None,
        }
    }
}
