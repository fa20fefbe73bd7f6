//! Where the region is in the tree: which partials it sums up, and for whom it writes.

use std::collections::BTreeSet;

use super::{PARTIAL_APART_MS, RegionView};

/// The region above, empty for the hub, and those right below.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    pub parent: String,
    pub children: BTreeSet<String>,
}

impl RegionView {
    /// Takes in a region with the region above it, empty for the hub; `None`: it is gone. All regions are told: this
    /// one, those below, and those that are no longer.
    pub fn set_region(&mut self, region: &str, parent: Option<&str>) {
        let changed = if region == self.region {
            let parent = parent.unwrap_or_default();
            std::mem::replace(&mut self.tree.parent, parent.to_owned()) != parent
        } else if parent == Some(self.region.as_str()) {
            self.tree.children.insert(region.to_owned())
        } else {
            self.tree.children.remove(region)
        };
        if changed {
            self.placements.keys().for_each(|key| self.partial_pace.mark(key, PARTIAL_APART_MS));
        }
    }
}
