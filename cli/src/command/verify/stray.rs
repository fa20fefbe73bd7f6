//! Rows of derived tables that nothing justifies.
//!
//! Recomputing finds what should be there and is not, or is otherwise. It does not ask for rows of which nothing is left
//! in the truth, as no view is ever asked to write them. Rows that only say that something is gone are no strays: an
//! empty decision, a document without placements, a withdrawal that an agent has confirmed.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use bus::{Key, Row};
use model::{PlacementKey, Spec};

/// What rows can follow from.
#[derive(Debug, Default)]
struct Known {
    /// Declared, or with a rollout: one that is deleted stays until all locations have confirmed.
    placements: BTreeSet<PlacementKey>,
    /// Declared, or with a location.
    regions: BTreeSet<String>,
    /// Declared locations with their regions.
    locations: BTreeMap<String, String>,
    /// Region and location of every document: who has one may report.
    documents: BTreeSet<(String, String)>,
}

/// The strays among all rows, by subject, with what each lacks.
pub fn rows<'a>(all: impl Iterator<Item = &'a Row> + Clone) -> Result<BTreeMap<String, String>> {
    let mut known = Known::default();
    for row in all.clone() {
        known.learn(row).with_context(|| format!("{} cannot be read", row.key.subject()))?;
    }
    let mut strays = BTreeMap::new();
    for row in all {
        let lacks = known.lacks(row).with_context(|| format!("{} cannot be read", row.key.subject()))?;
        strays.extend(lacks.map(|lacks| (row.key.subject(), lacks)));
    }
    Ok(strays)
}

impl Known {
    fn learn(&mut self, row: &Row) -> Result<()> {
        let Some(value) = &row.value else { return Ok(()) };
        match &row.key {
            Key::Intent(key) if key.kind == "Placement" && key.group == model::API_GROUP => {
                self.placements.insert(PlacementKey { space: key.space.clone(), name: key.name.clone() });
            }
            Key::Rollout(placement) => drop(self.placements.insert(placement.clone())),
            Key::Region(name) => drop(self.regions.insert(name.clone())),
            Key::Location(name) => {
                if let Spec::Location(spec) = wire::decode_resource(value)?.spec {
                    self.regions.insert(spec.region.clone());
                    self.locations.insert(name.clone(), spec.region);
                }
            }
            Key::Desired { region, location } => {
                self.documents.insert((region.clone(), location.clone()));
            }
            _ => {}
        }
        Ok(())
    }

    /// What is not there that would justify the row; `None`: it is justified.
    fn lacks(&self, row: &Row) -> Result<Option<String>> {
        let Some(value) = &row.value else { return Ok(None) };
        Ok(match &row.key {
            Key::Decision { placement, .. } => {
                let is_empty = wire::decode_decision(value)?.0.groups.is_empty();
                self.placement(placement).filter(|_| !is_empty)
            }
            Key::Desired { region, location } => {
                let document = wire::decode_desired(value)?.0;
                let says_gone = document.placements.is_empty() || document.moved_to_region.is_some();
                self.location_in(region, location).filter(|_| !says_gone)
            }
            Key::Status { region, location, placement } => {
                let withdrawn = wire::decode_status(value)?.0.withdrawn;
                self.report(region, location, placement).filter(|_| !withdrawn)
            }
            Key::Presence { region, .. } => self.region(region),
            Key::Partial { child, placement, .. } => self.region(child).or_else(|| self.placement(placement)),
            Key::Summary(placement) => self.placement(placement),
            _ => None,
        })
    }

    fn placement(&self, placement: &PlacementKey) -> Option<String> {
        let is_known = self.placements.contains(placement);
        (!is_known).then(|| format!("there is neither a placement {placement} nor a rollout of it"))
    }

    fn region(&self, region: &str) -> Option<String> {
        (!self.regions.contains(region))
            .then(|| format!("there is neither a region {region} nor a location in it"))
    }

    fn location_in(&self, region: &str, location: &str) -> Option<String> {
        match self.locations.get(location) {
            Some(of) if of == region => None,
            Some(of) => Some(format!("location {location} is in region {of}")),
            None => Some(format!("there is no location {location}")),
        }
    }

    /// An agent may have reported before it learned that it was moved or deleted.
    fn report(&self, region: &str, location: &str, placement: &PlacementKey) -> Option<String> {
        let has_document = self.documents.contains(&(region.to_owned(), location.to_owned()));
        let is_known = has_document || self.locations.contains_key(location);
        let lacks = (!is_known).then(|| format!("there is no location {location}, and no document for it"));
        lacks.or_else(|| self.placement(placement))
    }
}

#[cfg(test)]
mod tests {
    use model::{Decision, DecisionGroup, Desired, Location, LocationSpec, Metadata, Resource};

    use super::*;

    fn row(key: Key, value: impl Into<bytes::Bytes>) -> Row {
        Row { key, value: Some(value.into()), seq: 1, trace: None }
    }

    fn placement(name: &str) -> PlacementKey {
        PlacementKey { space: "default".into(), name: name.into() }
    }

    fn location(name: &str, region: &str) -> Row {
        let metadata = Metadata { name: name.into(), ..Metadata::default() };
        let spec = LocationSpec { region: region.into(), ..LocationSpec::default() };
        let Location { metadata, spec } = Location { metadata, spec };
        row(
            Key::Location(name.into()),
            wire::encode_resource(&Resource { metadata, spec: Spec::Location(spec) }),
        )
    }

    fn decision(name: &str, groups: usize) -> Row {
        let groups = vec![DecisionGroup::default(); groups];
        let decision = Decision { placement_uid: "u".into(), groups, ..Decision::default() };
        let key = Key::Decision { region: "eu".into(), bucket: 0, placement: placement(name) };
        row(key, wire::encode_decision(&decision, ""))
    }

    fn strays(all: &[Row]) -> Vec<String> {
        rows(all.iter()).unwrap().into_values().collect()
    }

    #[test]
    fn a_row_is_justified_by_the_truth_that_it_follows_from() {
        let rollout = row(Key::Rollout(placement("shop")), wire::encode_rollout(&model::Rollout::default()));
        let summary =
            || row(Key::Summary(placement("shop")), wire::encode_summary(&model::Summary::default(), ""));
        assert!(strays(&[rollout, decision("shop", 1), summary()]).is_empty());
        assert_eq!(strays(&[summary()]), ["there is neither a placement default/shop nor a rollout of it"]);
        assert_eq!(strays(&[decision("shop", 1)]).len(), 1);
        assert!(strays(&[decision("shop", 0)]).is_empty(), "an empty decision is an instruction");
    }

    #[test]
    fn a_document_of_a_location_that_is_not_there_is_stray_unless_it_takes_everything_away() {
        let document = |desired: &Desired| {
            let key = Key::Desired { region: "eu".into(), location: "store-1".into() };
            row(key, wire::encode_desired(desired, ""))
        };
        let full = Desired { placements: vec![entry()], ..Desired::default() };
        assert!(strays(&[document(&full), location("store-1", "eu")]).is_empty());
        assert_eq!(strays(&[document(&full)]), ["there is no location store-1"]);
        assert_eq!(
            strays(&[document(&full), location("store-1", "us")]),
            ["location store-1 is in region us"]
        );
        assert!(strays(&[document(&Desired::default())]).is_empty());
        let moved = Desired { moved_to_region: Some("us".into()), ..full };
        assert!(strays(&[document(&moved), location("store-1", "us")]).is_empty());
    }

    fn entry() -> model::DesiredPlacement {
        model::DesiredPlacement {
            placement_uid: "u".into(),
            placement: placement("shop"),
            rollout: 1,
            priority: 0,
            create_time: 0,
            shared: None,
            own: model::Own::None,
            deletion: model::Deletion::default(),
            conflict: model::Conflict::default(),
            adopt: model::Adopt::default(),
            depends_on: Vec::new(),
            patch: None,
        }
    }
}
