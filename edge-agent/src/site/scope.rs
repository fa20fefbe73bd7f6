//! What a pass looks at: everything, or what a new document touches.

use std::sync::Arc;

use edge::{Inventory, Subject, Wishes, subjects, subjects_of, touched};
use model::ObjectKey;

/// The objects of one pass.
#[derive(Debug)]
pub enum Scope {
    All,
    /// In the order of their keys.
    Some(Vec<Arc<ObjectKey>>),
}

impl Scope {
    pub fn subjects<'a>(
        &'a self,
        wishes: &'a Wishes,
        inventory: &'a Inventory,
    ) -> Box<dyn Iterator<Item = Subject<'a>> + Send + 'a> {
        match self {
            Self::All => Box::new(subjects(wishes, inventory)),
            Self::Some(keys) => Box::new(subjects_of(keys, wishes, inventory)),
        }
    }
}

/// The wishes that were last carried out.
#[derive(Debug, Default)]
pub enum Acted {
    /// None in this life: everything has to be looked at.
    #[default]
    Never,
    /// Those of the present view.
    Present,
    /// Those of a former one.
    Before(Wishes),
}

impl Acted {
    /// `wishes` are no longer those of the present view.
    pub fn replaced(&mut self, wishes: Wishes) {
        if matches!(self, Self::Present) {
            *self = Self::Before(wishes);
        }
    }

    /// The present view was carried out.
    pub fn done(&mut self) {
        *self = Self::Present;
    }

    /// The objects that `present` wants otherwise, in the order of their keys; `None`: any may be.
    pub fn touched(&self, present: &Wishes) -> Option<Vec<Arc<ObjectKey>>> {
        match self {
            Self::Never => None,
            Self::Present => present.unknown.is_empty().then(Vec::new),
            Self::Before(wishes) => touched(wishes, present),
        }
    }
}
