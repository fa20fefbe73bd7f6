//! How many placements each location has, by the decisions that are stored: what `Balance` scores by.

/// Counts by handle.
#[derive(Debug, Default)]
pub(crate) struct Burden(Vec<u32>);

impl Burden {
    /// One placement more lists it.
    pub fn add(&mut self, handle: u32) {
        let slot = handle as usize;
        self.0.resize(self.0.len().max(slot + 1), 0);
        self.0[slot] += 1;
    }

    /// One placement less.
    pub fn remove(&mut self, handle: u32) {
        if let Some(count) = self.0.get_mut(handle as usize) {
            *count = count.saturating_sub(1);
        }
    }

    pub fn of(&self, handle: u32) -> u32 {
        self.0.get(handle as usize).copied().unwrap_or(0)
    }

    /// Forgets all, before what is stored is read again.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}
