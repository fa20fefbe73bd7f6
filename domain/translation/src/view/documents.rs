//! Documents in memory: what locations share is there once.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use model::{
    Adopt, Conflict, Deletion, Dependency, Desired, DesiredPlacement, Digest, Order, Own, Patch, PlacementKey,
};

use super::Name;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub order: Order,
    /// Sorted by placement.
    pub entries: Box<[Entry]>,
    pub moved: Option<Name>,
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub head: Arc<Head>,
    /// `None`: nothing depends on the location.
    pub own: Option<Arc<Own>>,
    /// From what `own` was rendered; `None`: it was read, and that is not known.
    pub made: Option<Made>,
    /// From the shared part of the location's document before.
    pub patch: Option<Arc<Patch>>,
}

/// What an own part depends on: the recipe for own parts, and the values read of the location.
pub type Made = (Digest, Digest);

/// Whether both say the same, however they came to it.
impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        (Arc::ptr_eq(&self.head, &other.head) || self.head == other.head) && self.own == other.own
    }
}

impl Eq for Entry {}

/// What the locations of a placement have in common.
#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    pub placement_uid: String,
    pub placement: PlacementKey,
    pub rollout: u64,
    pub priority: i32,
    pub create_time: u64,
    pub shared: Option<Digest>,
    pub deletion: Deletion,
    pub conflict: Conflict,
    pub adopt: Adopt,
    pub depends_on: Vec<Dependency>,
}

impl Document {
    pub fn of(desired: &Desired, heads: &mut Heads) -> Self {
        let entries = desired.placements.iter().map(|entry| Entry::of(entry, heads));
        Self {
            order: desired.order,
            entries: entries.collect(),
            moved: desired.moved_to_region.as_deref().map(Name::from),
        }
    }

    pub fn to_desired(&self) -> Desired {
        Desired {
            order: self.order,
            placements: self.entries.iter().map(Entry::to_desired).collect(),
            moved_to_region: self.moved.as_deref().map(str::to_owned),
        }
    }

    pub fn entry(&self, placement: &PlacementKey) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.head.placement == *placement)
    }

    /// Whether both say the same, whatever their order.
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.moved == other.moved && self.entries == other.entries
    }
}

impl Entry {
    fn of(entry: &DesiredPlacement, heads: &mut Heads) -> Self {
        let head = Head {
            placement_uid: entry.placement_uid.clone(),
            placement: entry.placement.clone(),
            rollout: entry.rollout,
            priority: entry.priority,
            create_time: entry.create_time,
            shared: entry.shared,
            deletion: entry.deletion,
            conflict: entry.conflict,
            adopt: entry.adopt,
            depends_on: entry.depends_on.clone(),
        };
        Self { head: heads.share(head), own: own(&entry.own), made: None, patch: None }
    }

    fn to_desired(&self) -> DesiredPlacement {
        let head = &*self.head;
        DesiredPlacement {
            placement_uid: head.placement_uid.clone(),
            placement: head.placement.clone(),
            rollout: head.rollout,
            priority: head.priority,
            create_time: head.create_time,
            shared: head.shared,
            own: self.own.as_deref().cloned().unwrap_or_default(),
            deletion: head.deletion,
            conflict: head.conflict,
            adopt: head.adopt,
            depends_on: head.depends_on.clone(),
            patch: self.patch.clone(),
        }
    }
}

/// An own part to be kept. A frame is copied: as a part of the message that it came in it would keep all of that.
fn own(own: &Own) -> Option<Arc<Own>> {
    Some(Arc::new(match own {
        Own::None => return None,
        Own::Framed(frame) => Own::Framed(Bytes::copy_from_slice(frame)),
        Own::Inline(_) | Own::Blob(_) => own.clone(),
    }))
}

/// The heads in use; a placement has few, one for each release and rollout that is somewhere.
#[derive(Debug, Default)]
pub struct Heads(BTreeMap<PlacementKey, Vec<Arc<Head>>>);

impl Heads {
    /// The one that is equal to `head`.
    pub fn share(&mut self, head: Head) -> Arc<Head> {
        if !self.0.contains_key(&head.placement) {
            self.0.insert(head.placement.clone(), Vec::new());
        }
        let known = self.0.get_mut(&head.placement).expect("it was put in just now");
        if let Some(same) = known.iter().find(|known| ***known == head) {
            return same.clone();
        }
        known.retain(|known| Arc::strong_count(known) > 1);
        let head = Arc::new(head);
        known.push(head.clone());
        head
    }
}
