//! What placement keeps of a location beside its labels: what expressions read, prioritizers score and tolerations accept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{LocationSpec, Metadata, Taint};

/// Entries of a map, sorted by key. A million locations have the same few keys, so these are shared.
pub(crate) type Entries = Box<[(Arc<str>, Box<str>)]>;

/// What is kept of a location that has any of it; most have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub annotations: Entries,
    pub properties: Entries,
    pub capacity: Entries,
    pub taints: Box<[Taint]>,
    /// More than expressions are bounded for: each of them fails here.
    pub too_large: bool,
}

/// The keys that occur anywhere.
#[derive(Debug, Default)]
pub(crate) struct Keys(BTreeSet<Arc<str>>);

impl Keys {
    /// The facts of a location; `None`: there are none.
    pub fn facts(&mut self, metadata: &Metadata, spec: &LocationSpec) -> Option<Box<Facts>> {
        let facts = Facts {
            annotations: self.entries(&metadata.annotations),
            properties: self.entries(&spec.properties),
            capacity: self.entries(&spec.capacity),
            taints: spec.taints.clone().into(),
            too_large: expression::is_too_large(metadata, spec),
        };
        (facts != Facts::default()).then(|| Box::new(facts))
    }

    fn entries(&mut self, map: &BTreeMap<String, String>) -> Entries {
        map.iter().map(|(key, value)| (self.key(key), value.as_str().into())).collect()
    }

    fn key(&mut self, key: &str) -> Arc<str> {
        if let Some(known) = self.0.get(key) {
            return known.clone();
        }
        let key: Arc<str> = key.into();
        self.0.insert(key.clone());
        key
    }
}

impl Facts {
    /// One of its maps by the name that it has in expressions.
    pub fn map(&self, field: &str) -> Option<&Entries> {
        match field {
            "annotations" => Some(&self.annotations),
            "properties" => Some(&self.properties),
            "capacity" => Some(&self.capacity),
            _ => None,
        }
    }
}

/// The value of a key.
pub(crate) fn value<'a>(entries: &'a Entries, key: &str) -> Option<&'a str> {
    let at = entries.binary_search_by(|(known, _)| (**known).cmp(key)).ok()?;
    Some(&entries[at].1)
}
