//! Which locations a placement asks for.

use serde::{Deserialize, Serialize};

use crate::{LabelSelector, Taint, TaintEffect};

/// Which locations: all tests present must hold, and of those that remain, as many and spread as said. Without
/// selectors, regions and expression: none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Where {
    /// ORed; over the labels of locations. An empty selector in the list takes every location.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub location_selectors: Vec<LabelSelector>,
    /// Subtrees: a region stands for itself and all regions below it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// CEL over `location`, true or false; empty: it does not narrow.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub expression: String,
    /// Taints of locations that do not keep this placement away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tolerations: Vec<Toleration>,
    /// The best so many; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_of_locations: Option<u32>,
    /// How they are spread; all of them must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spread: Vec<Spread>,
    /// Which are the best. None: [`ScoreBy::Steady`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prioritizers: Vec<Prioritizer>,
}

/// Taints that are accepted, as in Kubernetes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Toleration {
    /// Empty, with `Exists`: every taint.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    #[serde(default)]
    pub operator: TolerationOperator,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// Absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<TaintEffect>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TolerationOperator {
    #[default]
    Equal,
    Exists,
}

/// A constraint on how chosen locations are spread over groups: those with the same value of `key`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Spread {
    /// As [`GroupBy::parse`] reads it.
    pub key: String,
    /// How many more than the group with the fewest any group may have; absent: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_skew: Option<u32>,
    /// With fewer groups than that to choose from, nothing is chosen anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_groups: Option<u32>,
    /// Only the best so many groups are chosen from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_groups: Option<u32>,
}

/// By what locations are grouped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupBy {
    Region,
    Label(String),
    Property(String),
}

/// Something by which locations are better or worse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Prioritizer {
    /// As [`ScoreBy::parse`] reads it.
    pub name: String,
    /// Below zero: the less the better.
    #[serde(default = "one")]
    pub weight: i32,
}

fn one() -> i32 {
    1
}

/// What a prioritizer scores by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScoreBy {
    /// What is chosen is kept.
    Steady,
    /// The fewer placements a location has, the better.
    Balance,
    /// The more of this capacity, the better.
    Capacity(String),
    /// The larger this property, read as a quantity, the better.
    Property(String),
}

impl Where {
    /// Whether it asks for a choice among those that pass all tests, and not simply for all of them.
    pub fn is_choice(&self) -> bool {
        self.number_of_locations.is_some() || !self.spread.is_empty()
    }
}

impl Toleration {
    /// Whether it accepts a taint.
    pub fn tolerates(&self, taint: &Taint) -> bool {
        let key =
            (self.key.is_empty() && self.operator == TolerationOperator::Exists) || self.key == taint.key;
        let value = self.operator == TolerationOperator::Exists || self.value == taint.value;
        key && value && self.effect.is_none_or(|effect| effect == taint.effect)
    }
}

impl GroupBy {
    /// `region`: a location's own; `property:NAME`; `label:NAME`, or, where that is neither of those, just `NAME`.
    pub fn parse(key: &str) -> Self {
        match key.split_once(':') {
            Some(("property", name)) => Self::Property(name.to_owned()),
            Some(("label", name)) => Self::Label(name.to_owned()),
            None if key == "region" => Self::Region,
            _ => Self::Label(key.to_owned()),
        }
    }
}

impl ScoreBy {
    /// `Steady`, `Balance`, `Capacity:NAME`, `Property:NAME`; `None`: there is no such prioritizer.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.split_once(':') {
            None if name == "Steady" => Self::Steady,
            None if name == "Balance" => Self::Balance,
            Some(("Capacity", name)) if !name.is_empty() => Self::Capacity(name.to_owned()),
            Some(("Property", name)) if !name.is_empty() => Self::Property(name.to_owned()),
            _ => return None,
        })
    }
}
