//! Sets: what an apply has named together, so that a later one can delete what it no longer names.
//!
//! Membership is bookkeeping of each resource's own row, beside its uid: whoever reads the resource knows it, it changes in
//! the same step as the resource, it is in no manifest, and no edge ever sees it. It stays over applies that name no set.

use std::collections::BTreeMap;

use model::{Resource, Spec, name::is_dns_label};
use wire::{
    Key,
    api::{self, LocationDeletion},
};

use crate::{
    change::Stored,
    declared::{self, Declared},
    delete::{self, Fate},
    error::Error,
    names,
    state::State,
};

/// Resources that are named when they belong to another set.
const MAX_NAMED: usize = 5;

/// What an apply says about sets.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// `space/name`; empty: nothing.
    set: String,
    prune: bool,
    take_over: bool,
    how: LocationDeletion,
}

impl Asked {
    pub(super) fn of(request: &api::ApplyRequest) -> Result<Self, Error> {
        let api::ApplyRequest { set, prune, take_over, .. } = request;
        let is_name =
            set.split_once('/').is_some_and(|(space, name)| is_dns_label(space) && is_dns_label(name));
        let wrong = |text: &str| Err(Error::Invalid(text.to_owned()));
        match (set.is_empty(), *prune) {
            (true, true) => return wrong("prune: of which set is not said; name it in `set`"),
            (false, true) if request.resources.is_empty() => {
                return wrong(
                    "resources: there are none, and pruning would delete the whole set; delete its resources by name",
                );
            }
            (false, _) if !is_name => return wrong("set: write it as space/name, with DNS labels"),
            _ => {}
        }
        let how = delete::how(request.location_deletion)?;
        Ok(Self { set: set.clone(), prune: *prune, take_over: *take_over, how })
    }

    /// Puts resources into the set, unless they belong to another.
    pub(super) fn join(&self, declared: &Declared, resources: &mut [(Key, Resource)]) -> Result<(), Error> {
        if self.set.is_empty() {
            return Ok(());
        }
        let other = |key: &Key| {
            declared
                .set_of(key)
                .filter(|set| *set != self.set && !declared.is_leaving(key))
                .map(str::to_owned)
        };
        let others: Vec<String> = resources
            .iter()
            .filter_map(|(key, _)| Some(format!("{} belongs to set {}", names::text(key), other(key)?)))
            .collect();
        if !others.is_empty() && !self.take_over {
            return Err(self.refuse(&others));
        }
        resources.iter_mut().for_each(|(_, resource)| resource.metadata.set.clone_from(&self.set));
        Ok(())
    }

    fn refuse(&self, others: &[String]) -> Error {
        let more = match others.len().saturating_sub(MAX_NAMED) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let named = others[..others.len().min(MAX_NAMED)].join(", ");
        Error::Precondition(format!(
            "{named}{more}: it cannot be in set {} too; name it in one of them, or take it over with --take-over",
            self.set
        ))
    }

    /// What goes because the set no longer names it, but for what is stored already.
    pub(super) fn prune(
        &self,
        state: &State,
        resources: &[(Key, Resource)],
        stored: &Stored,
    ) -> Result<BTreeMap<Key, Pruned>, Error> {
        if !self.prune {
            return Ok(BTreeMap::new());
        }
        let declared = &state.declared;
        let named: BTreeMap<&Key, &Resource> =
            resources.iter().map(|(key, resource)| (key, resource)).collect();
        let gone = declared.of_set(&self.set).filter(|key| !named.contains_key(key));
        let gone: Vec<Key> = gone.filter(|key| !declared.is_leaving(key)).cloned().collect();
        check_regions(&gone, resources)?;
        let moving: Vec<Key> =
            resources.iter().filter(|it| moves(declared, it)).map(|(key, _)| key.clone()).collect();
        let left = gone.iter().filter(|key| !stored.contains_key(key));
        let fates = delete::plan(state, left, &gone, &moving, self.how)?;
        let pruned = |(key, fate)| {
            let previous = declared.get(&key).and_then(declared::message);
            (key, Pruned { fate, previous })
        };
        Ok(fates.into_iter().map(pruned).collect())
    }
}

/// What has been deleted, and what it was.
#[derive(Clone, Debug)]
pub(super) struct Pruned {
    pub fate: Fate,
    pub previous: Option<api::Resource>,
}

fn moves(declared: &Declared, (key, resource): &(Key, Resource)) -> bool {
    match &resource.spec {
        Spec::Location(spec) => declared.region(key).is_some_and(|region| region != spec.region),
        _ => false,
    }
}

/// A region does not go while something is put into it.
fn check_regions(gone: &[Key], resources: &[(Key, Resource)]) -> Result<(), Error> {
    for (key, resource) in resources {
        let region = match &resource.spec {
            Spec::Location(spec) => &spec.region,
            Spec::Region(spec) => &spec.parent,
            _ => continue,
        };
        if gone.contains(&Key::Region(region.clone())) {
            return Err(Error::Precondition(format!(
                "Region {region}: the set no longer names it, and {} is to be in it; name both, or neither",
                names::text(key)
            )));
        }
    }
    Ok(())
}
