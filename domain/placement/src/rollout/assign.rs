//! Which wave a location is in; decided on the spec, the locations and what they hold.

use model::{RolloutSpec, Select};
use roaring::RoaringBitmap;

use super::input::{Held, Order};

/// What waves are filled from.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "an order is a function")]
pub struct Membership<'a> {
    pub chosen: &'a RoaringBitmap,
    /// For each declared wave what its selector matches; anything, where it has none.
    pub selected: &'a [RoaringBitmap],
    pub held: &'a [Held],
    /// The first number of the rollout: who holds one of its numbers stays in the wave in which it was moved, whatever has
    /// changed since.
    pub first: u64,
    pub order: Order<'a>,
}

/// The locations of each wave, disjoint, all chosen ones together; the last is what no declared wave selects, or the
/// declared one that takes what is left.
///
/// It need not be computed again when locations are moved: who is moved stays, and the rest is filled as before.
pub fn assign(spec: &RolloutSpec, of: Membership<'_>) -> Vec<RoaringBitmap> {
    let count = names(spec).count();
    let mut waves = vec![RoaringBitmap::new(); count];
    let mut free = of.chosen.clone();
    for held in of.held.iter().filter(|held| held.number >= of.first) {
        let Some(wave) = waves.get_mut(held.wave as usize) else { continue };
        // In two rows, while it moves between regions: the first one counts.
        let stays = &held.locations & &free;
        free -= &stays;
        *wave |= stays;
    }
    let mut queue = Queue::new(spec, &free, of.order);
    for (index, declared) in spec.waves.iter().enumerate() {
        let moved = waves[index].len();
        let missing = |size: u64| size.saturating_sub(moved);
        let taken = match &declared.select {
            Some(Select::Selector(_)) => &of.selected[index] & &free,
            Some(Select::Count(count)) => queue.take(missing((*count).into()), &free),
            Some(Select::Percent(percent)) => queue.take(missing(percent.ceil(of.chosen.len())), &free),
            None => free.clone(),
        };
        free -= &taken;
        waves[index] |= taken;
    }
    if let Some(last) = waves.last_mut() {
        *last |= free;
    }
    waves
}

/// The names of the waves of a spec, the implied one included.
pub(super) fn names(spec: &RolloutSpec) -> impl Iterator<Item = &str> {
    let takes_the_rest = spec.waves.last().is_some_and(|wave| wave.select.is_none());
    let implied = (!takes_the_rest).then_some(RolloutSpec::REMAINDER);
    spec.waves.iter().map(|wave| wave.name.as_str()).chain(implied)
}

/// Locations in their order, from which waves of a certain size are filled. Sorted only if there are such waves.
struct Queue {
    sorted: Vec<u32>,
    next: usize,
}

impl Queue {
    fn new(spec: &RolloutSpec, free: &RoaringBitmap, order: Order<'_>) -> Self {
        let by_size = |select: &Select| matches!(select, Select::Count(_) | Select::Percent(_));
        if !spec.waves.iter().filter_map(|wave| wave.select.as_ref()).any(by_size) {
            return Self { sorted: Vec::new(), next: 0 };
        }
        let mut sorted: Vec<u32> = free.iter().collect();
        sorted.sort_unstable_by(|left, right| order(*left, *right));
        Self { sorted, next: 0 }
    }

    /// The next `count` that are still free. Who is passed over belongs to a wave already, so that nobody is looked at twice.
    fn take(&mut self, count: u64, free: &RoaringBitmap) -> RoaringBitmap {
        let mut taken = RoaringBitmap::new();
        while taken.len() < count
            && let Some(handle) = self.sorted.get(self.next)
        {
            self.next += 1;
            if free.contains(*handle) {
                taken.insert(*handle);
            }
        }
        taken
    }
}
