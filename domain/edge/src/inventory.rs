//! What Tributary itself has applied at this location: the only objects that it may ever delete.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{Deletion, Digest, ObjectKey, PlacementKey};

use crate::{Wish, Wishes};

/// All objects that are Tributary's here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    pub entries: BTreeMap<Arc<ObjectKey>, Entry>,
}

/// One object of the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The API version under which it was applied, needed to address it for deletion.
    pub version: String,
    /// What was last applied. `None`: it was about to be created and nobody has confirmed that it was.
    pub content: Option<Digest>,
    /// The placements that share it; most objects have theirs in common.
    pub owners: Arc<BTreeSet<Owner>>,
    /// What becomes of it when nobody wants it any more.
    pub deletion: Deletion,
    /// It was there before and is as it was found: taken over without being written.
    pub adopted: bool,
    /// A namespace that nobody asked for by name: it is there for the objects in it, and goes only when it is empty.
    pub implied: bool,
    /// What the system said when it took the object, if it says anything.
    pub receipt: Option<Box<Receipt>>,
    /// How it came to its end, of what runs once.
    pub ended: Option<Ended>,
}

/// What a system says of an object that it has taken: later it is the same object, as it was written, or it is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Another object of the same name has another one.
    pub uid: String,
    /// Over the fields that are Tributary's: see [`crate::fields::print`].
    pub fields: u64,
    /// Over what was ignored of it then: see [`crate::fields::ignored`].
    pub ignored: u64,
}

/// How something ended that runs once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Succeeded,
    Failed,
}

/// A placement, told apart from another of the same name that existed before or after it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    pub placement: PlacementKey,
    pub uid: String,
}

impl Inventory {
    /// What is noted where every wish is applied and nothing else is Tributary's.
    pub fn of(wishes: &Wishes) -> Self {
        let entry = |(key, wish): (&Arc<ObjectKey>, &Wish)| {
            (key.clone(), Entry { content: wish.manifest(), ..Entry::intended(wish) })
        };
        Self { entries: wishes.objects.iter().map(entry).collect() }
    }

    /// Notes what is about to be created, before it is: a crash in between leaves an entry without content. What is
    /// there already stays as it is noted, since its content can be observed.
    pub fn intend(&mut self, key: &Arc<ObjectKey>, wish: &Wish) -> bool {
        let absent = !self.entries.contains_key(key);
        if absent {
            self.entries.insert(key.clone(), Entry::intended(wish));
        }
        absent
    }

    /// Notes that the wish is applied.
    pub fn confirm(&mut self, key: &Arc<ObjectKey>, wish: &Wish, content: Digest, receipt: Option<Receipt>) {
        let receipt = receipt.map(Box::new);
        let entry = Entry { content: Some(content), receipt, ..Entry::intended(wish) };
        self.entries.insert(key.clone(), entry);
    }

    /// Notes that an object which agreed with the wish was taken over as it was.
    pub fn adopt(&mut self, key: &Arc<ObjectKey>, wish: &Wish, content: Digest, receipt: Option<Receipt>) {
        self.confirm(key, wish, content, receipt);
        self.entries.entry(key.clone()).and_modify(|entry| entry.adopted = true);
    }

    /// Notes how what runs once has ended; whether that is news.
    pub fn end(&mut self, key: &ObjectKey, ended: Ended) -> bool {
        let entry = self.entries.get_mut(key).filter(|entry| entry.ended != Some(ended));
        entry.map(|entry| entry.ended = Some(ended)).is_some()
    }

    /// Notes who wants an object that stays as it is.
    pub fn share(&mut self, key: &ObjectKey, wish: &Wish) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.owners.clone_from(&wish.owners);
            entry.deletion = wish.deletion;
            entry.implied = wish.implied;
        }
    }

    /// The object is gone, or no longer Tributary's.
    pub fn forget(&mut self, key: &ObjectKey) -> bool {
        self.entries.remove(key).is_some()
    }

    /// Whether anything of this placement is left.
    pub fn holds(&self, owner: &Owner) -> bool {
        self.entries.values().any(|entry| entry.owners.contains(owner))
    }
}

impl Entry {
    fn intended(wish: &Wish) -> Self {
        Self {
            version: wish.object.version.clone(),
            content: None,
            owners: wish.owners.clone(),
            deletion: wish.deletion,
            adopted: false,
            implied: wish.implied,
            receipt: None,
            ended: None,
        }
    }
}
