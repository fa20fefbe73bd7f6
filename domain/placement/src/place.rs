//! The decision itself: which stored rows are not what they should be.

mod waves;

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Digest, PlacementKey, Rollout};
use roaring::RoaringBitmap;

use crate::candidate::{Candidate, Ready};
use crate::inventory::Inventory;
use crate::layout;
use crate::outcome::{DecisionRow, Outcome, RolloutRow};
use crate::rollout::{self, Target};
use crate::rows::{Group, Row};
use crate::space::Space;
use crate::state::State;
use crate::view::View;

/// One region cut as fine as it gets, and the rollout: what must fit into one outcome.
pub const MIN_LIMIT: usize = (1 << layout::MAX_BITS) + 1;

/// For each row that there is room for, so many locations may be looked at before others have their turn: first decisions of
/// a thousand placements take seconds, in which whoever asks must not miss anything else.
const LOOKED_AT: usize = 200;

impl View {
    /// The rows that placements of `unit` (see [`model::unit`]) lack, at most `limit` (and at least [`MIN_LIMIT`]).
    ///
    /// Rows are taken to be on their way to the store until they come back by `set_decision` and `set_rollout`, or
    /// [`View::rejected`] says that they will not. On its own output it writes nothing.
    pub fn place(&mut self, unit: u32, limit: usize, now_ms: u64) -> Outcome {
        self.tidy();
        let mut draft = Draft::new(limit);
        let mine = self.dirty.iter().filter(|key| model::unit(key) == unit).cloned();
        let (held, mine): (Vec<_>, Vec<_>) = mine.partition(|key| self.held.contains(&key.space));
        draft.outcome.more = !held.is_empty();
        for key in mine {
            draft.outcome.again = draft.looks == 0;
            if draft.outcome.again || !self.place_one(&key, &mut draft, now_ms) {
                draft.outcome.more = true;
                break;
            }
            self.dirty.remove(&key);
        }
        self.in_flight.insert(unit, draft.in_flight);
        draft.outcome
    }

    /// Whether all rows of the placement found room.
    fn place_one(&mut self, key: &PlacementKey, draft: &mut Draft, now_ms: u64) -> bool {
        let Some(state) = self.placements.get_mut(key) else { return true };
        state.compared().for_each(|by| self.inventory.prepare(&by));
        draft.looks = draft.looks.saturating_sub(state.cost(&self.inventory));
        let nothing = Space::default();
        let space = self.spaces.get(&key.space).unwrap_or(&nothing);
        let Some(target) = state.refresh(key, space, &self.inventory, &mut self.answers, self.encode) else {
            if state.is_vacant() {
                self.placements.remove(key);
            }
            return true;
        };
        let mut pass = Pass { key, state, target: &target, inventory: &self.inventory, draft };
        let before = pass.draft.outcome.row_count();
        // A withdrawal is told first: once its rows are empty, nothing else remembers the number.
        let done = match (target.withdrawn, pass.state.is_rolling()) {
            (true, _) => pass.rollout(now_ms) && pass.withdraw(),
            (false, false) => pass.regions() && pass.rollout(now_ms),
            (false, true) => pass.roll(&self.attendance, now_ms),
        };
        if pass.draft.outcome.row_count() > before {
            pass.draft.in_flight.push(key.clone());
            pass.contents(space);
        }
        done
    }
}

/// An outcome in the making.
struct Draft {
    /// Rows that there is room for.
    left: usize,
    /// Locations that may still be looked at.
    looks: u64,
    outcome: Outcome,
    in_flight: Vec<PlacementKey>,
}

impl Draft {
    fn new(limit: usize) -> Self {
        let (left, looks) = (limit.max(MIN_LIMIT), limit.saturating_mul(LOOKED_AT).max(1) as u64);
        Self { left, looks, outcome: Outcome::default(), in_flight: Vec::new() }
    }
}

/// One placement's part in it.
struct Pass<'a> {
    key: &'a PlacementKey,
    state: &'a mut State,
    target: &'a Target,
    inventory: &'a Inventory,
    draft: &'a mut Draft,
}

impl Pass<'_> {
    /// Compares what is marked; whether all of it found room.
    fn regions(&mut self) -> bool {
        let whole = self.state.marks.regions.iter().copied();
        let mut regions: Vec<u32> =
            whole.chain(self.state.marks.cells.iter().map(|(region, _)| *region)).collect();
        // By name: numbers depend on the order of events, and replicas shall write the same.
        regions.sort_unstable_by_key(|region| &self.inventory.regions.get(*region).name);
        regions.dedup();
        regions.into_iter().all(|region| self.region(region))
    }

    fn region(&mut self, region: u32) -> bool {
        let count = self.count(region);
        let rows = self.state.rows.regions.get(&region);
        let before = rows.and_then(|rows| rows.bits);
        if count == 0 && before.is_none() {
            self.unmark(region);
            return true;
        }
        let bits = layout::bits(count, before);
        if rows.is_some_and(|rows| rows.is_whole(bits)) {
            self.buckets(region, bits)
        } else {
            self.cut(region, bits)
        }
    }

    /// How many locations may be listed in a region.
    fn count(&self, region: u32) -> u64 {
        let members = &self.inventory.regions.get(region).members;
        self.chosen().map_or(0, |chosen| chosen.intersection_len(members))
    }

    /// What is chosen, if there is a release to be given.
    fn chosen(&self) -> Option<&RoaringBitmap> {
        self.target.release.and(self.state.chosen())
    }

    /// Cuts a region anew: all rows or none, since a reader takes the cut from any of them.
    fn cut(&mut self, region: u32, bits: u32) -> bool {
        if self.draft.left < 1 << bits {
            return false;
        }
        self.unmark(region);
        for bucket in 0..1 << bits {
            let row = self.row(region, bucket, bits);
            self.emit(region, bucket, row);
        }
        true
    }

    /// Compares the marked buckets of a region whose cut stays.
    fn buckets(&mut self, region: u32, bits: u32) -> bool {
        let mut buckets = self.marked(region, bits).into_iter();
        self.unmark(region);
        for bucket in buckets.by_ref() {
            if self.draft.left == 0 {
                self.state.marks.cells.insert((region, bucket));
                break;
            }
            let row = self.row(region, bucket, bits);
            let stored = self.state.rows.regions.get(&region).and_then(|rows| rows.rows.get(&bucket));
            if stored.is_none_or(|(_, stored)| *stored != row) {
                self.emit(region, bucket, row);
            }
        }
        let left: Vec<u32> = buckets.collect();
        self.state.marks.cells.extend(left.iter().map(|bucket| (region, *bucket)));
        self.draft.left > 0 || !self.state.marks.cells.iter().any(|(marked, _)| *marked == region)
    }

    fn marked(&self, region: u32, bits: u32) -> Vec<u32> {
        if self.state.marks.regions.contains(&region) {
            return (0..1 << bits).collect();
        }
        let cells = self.state.marks.cells.range((region, 0)..=(region, u32::MAX));
        let mut buckets: Vec<u32> = cells.map(|(_, cell)| cell & ((1 << bits) - 1)).collect();
        buckets.sort_unstable();
        buckets.dedup();
        buckets
    }

    fn unmark(&mut self, region: u32) {
        self.state.marks.regions.remove(&region);
        self.state.marks.cells.retain(|(marked, _)| *marked != region);
    }

    /// What a row shall say.
    fn row(&mut self, region: u32, bucket: u32, bits: u32) -> Row {
        self.draft.outcome.compared += 1;
        let groups = match (self.target.release, self.chosen()) {
            _ if self.state.is_rolling() => self.held_groups(region, bucket, bits),
            (Some(release), Some(chosen)) => self.groups(region, bucket, bits, release, chosen),
            _ => Vec::new(),
        };
        Row { uid: self.target.uid.clone(), create_time: self.target.create_time, bits, groups }
    }

    fn groups(
        &self,
        region: u32,
        bucket: u32,
        bits: u32,
        release: Digest,
        chosen: &RoaringBitmap,
    ) -> Vec<Group> {
        let Inventory { names, regions, .. } = self.inventory;
        let mut members: BTreeMap<Vec<&str>, (Vec<u32>, Vec<u32>)> = BTreeMap::new();
        for handle in self.inventory.chosen_in(region, bucket, bits, chosen) {
            let mut from = self.state.rows.arriving_from(region, handle, names.position(handle));
            from.sort_unstable_by_key(|number| &regions.get(*number).name);
            let key = from.iter().map(|number| regions.get(*number).name.as_str()).collect();
            members.entry(key).or_insert_with(|| (from, Vec::new())).1.push(handle);
        }
        let group = |(arriving_from, members)| Group {
            release,
            rollout: self.target.number,
            wave: 0,
            arriving_from,
            former: None,
            members,
        };
        members.into_values().map(group).collect()
    }

    /// Empties the rows of a placement that is deleted. They stay: an empty row is the instruction to remove.
    fn withdraw(&mut self) -> bool {
        let full = |(_, _, row): &(u32, u32, &Row)| !row.groups.is_empty();
        let rows: Vec<(u32, u32, Row)> = self.state.rows.iter().filter(full).map(emptied).collect();
        self.draft.outcome.compared += rows.len();
        let fits = rows.len() <= self.draft.left;
        for (region, bucket, row) in rows.into_iter().take(self.draft.left) {
            self.emit(region, bucket, row);
        }
        self.state.marks = Default::default();
        fits
    }

    fn emit(&mut self, region: u32, bucket: u32, row: Row) {
        self.draft.left -= 1;
        self.draft.outcome.decisions.push(DecisionRow {
            region: self.inventory.regions.get(region).name.clone(),
            bucket,
            placement: self.key.clone(),
            decision: row.to_decision(self.inventory),
            cause: self.state.cause.clone(),
        });
        self.state.sent.insert((region, bucket), row);
    }

    /// Compares the rollout; whether it found room.
    fn rollout(&mut self, now_ms: u64) -> bool {
        let before = self.state.rollout.as_ref();
        let row = match self.target.withdrawn {
            true => rollout::withdrawn_row(self.target, before),
            false => self.rollout_row(now_ms),
        };
        if self.state.is_rolling() && !self.target.withdrawn {
            // Written once more, if it comes to that, as it is now.
            self.state.rolling.next = Some(row.clone());
        }
        if self.state.rollout.as_ref() == Some(&row) {
            return true;
        }
        if self.draft.left == 0 {
            return false;
        }
        self.draft.left -= 1;
        let cause = self.state.cause.clone();
        self.draft.outcome.rollouts.push(RolloutRow { placement: self.key.clone(), rollout: row, cause });
        true
    }

    fn rollout_row(&self, now_ms: u64) -> Rollout {
        let before = self.state.rollout.as_ref();
        let locations = self.chosen().map_or(0, RoaringBitmap::len);
        let problems = self.state.problems(self.inventory);
        match self.state.rolling.next.clone().filter(|_| self.state.is_rolling()) {
            Some(next) => Rollout {
                generation: self.target.generation,
                object_count: self.object_count(),
                location_count: locations,
                problems,
                ..next
            },
            None => rollout::row(self.target, before, self.object_count(), locations, problems, now_ms),
        }
    }

    fn object_count(&self) -> u32 {
        match (&self.state.candidate, &self.state.rollout) {
            (Some(Candidate::Ready(ready)), _) => u32::try_from(ready.sources.len()).unwrap_or(u32::MAX),
            (_, Some(before)) if self.target.release.is_some() => before.object_count,
            _ => 0,
        }
    }

    /// Adds what the rows name and no stored release of this placement has named before.
    fn contents(&mut self, space: &Space) {
        let Some(Candidate::Ready(ready)) = &self.state.candidate else { return };
        if self.target.release != Some(ready.digest) || self.state.stored.contains(&ready.digest) {
            return;
        }
        let sources = sources(ready, space).filter(|(digest, _)| !self.state.stored.contains(digest));
        let contents = sources.chain([(ready.digest, ready.bytes.clone())]);
        self.draft.outcome.contents.extend(contents);
    }
}

fn sources<'a>(ready: &'a Ready, space: &'a Space) -> impl Iterator<Item = (Digest, Arc<[u8]>)> {
    let bytes = |(digest, key): &(Digest, _)| Some((*digest, space.object(key)?.to_bytes().into()));
    ready.sources.iter().filter_map(bytes)
}

fn emptied((region, bucket, row): (u32, u32, &Row)) -> (u32, u32, Row) {
    (
        region,
        bucket,
        Row { uid: row.uid.clone(), create_time: row.create_time, bits: row.bits, groups: Vec::new() },
    )
}
