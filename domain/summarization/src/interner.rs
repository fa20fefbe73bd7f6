//! One copy of strings that many rows share: versions, identifiers of placements.

use std::collections::BTreeSet;
use std::sync::Arc;

/// Agents choose some of these strings; beyond this many, older ones are no longer shared, which costs memory only.
const MAX_SHARED: usize = 4_096;

/// Strings seen before.
#[derive(Clone, Debug, Default)]
pub struct Interner {
    shared: BTreeSet<Arc<str>>,
}

impl Interner {
    /// `text`, shared with everybody who asked for it before.
    pub fn intern(&mut self, text: &str) -> Arc<str> {
        if let Some(shared) = self.shared.get(text) {
            return shared.clone();
        }
        if self.shared.len() >= MAX_SHARED {
            self.shared.clear();
        }
        let shared: Arc<str> = text.into();
        self.shared.insert(shared.clone());
        shared
    }
}
