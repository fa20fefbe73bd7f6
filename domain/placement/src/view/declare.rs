//! What users declare, and what has to be looked at because of it.

use model::{
    API_GROUP, Metadata, ObjectKey, PlacementKey, PlacementSpec, ResourceKey, RolloutControlSpec, Spec,
};

use super::View;
use crate::inventory::Change;
use crate::space::{Claim, Space, Touched};
use crate::state::Declared;

impl View {
    pub(super) fn declare(&mut self, key: &ResourceKey, metadata: &Metadata, spec: Spec) {
        match spec {
            Spec::Region(spec) => self.set_region(&key.name, Some(spec.parent)),
            Spec::Location(spec) => {
                let change = self.inventory.set(metadata, &spec);
                self.location_changed(&change);
            }
            Spec::Placement(spec) if metadata.deletion_timestamp == 0 => {
                self.declare_placement(&key.space, metadata, spec);
            }
            Spec::Placement(_) => self.remove(key),
            Spec::Transform(spec) => {
                let touched = self.space(&key.space).set_transform(&key.name, Some(spec));
                self.releases_changed(&key.space, touched);
            }
            Spec::HealthRule(spec) => {
                let touched = self.space(&key.space).set_health_rule(&key.name, Some(spec));
                self.releases_changed(&key.space, touched);
            }
            Spec::RolloutControl(spec) => self.set_control(key, Some(spec)),
            Spec::Workload(object) => {
                let touched = self.space(&key.space).set_object(object);
                self.releases_changed(&key.space, touched);
            }
        }
    }

    pub(super) fn remove(&mut self, key: &ResourceKey) {
        match (key.group.as_str(), key.kind.as_str()) {
            (API_GROUP, "Region") => self.set_region(&key.name, None),
            (API_GROUP, "Location") => self.remove_location(&key.name),
            (API_GROUP, "Placement") => {
                let touched = self.space(&key.space).set_claim(&key.name, None);
                self.releases_changed(&key.space, touched);
                self.undeclare(&key.space, &key.name);
            }
            (API_GROUP, "Transform") => {
                let touched = self.space(&key.space).set_transform(&key.name, None);
                self.releases_changed(&key.space, touched);
            }
            (API_GROUP, "RolloutControl") => self.set_control(key, None),
            (API_GROUP, "HealthRule") => {
                let touched = self.space(&key.space).set_health_rule(&key.name, None);
                self.releases_changed(&key.space, touched);
            }
            _ => {
                let touched = self.space(&key.space).remove_object(&object_key(key));
                self.releases_changed(&key.space, touched);
            }
        }
    }

    fn declare_placement(&mut self, space: &str, metadata: &Metadata, spec: PlacementSpec) {
        let claim = Claim { what: spec.what.clone(), transforms: spec.transforms.clone() };
        let touched = self.space(space).set_claim(&metadata.name, Some(claim));
        self.releases_changed(space, touched);
        let key = PlacementKey { space: space.to_owned(), name: metadata.name.clone() };
        let state = self.placements.entry(key.clone()).or_default();
        state.declared = Some(Declared {
            uid: metadata.uid.clone(),
            generation: metadata.generation,
            create_time: metadata.create_time,
            spec,
        });
        state.selection = None;
        state.candidate = None;
        state.cause.clone_from(&self.cause);
        self.is_untidy = true;
        self.dirty.insert(key);
    }

    fn set_control(&mut self, key: &ResourceKey, control: Option<RolloutControlSpec>) {
        let key = PlacementKey { space: key.space.clone(), name: key.name.clone() };
        let state = self.placements.entry(key.clone()).or_default();
        state.rolling.control = control;
        state.cause.clone_from(&self.cause);
        self.dirty.insert(key);
    }

    pub(super) fn undeclare(&mut self, space: &str, name: &str) {
        let key = PlacementKey { space: space.to_owned(), name: name.to_owned() };
        let Some(state) = self.placements.get_mut(&key) else { return };
        state.declared = None;
        state.selection = None;
        state.candidate = None;
        state.cause.clone_from(&self.cause);
        self.is_untidy = true;
        self.dirty.insert(key);
    }

    fn set_region(&mut self, name: &str, parent: Option<String>) {
        let number = self.inventory.regions.intern(name);
        let region = self.inventory.regions.get_mut(number);
        if region.parent != parent {
            region.parent = parent;
            self.regions_changed();
        }
    }

    /// Subtrees may hold other regions now. Rare, so that they are computed anew.
    pub(super) fn regions_changed(&mut self) {
        for (key, state) in &mut self.placements {
            if state.declared.as_ref().is_some_and(|declared| !declared.spec.where_.regions.is_empty()) {
                state.selection = None;
                state.cause.clone_from(&self.cause);
                self.dirty.insert(key.clone());
            }
        }
    }

    pub(super) fn remove_location(&mut self, name: &str) {
        if let Some(change) = self.inventory.remove(name) {
            self.location_changed(&change);
        }
    }

    fn location_changed(&mut self, change: &Change) {
        self.answers.forget(change.handle, &change.difference);
        for (key, state) in &mut self.placements {
            if state.location_changed(&self.inventory, change, &mut self.answers) {
                state.cause.clone_from(&self.cause);
                self.dirty.insert(key.clone());
            }
        }
    }

    fn releases_changed(&mut self, space: &str, touched: Touched) {
        for name in touched {
            let key = PlacementKey { space: space.to_owned(), name };
            if let Some(state) = self.placements.get_mut(&key) {
                state.candidate = None;
                state.cause.clone_from(&self.cause);
                self.dirty.insert(key);
            }
        }
    }

    fn space(&mut self, name: &str) -> &mut Space {
        self.spaces.entry(name.to_owned()).or_default()
    }
}

fn object_key(key: &ResourceKey) -> ObjectKey {
    ObjectKey {
        group: key.group.clone(),
        kind: key.kind.clone(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
    }
}
