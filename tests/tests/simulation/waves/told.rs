//! What one process of placement has been told.

use std::collections::{BTreeMap, BTreeSet};

use bus::flow::Unit;
use bus::{Key, Row};
use model::{
    Connection, LocationPresence, PlacementKey, PlacementSpec, Progress, ProgressState, ResourceKey,
    RolloutControlSpec, RolloutProgress, Spec,
};

/// By the rows that it has read.
#[derive(Default)]
pub struct Told {
    pub placements: BTreeMap<PlacementKey, PlacementSpec>,
    controls: BTreeMap<PlacementKey, RolloutControlSpec>,
    /// Who is in which row of presence, and whether online.
    present: BTreeMap<Key, BTreeMap<String, bool>>,
    /// Whether online, by the row that told last.
    online: BTreeMap<String, bool>,
    progress: BTreeMap<Key, Progress>,
    /// Units of which something was not stored that may be written again: it was decided on what was known then.
    pub behind: BTreeSet<Unit>,
}

impl Told {
    pub fn read(&mut self, row: &Row) {
        let value = row.value.as_ref();
        match &row.key {
            Key::Intent(key) => self.declared(key, row),
            Key::Presence { .. } => {
                let presence = value.map(|value| wire::decode_presence(value).expect("as it was written"));
                let locations = presence.map(|presence| presence.locations).unwrap_or_default();
                let online =
                    |(name, it): (String, LocationPresence)| (name, it.connection == Connection::Online);
                self.present(&row.key, locations.into_iter().map(online).collect());
            }
            Key::Progress { .. } => {
                let progress = value.map(|value| wire::decode_progress(value).expect("as it was written"));
                self.progress.insert(row.key.clone(), progress.unwrap_or_default());
            }
            _ => {}
        }
    }

    /// Who is in this row no more may be in another one, which told first.
    fn present(&mut self, key: &Key, now: BTreeMap<String, bool>) {
        for gone in self.present.insert(key.clone(), now.clone()).unwrap_or_default().into_keys() {
            let mut elsewhere = self.present.values().filter_map(|row| row.get(&gone)).peekable();
            match elsewhere.peek() {
                Some(_) => self.online.insert(gone.clone(), elsewhere.all(|online| *online)),
                None => self.online.remove(&gone),
            };
        }
        self.online.extend(now);
    }

    fn declared(&mut self, key: &ResourceKey, row: &Row) {
        let placement = PlacementKey { space: key.space.clone(), name: key.name.clone() };
        let resource = row.value.as_ref().map(|value| wire::decode_resource(value).expect("users write it"));
        match (key.kind.as_str(), resource.map(|resource| resource.spec)) {
            ("Placement", Some(Spec::Placement(spec))) => drop(self.placements.insert(placement, spec)),
            ("Placement", _) => drop(self.placements.remove(&placement)),
            ("RolloutControl", Some(Spec::RolloutControl(said))) => {
                self.controls.insert(placement, said);
            }
            ("RolloutControl", _) => drop(self.controls.remove(&placement)),
            _ => {}
        }
    }

    pub fn is_online(&self, location: &str) -> bool {
        self.online.get(location) == Some(&true)
    }

    /// Whether a location has reported that it is healthy with what goes by this number.
    pub fn is_healthy(&self, placement: &PlacementKey, uid: &str, location: &str, number: u64) -> bool {
        let about = |key: &Key| matches!(key, Key::Progress { placement: of, .. } if of == placement);
        let rows = self.progress.iter().filter(|(key, row)| about(key) && row.placement_uid == uid);
        let mut groups = rows.flat_map(|(_, row)| &row.groups);
        groups.any(|group| {
            (group.rollout, group.state) == (number, ProgressState::Healthy)
                && group.locations.iter().any(|name| name == location)
        })
    }

    /// Whether somebody has approved of a wave of this rollout.
    pub fn approves(&self, placement: &PlacementKey, uid: &str, now: &RolloutProgress, wave: &str) -> bool {
        let numbers = now.first..=now.last;
        self.controls.get(placement).is_some_and(|said| {
            said.placement_uid == uid
                && numbers.contains(&said.number)
                && said.approved.iter().any(|name| name == wave)
        })
    }
}
