//! What an apply changes, decided on the declared rows alone.
//!
//! What is being deleted and is applied again is declared anew, with another uid: whoever applies it wants it to be
//! there, and it would otherwise vanish behind its back. An edit of the very object that is being deleted, told by its
//! version, is refused.

use model::Resource;
use prost::Message as _;
use wire::{Key, api};

use super::{dependencies, regions};
use crate::{
    change::{Stored, Write},
    declared::{self, Declared, Row},
    error::Error,
    labels, names,
};

/// What becomes of one resource.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub key: Key,
    pub change: api::Change,
    pub resource: api::Resource,
    pub previous: Option<api::Resource>,
    /// `None`: nothing changes.
    pub write: Option<Write>,
}

impl Planned {
    /// The same, with the version that it got when it was stored.
    pub(crate) fn at(self, stored: &Stored) -> Self {
        match stored.get(&self.key) {
            Some(seq) => Self { resource: declared::shown(self.resource, *seq), ..self },
            None => self,
        }
    }
}

/// Parallel to `resources`, whose keys are distinct.
pub(super) fn plan(
    declared: &Declared,
    resources: &[(Key, Resource)],
    now_ms: u64,
    new_uid: &mut impl FnMut() -> String,
) -> Result<Vec<Planned>, Error> {
    regions::check(declared, resources)?;
    dependencies::check(declared, resources)?;
    resources.iter().map(|(key, resource)| one(declared, key, resource, now_ms, new_uid)).collect()
}

fn one(
    declared: &Declared,
    key: &Key,
    resource: &Resource,
    now_ms: u64,
    new_uid: &mut impl FnMut() -> String,
) -> Result<Planned, Error> {
    check_version(declared, key, &resource.metadata.resource_version)?;
    let before = declared.get(key).filter(|_| !declared.is_leaving(key)).map(Before::of);
    let stored = before.as_ref().and_then(|before| before.message.as_ref());
    let (mut wanted, content) = labels::kept(resource);
    let metadata = wanted.metadata.get_or_insert_default();
    metadata.resource_version.clear();
    match stored {
        Some(stored) => keep(metadata, stored),
        None => begin(metadata, now_ms, new_uid()),
    }
    let change = match stored {
        Some(stored) if *stored == wanted => api::Change::Unchanged,
        Some(stored) => {
            wanted.metadata.get_or_insert_default().generation += u64::from(stored.spec != wanted.spec);
            api::Change::Configured
        }
        None => api::Change::Created,
    };
    let write = match change {
        api::Change::Unchanged => None,
        _ => Some(Write { row: row(key, &wanted, before.as_ref())?.expecting(declared.seq(key)), content }),
    };
    let resource = match &before {
        Some(before) if write.is_none() => declared::shown(wanted, before.row.seq),
        _ => wanted,
    };
    Ok(Planned { key: key.clone(), change, resource, previous: before.and_then(Before::shown), write })
}

/// What is stored already, read once.
struct Before<'a> {
    row: &'a Row,
    /// `None`: it cannot be read.
    message: Option<api::Resource>,
}

impl<'a> Before<'a> {
    fn of(row: &'a Row) -> Self {
        Self { row, message: declared::stored(row) }
    }

    /// Whether there are fields in it that this version does not know: what it knows takes fewer bytes.
    fn has_unknown(&self) -> bool {
        self.message.as_ref().is_none_or(|known| known.encoded_len() != self.row.bytes.len())
    }

    fn shown(self) -> Option<api::Resource> {
        Some(declared::shown(self.message?, self.row.seq))
    }
}

/// Optimistic concurrency, where the caller asks for it.
fn check_version(declared: &Declared, key: &Key, wanted: &str) -> Result<(), Error> {
    let found = declared.get(key).map(|row| row.seq.to_string()).unwrap_or_default();
    let changed =
        |what: String| Error::Changed(format!("{}: metadata.resourceVersion: {what}", names::text(key)));
    if wanted.is_empty() {
        return Ok(());
    }
    if wanted != found {
        let found = if found.is_empty() { "it is not there".to_owned() } else { format!("it is at {found}") };
        let what = format!("it was read at {wanted}, {found}; read it again, or leave the field out");
        return Err(changed(what));
    }
    match declared.is_leaving(key) {
        true => Err(changed("it is being deleted; leave the field out to declare it anew".to_owned())),
        false => Ok(()),
    }
}

fn begin(metadata: &mut api::Metadata, now_ms: u64, uid: String) {
    metadata.uid = uid;
    metadata.generation = 1;
    metadata.create_time_ms = now_ms;
}

/// What a resource keeps over changes.
fn keep(metadata: &mut api::Metadata, stored: &api::Resource) {
    let Some(stored) = &stored.metadata else { return };
    metadata.uid.clone_from(&stored.uid);
    metadata.generation = stored.generation;
    metadata.create_time_ms = stored.create_time_ms;
}

/// The row to be stored, with what a later version has written into the one that it replaces.
fn row(key: &Key, wanted: &api::Resource, before: Option<&Before>) -> Result<bus::Write, Error> {
    let mut bytes = wanted.encode_to_vec();
    if let Some(before) = before.filter(|before| before.has_unknown()) {
        bytes = wire::merge_unknown(key, &before.row.bytes, &bytes);
    }
    check_size(key, &bytes)?;
    Ok(bus::Write::new(key.clone(), bytes))
}

/// Before anything is stored, so that nothing is stored by half because of it.
fn check_size(key: &Key, row: &[u8]) -> Result<(), Error> {
    let most = key.stream().map_or(0, |stream| bus::topology::shape(&stream).max_message);
    let most = usize::try_from(most).unwrap_or(0);
    if row.len() <= most {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "{}: it takes {} bytes; at most {most} can be stored, make several of it",
        names::text(key),
        row.len()
    )))
}

#[cfg(test)]
mod tests {
    use model::{LocationSpec, Metadata, RegionSpec, Spec};

    use super::*;

    fn region(name: &str, parent: &str) -> (Key, Resource) {
        let spec = Spec::Region(RegionSpec { parent: parent.into() });
        (
            Key::Region(name.into()),
            Resource { metadata: Metadata { name: name.into(), ..Metadata::default() }, spec },
        )
    }

    fn location(region: &str, label: &str) -> (Key, Resource) {
        let labels = [("tier".to_owned(), label.to_owned())].into();
        let metadata = Metadata { name: "fra-1".into(), labels, ..Metadata::default() };
        let spec = Spec::Location(LocationSpec { region: region.into(), ..LocationSpec::default() });
        (Key::Location("fra-1".into()), Resource { metadata, spec })
    }

    fn planned(declared: &Declared, resources: &[(Key, Resource)]) -> Result<Vec<Planned>, Error> {
        plan(declared, resources, 42, &mut || "uid-1".to_owned())
    }

    /// What is declared after `resources` were applied one after the other.
    fn declared(resources: &[(Key, Resource)]) -> Declared {
        let mut declared = Declared::default();
        for (seq, resource) in (1..).zip(resources) {
            let mut planned = planned(&declared, std::slice::from_ref(resource)).unwrap();
            let write = planned.remove(0).write.unwrap();
            declared.fold(write.row.key, Some(write.row.value), seq);
        }
        declared
    }

    fn generation(planned: &Planned) -> u64 {
        planned.resource.metadata.as_ref().unwrap().generation
    }

    #[test]
    fn what_is_new_is_created_with_an_identity_of_its_own() {
        let planned = planned(&Declared::default(), &[region("eu", ""), location("eu", "a")]).unwrap();
        let metadata = planned[1].resource.metadata.as_ref().unwrap();
        assert_eq!((metadata.uid.as_str(), metadata.generation, metadata.create_time_ms), ("uid-1", 1, 42));
        assert_eq!(planned[1].change, api::Change::Created);
    }

    #[test]
    fn what_is_there_already_changes_nothing() {
        let resources = [region("eu", ""), location("eu", "a")];
        let again = planned(&declared(&resources), &resources).unwrap();
        assert!(again.iter().all(|one| one.change == api::Change::Unchanged && one.write.is_none()));
        assert_eq!(again[1].resource.metadata.as_ref().unwrap().resource_version, "2");
    }

    #[test]
    fn only_changes_of_the_spec_raise_the_generation() {
        let declared = declared(&[region("eu", ""), region("us", ""), location("eu", "a")]);
        let relabelled = planned(&declared, &[location("eu", "b")]).unwrap();
        let moved = planned(&declared, &[location("us", "a")]).unwrap();
        assert_eq!((relabelled[0].change, generation(&relabelled[0])), (api::Change::Configured, 1));
        assert_eq!((moved[0].change, generation(&moved[0])), (api::Change::Configured, 2));
        assert_eq!(moved[0].resource.metadata.as_ref().unwrap().uid, "uid-1");
    }

    #[test]
    fn a_version_that_is_not_the_newest_is_refused() {
        let declared = declared(&[region("eu", ""), location("eu", "a")]);
        let mut stale = location("eu", "b");
        stale.1.metadata.resource_version = "1".into();
        assert!(matches!(planned(&declared, &[stale.clone()]), Err(Error::Changed(_))));
        stale.1.metadata.resource_version = "2".into();
        assert!(planned(&declared, &[stale]).is_ok());
    }

    #[test]
    fn a_rewrite_keeps_fields_of_a_later_version() {
        let mut declared = declared(&[region("eu", ""), location("eu", "a")]);
        let (key, _) = location("eu", "a");
        let mut later = declared.get(&key).unwrap().bytes.to_vec();
        later.extend(b"\x9a\x06\x02ab");
        declared.fold(key, Some(later.into()), 9);
        let again = planned(&declared, &[location("eu", "a")]).unwrap();
        assert_eq!(again[0].change, api::Change::Unchanged);
        let write = planned(&declared, &[location("eu", "b")]).unwrap().remove(0).write.unwrap();
        assert!(write.row.value.ends_with(b"\x9a\x06\x02ab"));
        assert_eq!(write.row.expected, Some(9));
    }

    #[test]
    fn the_tree_of_regions_stays_a_tree() {
        let known = declared(&[region("eu", "")]);
        let refused = [
            vec![region("de", "nowhere")],
            vec![region("eu", "de"), region("de", "eu")],
            vec![location("nowhere", "a")],
        ];
        for resources in refused {
            assert!(matches!(planned(&known, &resources), Err(Error::Invalid(_))), "{resources:?}");
        }
        assert!(planned(&known, &[region("fr", "de"), region("de", "eu"), location("fr", "a")]).is_ok());
    }
}
