//! Tables are forgotten before they are read again.

use super::View;

impl View {
    /// Forgets all that `intent` said, before it is read again.
    pub fn forget_intent(&mut self) {
        self.cause = None;
        self.placements.values_mut().for_each(|state| state.rolling.control = None);
        for (space, held) in std::mem::take(&mut self.spaces) {
            for name in held.placements() {
                self.undeclare(&space, name);
            }
        }
    }

    /// Forgets all locations and regions, before they are read again.
    pub fn forget_locations(&mut self) {
        self.cause = None;
        for name in self.inventory.all() {
            self.remove_location(&name);
        }
        self.inventory.regions.undeclare_all();
        self.regions_changed();
    }

    /// Forgets all stored decisions and rollouts, before they are read again.
    pub fn forget_decisions(&mut self) {
        self.inventory.burden.clear();
        for (key, state) in &mut self.placements {
            state.rows.clear();
            state.rolling.reset();
            state.rollout = None;
            state.target = None;
            self.dirty.insert(key.clone());
        }
    }
}
