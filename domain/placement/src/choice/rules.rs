//! How many, spread how, and which first: the part of `where` that compares locations with each other.

use model::{GroupBy, ScoreBy, Where};

use super::scale::BEST;
use crate::difference::Interest;
use crate::inventory::{Inventory, Location};

/// The rules of a choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    /// `None`: as many as the spread allows.
    pub count: Option<usize>,
    pub spread: Vec<Constraint>,
    pub weighed: Vec<Weighed>,
}

/// A constraint on how they are spread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Constraint {
    /// As it is written.
    pub key: String,
    pub by: GroupBy,
    pub max_skew: Option<u32>,
    pub min_groups: usize,
    pub max_groups: Option<usize>,
}

/// A prioritizer with its weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Weighed {
    /// As it is written.
    pub name: String,
    pub by: ScoreBy,
    pub weight: i32,
}

impl Rules {
    /// `None`: all that pass the tests are chosen.
    pub fn compile(where_: &Where) -> Option<Self> {
        let constraint = |spread: &model::Spread| Constraint {
            key: spread.key.clone(),
            by: GroupBy::parse(&spread.key),
            max_skew: spread.max_skew,
            min_groups: spread.min_groups.unwrap_or(0) as usize,
            max_groups: spread.max_groups.map(|most| most as usize),
        };
        let weighed = |it: &model::Prioritizer| {
            Some(Weighed { name: it.name.clone(), by: ScoreBy::parse(&it.name)?, weight: it.weight })
        };
        let mut rules = Self {
            count: where_.number_of_locations.map(|count| count as usize),
            spread: where_.spread.iter().map(constraint).collect(),
            weighed: where_.prioritizers.iter().filter_map(weighed).collect(),
        };
        if rules.weighed.is_empty() {
            // Who says nothing does not want workload to move for a name that comes first.
            rules.weighed = vec![Weighed { name: "Steady".to_owned(), by: ScoreBy::Steady, weight: 1 }];
        }
        where_.is_choice().then_some(rules)
    }

    /// How many to choose at most.
    pub fn limit(&self) -> usize {
        self.count.unwrap_or(usize::MAX)
    }

    /// Whether the decisions of other placements have a say.
    pub fn balances(&self) -> bool {
        self.weighed.iter().any(|it| it.by == ScoreBy::Balance)
    }

    /// Whether groups are compared by what they are worth, which every candidate has a part in.
    pub fn is_by_worth(&self) -> bool {
        self.spread.iter().any(|constraint| constraint.max_groups.is_some())
    }

    /// Adds what ranks and groups are made of.
    pub fn add_interest(&self, interest: &mut Interest) {
        for constraint in &self.spread {
            match &constraint.by {
                GroupBy::Region => {}
                GroupBy::Label(key) => interest.add("labels", Some(key)),
                GroupBy::Property(name) => interest.add("properties", Some(name)),
            }
        }
        for weighed in &self.weighed {
            match &weighed.by {
                ScoreBy::Steady | ScoreBy::Balance => {}
                ScoreBy::Capacity(name) => interest.add("capacity", Some(name)),
                ScoreBy::Property(name) => interest.add("properties", Some(name)),
            }
        }
    }
}

impl Weighed {
    /// What a score adds to the total: nothing below zero, so that more candidates are never worth less.
    pub fn part(&self, score: Option<u32>) -> u32 {
        let score = score.map_or(0, |score| if self.weight < 0 { BEST - score } else { score });
        self.weight.unsigned_abs() * score
    }
}

impl Constraint {
    /// The group of a location; `None`: it is in none, and cannot be spread.
    pub fn group<'a>(&self, inventory: &'a Inventory, location: &'a Location) -> Option<&'a str> {
        match &self.by {
            GroupBy::Region => Some(&inventory.regions.get(location.region).name),
            GroupBy::Label(key) => inventory.entry(location, "labels", key),
            GroupBy::Property(name) => inventory.entry(location, "properties", name),
        }
    }
}
