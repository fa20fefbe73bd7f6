//! Placements that choose among locations, and what of a location they choose by.

use std::collections::BTreeMap;

use model::{
    LabelSelector, LocationSpec, Metadata, Operator, PlacementKey, PlacementSpec, Prioritizer, Requirement,
    Resource, Spec, Spread, Where,
};

/// The property that expressions read, and how many different values it has.
const SIZE: (&str, u32) = ("size", 10);
/// Expressions hold for more than that.
const SMALL: u32 = 2;

/// What a placement asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All that a label selector takes.
    Selector,
    /// Those of them for which an expression holds.
    Expression,
    /// The best so many of these, by capacity, spread over regions and zones.
    Best(u32),
    /// The same, spread over regions alone.
    Choice(u32),
}

/// What becomes of a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It gets a label that nothing reads.
    Unread,
    /// A property that expressions read is another one; they hold as before.
    Read,
    /// The same; they do not hold any more.
    Lost,
}

impl Turn {
    pub const ALL: [(&'static str, Self); 3] =
        [("unread", Self::Unread), ("read", Self::Read), ("lost", Self::Lost)];
}

/// Gives a location what is chosen by.
pub fn equip(number: u32, labels: &mut BTreeMap<String, String>, spec: &mut LocationSpec) {
    labels.insert("tier".to_owned(), format!("t{}", number % 13));
    labels.insert("zone".to_owned(), format!("z{}", number % 50));
    spec.properties.insert(SIZE.0.to_owned(), (number % SIZE.1).to_string());
    spec.capacity.insert("cpu".to_owned(), (number % 64).to_string());
}

/// The location after its turn; each `round` it is another one.
pub fn turned(mut location: Resource, turn: Turn, round: usize) -> Resource {
    let Spec::Location(spec) = &mut location.spec else { return location };
    let size = match turn {
        Turn::Unread => {
            location.metadata.labels.insert("note".to_owned(), round.to_string());
            return location;
        }
        // More than anything else has.
        Turn::Read => SIZE.1 as usize + round,
        Turn::Lost => 0,
    };
    spec.properties.insert(SIZE.0.to_owned(), size.to_string());
    location
}

/// The placement of this kind, for what it decides alone: it takes no objects.
pub fn kind_key(name: &str) -> PlacementKey {
    PlacementKey { space: model::DEFAULT_SPACE.to_owned(), name: format!("kind-{name}") }
}

/// One of many placements.
pub fn choice_key(number: u32) -> PlacementKey {
    PlacementKey { space: model::DEFAULT_SPACE.to_owned(), name: format!("choice-{number}") }
}

/// A placement without objects. `variant`: which of the tiers it does not want, so that not all take the same.
pub fn deciding(key: &PlacementKey, kind: Kind, variant: u32) -> Resource {
    let spec = PlacementSpec { where_: where_(kind, variant), ..PlacementSpec::default() };
    let metadata = Metadata { name: key.name.clone(), space: key.space.clone(), ..Metadata::default() };
    Resource { metadata, spec: Spec::Placement(spec) }
}

fn where_(kind: Kind, variant: u32) -> Where {
    let tier = Requirement {
        key: "tier".to_owned(),
        operator: Operator::NotIn,
        values: vec![format!("t{}", variant % 10)],
    };
    let selector = LabelSelector { match_expressions: vec![tier], ..LabelSelector::default() };
    let selecting = Where { location_selectors: vec![selector], ..Where::default() };
    let expression = format!("int(location.properties.{}) > {SMALL}", SIZE.0);
    match kind {
        Kind::Selector => selecting,
        Kind::Expression => Where { expression, ..selecting },
        Kind::Best(count) => Where { expression, ..best(selecting, count, &[("region", 50), ("zone", 5)]) },
        Kind::Choice(count) => Where { expression, ..best(selecting, count, &[("region", 5)]) },
    }
}

fn best(of: Where, count: u32, spread: &[(&str, u32)]) -> Where {
    let constraint = |(key, max_skew): &(&str, u32)| Spread {
        key: (*key).to_owned(),
        max_skew: Some(*max_skew),
        ..Spread::default()
    };
    let weighed = |name: &str| Prioritizer { name: name.to_owned(), weight: 1 };
    Where {
        number_of_locations: Some(count),
        spread: spread.iter().map(constraint).collect(),
        prioritizers: vec![weighed("Capacity:cpu"), weighed("Steady")],
        ..of
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(number: u32) -> Resource {
        let (mut labels, mut spec) = (BTreeMap::new(), LocationSpec::default());
        equip(number, &mut labels, &mut spec);
        Resource { metadata: Metadata { labels, ..Metadata::default() }, spec: Spec::Location(spec) }
    }

    #[test]
    fn each_turn_is_another_location_than_before() {
        for (name, turn) in Turn::ALL {
            let (first, second) = (turned(location(7), turn, 1), turned(location(7), turn, 2));
            assert_ne!(first, location(7), "{name}");
            assert_eq!(first == second, turn == Turn::Lost, "{name}");
        }
    }
}
