//! Who is in which wave: filled once, and again only when something has changed that it follows from.
//!
//! Whom a rollout has moved stays in its wave, and the rest of the waves is filled as before (see [`assign`]), so that what
//! locations hold need not be looked at while one rollout goes on.

use model::RolloutSpec;
use roaring::RoaringBitmap;

use crate::rollout::{Membership, assign};

/// The waves as they were filled last, and from what.
#[derive(Debug)]
pub(super) struct Members {
    spec: RolloutSpec,
    chosen: RoaringBitmap,
    selected: Vec<RoaringBitmap>,
    first: u64,
    waves: Vec<RoaringBitmap>,
}

impl Members {
    /// By wave; `known`: as they were filled last, while nobody else has decided.
    pub fn of(known: Option<Self>, spec: &RolloutSpec, of: Membership<'_>) -> Self {
        known.filter(|known| known.stands(spec, &of)).unwrap_or_else(|| Self {
            spec: spec.clone(),
            chosen: of.chosen.clone(),
            selected: of.selected.to_vec(),
            first: of.first,
            waves: assign(spec, of),
        })
    }

    pub fn waves(&self) -> &[RoaringBitmap] {
        &self.waves
    }

    fn stands(&self, spec: &RolloutSpec, of: &Membership<'_>) -> bool {
        let now = (of.first, of.chosen, of.selected, spec);
        (self.first, &self.chosen, self.selected.as_slice(), &self.spec) == now
    }
}
