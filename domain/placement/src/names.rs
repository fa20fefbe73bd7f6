//! Location names as small numbers, so that sets of them are bitmaps. Decides nothing.

use std::fmt;
use std::sync::Arc;

use crate::layout;

/// Interned names. A handle stands for one name for as long as the process lives, also after its location is gone:
/// decisions still to be withdrawn name it.
///
/// An open-addressing table instead of a tree: folding ten million names from stored decisions is mostly this lookup.
/// Nothing ever iterates over it, so its order cannot leak.
#[derive(Default)]
pub(crate) struct Names {
    names: Vec<Arc<str>>,
    positions: Vec<u32>,
    /// A handle plus one; 0: free. A power of two long, at most half full.
    slots: Vec<u32>,
}

impl Names {
    /// The handle of `name`, if it was ever seen.
    pub fn get(&self, name: &str) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        self.slots[self.slot(name, layout::position(name))].checked_sub(1)
    }

    /// The handle of `name`, a new one if need be.
    pub fn intern(&mut self, name: &str) -> u32 {
        if self.slots.len() < 2 * (self.names.len() + 1) {
            self.grow();
        }
        let position = layout::position(name);
        let slot = self.slot(name, position);
        if let Some(handle) = self.slots[slot].checked_sub(1) {
            return handle;
        }
        self.names.push(name.into());
        self.positions.push(position);
        let count =
            u32::try_from(self.names.len()).expect("four thousand million names do not fit into memory");
        self.slots[slot] = count;
        count - 1
    }

    /// The name behind a handle.
    pub fn name(&self, handle: u32) -> &str {
        &self.names[handle as usize]
    }

    /// The same, to be kept by whoever orders by it.
    pub fn shared(&self, handle: u32) -> &Arc<str> {
        &self.names[handle as usize]
    }

    /// Where in its region's order the name is, see [`layout::position`].
    pub fn position(&self, handle: u32) -> u32 {
        self.positions[handle as usize]
    }

    /// The slot that holds `name`, or the free one where it belongs.
    fn slot(&self, name: &str, position: u32) -> usize {
        let mask = self.slots.len() - 1;
        // Positions have their entropy at the top; the table wants it at the bottom.
        let mut slot = position.reverse_bits() as usize & mask;
        while let Some(handle) = self.slots[slot].checked_sub(1) {
            if self.position(handle) == position && self.name(handle) == name {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        self.slots = vec![0; (self.slots.len() * 2).max(16)];
        for handle in 0..self.names.len() {
            let slot = self.slot(&self.names[handle], self.positions[handle]);
            self.slots[slot] = u32::try_from(handle + 1).expect("handles fit, or intern would have refused");
        }
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names").field("count", &self.names.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_handle_however_many_follow() {
        let mut names = Names::default();
        let handles: Vec<u32> = (0..5_000).map(|n| names.intern(&format!("store-{n}"))).collect();
        for (n, handle) in handles.iter().enumerate() {
            let name = format!("store-{n}");
            assert_eq!((names.get(&name), names.intern(&name)), (Some(*handle), *handle));
            assert_eq!(names.name(*handle), name);
        }
        assert_eq!(names.get("another"), None);
    }
}
