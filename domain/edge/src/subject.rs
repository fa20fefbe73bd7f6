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

/// All objects in the order of their keys.
pub fn subjects<'a>(wishes: &'a Wishes, inventory: &'a Inventory) -> impl Iterator<Item = Subject<'a>> {
    let both = wishes.objects.iter().merge_join_by(&inventory.entries, |wish, entry| wish.0.cmp(entry.0));
    both.map(|found| match found {
        EitherOrBoth::Both((key, wish), (_, entry)) => Subject { key, wish: Some(wish), entry: Some(entry) },
        EitherOrBoth::Left((key, wish)) => Subject { key, wish: Some(wish), entry: None },
        EitherOrBoth::Right((key, entry)) => Subject { key, wish: None, entry: Some(entry) },
    })
}
