//! What an apply changes, decided on the declared rows alone.
//!
//! What is being deleted and is applied again is declared anew, with another uid: whoever applies it wants it to be
//! there, and it would otherwise vanish behind its back. An edit of the very object that is being deleted, told by its
//! version, is refused.

use bytes::Bytes;
use model::{Metadata, Resource};
use prost::Message as _;
use wire::{Key, api};

use super::regions;
use crate::{
    change::{Stored, Write},
    declared::{Declared, message},
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
    row: wire::Row,
    expected: u64,
}

impl Planned {
    /// `None`: nothing changes.
    pub(crate) fn write(&self) -> Option<Write> {
        if self.change == api::Change::Unchanged {
            return None;
        }
        let row = bus::Write::new(self.key.clone(), self.row.bytes.clone()).expecting(self.expected);
        Some(Write { row, content: self.row.content.clone() })
    }

    /// The same, with the version that it got when it was stored.
    pub(crate) fn at(mut self, stored: &Stored) -> Self {
        if let Some(seq) = stored.get(&self.key) {
            self.resource.metadata.get_or_insert_default().resource_version = seq.to_string();
        }
        self
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
    let before = declared.get(key).filter(|_| !declared.is_leaving(key));
    let previous = before.and_then(message);
    let mut wanted = resource.clone();
    wanted.metadata.resource_version.clear();
    match &previous {
        Some(previous) => keep(&mut wanted.metadata, previous),
        None => begin(&mut wanted.metadata, now_ms, new_uid()),
    }
    let mut row = encode(key, &wanted, before.map(|row| &row.bytes));
    let change = match (before, &previous) {
        (Some(before), _) if before.bytes == row.bytes => api::Change::Unchanged,
        (_, Some(previous)) => {
            if spec(&row.bytes) != previous.spec {
                wanted.metadata.generation += 1;
                row = encode(key, &wanted, before.map(|row| &row.bytes));
            }
            api::Change::Configured
        }
        _ => api::Change::Created,
    };
    check_size(key, &row)?;
    let resource = shown(&row.bytes, before.map(|row| row.seq).filter(|_| change == api::Change::Unchanged))?;
    Ok(Planned { key: key.clone(), change, resource, previous, row, expected: declared.seq(key) })
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

/// Before anything is stored, so that nothing is stored by half because of it.
fn check_size(key: &Key, row: &wire::Row) -> Result<(), Error> {
    let most = key.stream().map_or(0, |stream| bus::topology::shape(&stream).max_message);
    let most = usize::try_from(most).unwrap_or(0);
    if row.bytes.len() <= most {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "{}: it takes {} bytes; at most {most} can be stored, make several of it",
        names::text(key),
        row.bytes.len()
    )))
}

fn begin(metadata: &mut Metadata, now_ms: u64, uid: String) {
    metadata.uid = uid;
    metadata.generation = 1;
    metadata.create_time = now_ms;
}

/// What a resource keeps over changes.
fn keep(metadata: &mut Metadata, previous: &api::Resource) {
    let Some(previous) = &previous.metadata else { return };
    metadata.uid.clone_from(&previous.uid);
    metadata.generation = previous.generation;
    metadata.create_time = previous.create_time_ms;
}

fn encode(key: &Key, wanted: &Resource, before: Option<&Bytes>) -> wire::Row {
    let row = labels::kept(wanted, wire::encode_row(wanted));
    match before {
        Some(before) => wire::Row { bytes: wire::merge_unknown(key, before, &row.bytes).into(), ..row },
        None => row,
    }
}

fn spec(row: &Bytes) -> Option<api::resource::Spec> {
    api::Resource::decode(row.clone()).ok()?.spec
}

fn shown(row: &Bytes, seq: Option<u64>) -> Result<api::Resource, Error> {
    let mut resource = api::Resource::decode(row.clone())
        .map_err(|error| Error::Internal(format!("a row just encoded does not decode: {error}")))?;
    if let Some(seq) = seq {
        resource.metadata.get_or_insert_default().resource_version = seq.to_string();
    }
    Ok(resource)
}

#[cfg(test)]
mod tests {
    use model::{LocationSpec, RegionSpec, Spec};

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
            let write = planned.remove(0).write().unwrap();
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
        assert!(again.iter().all(|one| one.change == api::Change::Unchanged && one.write().is_none()));
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
        let write = planned(&declared, &[location("eu", "b")]).unwrap()[0].write().unwrap();
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
