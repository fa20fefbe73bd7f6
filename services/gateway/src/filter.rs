//! Which resources a list or a watch is about.

use std::ops::Bound;

use model::{API_GROUP, LabelSelector};
use wire::{Key, api};

use crate::{error::Error, labels};

/// What a list or a watch takes.
#[derive(Debug)]
pub(crate) struct Filter {
    space: String,
    group: String,
    kind: String,
    selector: LabelSelector,
}

impl Filter {
    pub(crate) fn new(space: String, group: String, kind: String, selector: &str) -> Result<Self, Error> {
        let selector = LabelSelector::from_text(selector);
        let selector = selector.map_err(|found| Error::Invalid(format!("label_selector: {found}")))?;
        Ok(Self { space, group, kind, selector })
    }

    /// Whether the key alone lets it through.
    pub(crate) fn takes_key(&self, key: &Key) -> bool {
        match key {
            Key::Region(_) => self.is_of_hub("Region"),
            Key::Location(_) => self.is_of_hub("Location"),
            Key::Intent(key) => {
                let kind = if self.kind.is_empty() { key.group != API_GROUP } else { self.kind == key.kind };
                kind && (self.group.is_empty() || self.group == key.group)
                    && (self.space.is_empty() || self.space == key.space)
            }
            _ => false,
        }
    }

    /// Whether rows have to be decoded to know what it takes.
    pub(crate) fn needs_labels(&self) -> bool {
        !self.selector.is_empty()
    }

    /// Whether its labels let it through.
    pub(crate) fn takes(&self, message: &api::Resource) -> bool {
        self.selector.is_empty() || self.selector.matches(&labels::of(message))
    }

    /// Where in the order of keys to begin: it takes nothing before.
    pub(crate) fn first(&self) -> Bound<Key> {
        let first = match self.kind.as_str() {
            "Location" if self.group == API_GROUP => Key::Location(String::new()),
            "Region" if self.group == API_GROUP => Key::Region(String::new()),
            _ => Key::Intent(model::ResourceKey { space: self.space.clone(), ..Default::default() }),
        };
        Bound::Included(first)
    }

    /// Whether it takes neither this key nor anything after it.
    pub(crate) fn is_past(&self, key: &Key) -> bool {
        let (locations, regions) = (self.is_of_hub("Location"), self.is_of_hub("Region"));
        match key {
            Key::Intent(key) => !locations && !regions && !self.space.is_empty() && key.space > self.space,
            Key::Location(_) => !locations && !regions,
            _ => !regions,
        }
    }

    /// A kind of the hub is meant when no other group is said.
    fn is_of_hub(&self, kind: &str) -> bool {
        self.kind == kind && (self.group.is_empty() || self.group == API_GROUP)
    }
}

#[cfg(test)]
mod tests {
    use model::ResourceKey;

    use super::*;

    fn filter(space: &str, group: &str, kind: &str) -> Filter {
        Filter::new(space.into(), group.into(), kind.into(), "").unwrap()
    }

    fn keys() -> Vec<Key> {
        let intent = |space: &str, group: &str, kind: &str| {
            let (space, group, kind) = (space.to_owned(), group.to_owned(), kind.to_owned());
            Key::Intent(ResourceKey { space, group, kind, name: "x".into(), ..ResourceKey::default() })
        };
        let mut keys = vec![Key::Location("x".into()), Key::Region("x".into())];
        for space in ["a", "b", "c"] {
            keys.extend([
                intent(space, "", "ConfigMap"),
                intent(space, API_GROUP, "Placement"),
                intent(space, "maps.example", "Location"),
            ]);
        }
        keys.sort();
        keys
    }

    #[test]
    fn what_a_filter_takes_is_between_its_first_key_and_the_one_it_is_past() {
        for space in ["", "a", "b", "c", "d"] {
            for group in ["", API_GROUP, "maps.example"] {
                for kind in ["", "ConfigMap", "Placement", "Location", "Region"] {
                    let filter = filter(space, group, kind);
                    let all = keys();
                    let taken = all.iter().filter(|key| filter.takes_key(key));
                    let Bound::Included(first) = filter.first() else { panic!("{filter:?}") };
                    let inside =
                        all.iter().filter(|key| **key >= first).take_while(|key| !filter.is_past(key));
                    let found = inside.filter(|key| filter.takes_key(key));
                    assert!(taken.eq(found), "{filter:?}");
                }
            }
        }
    }
}
