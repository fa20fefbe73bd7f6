//! The part of a pass that is about releases in waves: the state first, then the rows, and no step before all of them are
//! stored.

use std::collections::BTreeMap;

use model::Digest;
use roaring::RoaringBitmap;

use super::Pass;
use crate::candidate::Candidate;
use crate::feedback::Attendance;
use crate::rolling::Around;
use crate::rollout::Held;
use crate::rows::Group;

/// The order of groups in a row: rollout number, release, wave, regions that they are arriving from, release before.
type Order<'a> = (u64, Digest, u32, Vec<&'a str>, Option<Digest>);

impl Pass<'_> {
    /// Writes what is not stored yet, or goes one step on; whether all of it found room.
    pub(super) fn roll(&mut self, attendance: &Attendance, now_ms: u64) -> bool {
        let before = self.draft.outcome.row_count();
        let state = &mut *self.state;
        state.rolling.recall(&state.rows, state.rollout.as_ref());
        // What has gone everywhere at once has no state yet that could be told.
        let is_new = state.rolling.next.as_ref().is_none_or(|next| next.progress.is_none());
        let written = is_new || (self.tell(now_ms) && self.regions());
        if !written || self.draft.outcome.row_count() > before || !self.state.sent.is_empty() {
            return written;
        }
        self.step(attendance, now_ms);
        self.tell(now_ms) && self.regions()
    }

    /// Stores the state, unless it is.
    fn tell(&mut self, now_ms: u64) -> bool {
        self.state.rolling.next.is_none() || self.rollout(now_ms)
    }

    fn step(&mut self, attendance: &Attendance, now_ms: u64) {
        let Some(wanted) = self.wanted() else { return };
        let state = &mut *self.state;
        let spec = state.declared.as_ref().and_then(|declared| declared.spec.rollout.as_ref());
        let (Some(spec), Some(chosen)) = (spec, state.selection.as_ref().map(|it| &it.chosen)) else {
            return;
        };
        let around =
            Around { inventory: self.inventory, attendance, chosen, wanted, uid: &self.target.uid, now_ms };
        let touched = state.rolling.step(spec, &state.rows, state.rollout.as_ref(), &around);
        state.mark(self.inventory, &touched);
    }

    /// What the content gives; while that cannot be told, what it gave.
    fn wanted(&self) -> Option<Digest> {
        let progress = self.state.rollout.as_ref().and_then(|rollout| rollout.progress.as_ref());
        match (&self.state.candidate, progress) {
            (Some(Candidate::Ready(ready)), _) => Some(ready.digest),
            (_, Some(progress)) => Some(progress.wanted),
            _ => self.target.release,
        }
    }

    /// What is held by those of a bucket.
    pub(super) fn held_groups(&self, region: u32, bucket: u32, bits: u32) -> Vec<Group> {
        let Some(held) = &self.state.rolling.held else { return Vec::new() };
        let inventory = self.inventory;
        let mut here: RoaringBitmap = inventory.regions.get(region).bucket(bucket, bits).collect();
        let mut groups: BTreeMap<Order<'_>, Group> = BTreeMap::new();
        for held in held {
            let part = &held.locations & &here;
            // In two of them, while it moves between regions: the first one counts.
            here -= &part;
            for handle in part {
                let mut from =
                    self.state.rows.arriving_from(region, handle, inventory.names.position(handle));
                let name = |number: &u32| inventory.regions.get(*number).name.as_str();
                from.sort_unstable_by_key(name);
                let names = from.iter().map(name).collect();
                let key = (held.number, held.release, held.wave, names, held.former);
                groups.entry(key).or_insert_with(|| group(held, from)).members.push(handle);
            }
        }
        groups.into_values().collect()
    }
}

/// A group of a row, still without members.
fn group(held: &Held, arriving_from: Vec<u32>) -> Group {
    let Held { release, number, wave, former, .. } = *held;
    // Waves are counted from one: a row without waves is not told about by regions.
    Group { release, rollout: number, wave: wave + 1, arriving_from, former, members: Vec::new() }
}
