//! Everything that there is to decide about at a location: what is wished for and what Tributary has applied, side by
//! side in the order of their keys. One walk over two ordered tables costs a small part of looking each key up.

use std::sync::Arc;

use itertools::{EitherOrBoth, Itertools as _};
use model::ObjectKey;

use crate::{Entry, Inventory, Wish, Wishes};

/// One object, wished for, in the inventory, or both.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub key: &'a Arc<ObjectKey>,
    pub wish: Option<&'a Wish>,
    pub entry: Option<&'a Entry>,
}

/// Those of `keys`, which come in their order, that there is something to decide about.
pub fn subjects_of<'a>(
    keys: &'a [Arc<ObjectKey>],
    wishes: &'a Wishes,
    inventory: &'a Inventory,
) -> impl Iterator<Item = Subject<'a>> {
    let subject = |key| {
        let (wish, entry) = (wishes.objects.get(key), inventory.entries.get(key));
        (wish.is_some() || entry.is_some()).then_some(Subject { key, wish, entry })
    };
    keys.iter().filter_map(subject)
}

/// The objects that `new` wants otherwise than `old` did, in the order of their keys; `None`: it cannot be told, because a
/// placement is not known in one of them.
pub fn touched(old: &Wishes, new: &Wishes) -> Option<Vec<Arc<ObjectKey>>> {
    if !(old.unknown.is_empty() && new.unknown.is_empty()) {
        return None;
    }
    let both = old.objects.iter().merge_join_by(&new.objects, |old, new| old.0.cmp(new.0));
    let differs = |pair: EitherOrBoth<(&Arc<ObjectKey>, &Wish), _>| match pair {
        EitherOrBoth::Both((_, old), (_, new)) if old == new => None,
        EitherOrBoth::Both(_, (key, _)) | EitherOrBoth::Left((key, _)) | EitherOrBoth::Right((key, _)) => {
            Some(key.clone())
        }
    };
    Some(both.filter_map(differs).collect())
}

/// All objects in the order of their keys.
pub fn subjects<'a>(wishes: &'a Wishes, inventory: &'a Inventory) -> impl Iterator<Item = Subject<'a>> {
    let both = wishes.objects.iter().merge_join_by(&inventory.entries, |wish, entry| wish.0.cmp(entry.0));
    both.map(|found| match found {
        EitherOrBoth::Both((key, wish), (_, entry)) => Subject { key, wish: Some(wish), entry: Some(entry) },
        EitherOrBoth::Left((key, wish)) => Subject { key, wish: Some(wish), entry: None },
        EitherOrBoth::Right((key, entry)) => Subject { key, wish: None, entry: Some(entry) },
    })
}
