//! How a location does among those that it is chosen from.

use crate::choice::Contest;
use crate::inventory::{Inventory, Location};
use crate::selection::Selection;

/// What a candidate has for and against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// By prioritizer, in the order in which they are declared.
    pub scores: Vec<Score>,
    /// The sum of all scores, each times its weight.
    pub total: u32,
    /// Taints that are not tolerated and would rather have it elsewhere: it comes after all that have fewer.
    pub unwelcome: u32,
    /// By spread, in the order in which they are declared.
    pub groups: Vec<Group>,
    /// The last that was chosen; `None`: nothing is.
    pub last: Option<Last>,
}

/// What one prioritizer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    pub name: String,
    pub weight: i32,
    /// From 0 to 100; `None`: the location has nothing that is a number.
    pub score: Option<u32>,
}

/// Where a location is for one spread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// As the spread has it.
    pub key: String,
    /// `None`: the location has none.
    pub name: Option<String>,
    /// How many of it are chosen.
    pub chosen: u32,
    /// The fewest that any group has.
    pub fewest: u32,
    pub max_skew: Option<u32>,
    /// Not among the `maxGroups` best, which is their number.
    pub left_out: Option<usize>,
}

/// The last that was chosen, with its total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Last {
    pub location: String,
    pub total: u32,
}

impl Standing {
    /// `None`: the placement does not compare locations.
    pub(crate) fn of(
        selection: &Selection,
        inventory: &Inventory,
        handle: u32,
        location: &Location,
    ) -> Option<Self> {
        let contest = selection.contest.as_ref()?;
        let score = contest.score(inventory, &selection.reach, handle, location);
        let each = contest.rules.weighed.iter().zip(score.each);
        let scores =
            each.map(|(it, score)| Score { name: it.name.clone(), weight: it.weight, score }).collect();
        let last = contest.last.as_ref();
        let last = last.map(|rank| Last { location: rank.name.to_string(), total: rank.total.0 });
        let groups = groups(contest, inventory, location);
        Some(Self { scores, total: score.total, unwelcome: score.unwelcome, groups, last })
    }

    /// What kept it out.
    pub(super) fn obstacle(&self) -> String {
        for group in &self.groups {
            let name = group.name.as_deref().unwrap_or_default();
            if let Some(most) = group.left_out {
                return format!("{} {name} is not among the {most} best groups", group.key);
            }
            if group.is_full() {
                return format!(
                    "{} {name} has {}, the group with the fewest {}, and maxSkew is {}",
                    group.key,
                    group.chosen,
                    group.fewest,
                    group.max_skew.unwrap_or_default()
                );
            }
        }
        let last = self.last.as_ref();
        last.map_or_else(
            || "nothing is chosen".to_owned(),
            |last| format!("others are better, the last is {} with {}", last.location, last.total),
        )
    }

    /// What would let it in.
    pub(super) fn remedy(&self) -> String {
        if let Some(group) = self.groups.iter().find(|group| group.is_full() || group.left_out.is_some()) {
            return match group.left_out {
                Some(_) => "raise maxGroups".to_owned(),
                None => format!("raise maxSkew of {}, or add locations to its smallest group", group.key),
            };
        }
        match &self.last {
            Some(last) => format!("raise numberOfLocations, or let it score more than {}", last.total),
            None => "raise numberOfLocations".to_owned(),
        }
    }
}

impl Group {
    /// Whether `maxSkew` admits no more of it.
    fn is_full(&self) -> bool {
        self.max_skew.is_some_and(|skew| self.chosen + 1 > self.fewest + skew)
    }
}

fn groups(contest: &Contest, inventory: &Inventory, location: &Location) -> Vec<Group> {
    let group = |(spread, constraint): (usize, &crate::choice::Constraint)| {
        let name = constraint.group(inventory, location).map(str::to_owned);
        let counts = contest.choice.counts.get(spread);
        let chosen = name.as_deref().and_then(|name| counts?.get(name)).copied();
        Group {
            key: constraint.key.clone(),
            chosen: chosen.unwrap_or(0),
            fewest: counts.and_then(|counts| counts.values().min()).copied().unwrap_or(0),
            max_skew: constraint.max_skew,
            left_out: constraint.max_groups.filter(|_| name.is_some() && chosen.is_none()),
            name,
        }
    };
    contest.rules.spread.iter().enumerate().map(group).collect()
}
