//! What the cluster has noted about objects, asked for when somebody wants to know.
//!
//! ```text
//!   objects --owners of ReplicaSets, Jobs, Pods--> what belongs to them --events of their namespaces--> newest last
//! ```

mod event;
mod kin;

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use kube::api::ListParams;
use model::ObjectKey;
use wire::bus::ClusterEvent;

use self::event::Noted;
use self::kin::Kin;
use super::Kubernetes;
use super::cluster::{Cluster, ask};
use super::kinds::resource;
use super::look::ABREAST;
use super::pages::pages;
use crate::Error;
use crate::sink::{About, Events};

const PAGE: u32 = 500;
/// Of one namespace; they come in no order of time, so that all have to be read to know the newest.
const READ: usize = 10_000;
/// Where events about objects of no namespace are.
const DEFAULT: &str = "default";

impl Kubernetes {
    pub(super) async fn noted(&mut self, about: About<'_>) -> Result<Events, Error> {
        let namespaces = match about.object {
            Some(key) => BTreeMap::from([(home(key), vec![(key.clone(), self.uid(key).await?)])]),
            None => self.marked(),
        };
        let cluster = &self.cluster;
        let asked = stream::iter(namespaces).map(|(namespace, objects)| async move {
            of_namespace(cluster, &namespace, &objects, about.warnings_only).await
        });
        let found: Vec<Result<Events, Error>> = asked.buffered(ABREAST).collect().await;
        let mut all = Events::default();
        for events in found {
            let Events { events, notes } = events?;
            all.events.extend(events);
            all.notes.extend(notes);
        }
        all.events.sort_by_key(|event| (event.last_time_ms, event.first_time_ms));
        all.notes.sort();
        all.notes.dedup();
        Ok(all)
    }

    /// What is Tributary's, by where events about it are.
    fn marked(&self) -> BTreeMap<String, Vec<(ObjectKey, String)>> {
        let mut namespaces = BTreeMap::<String, Vec<(ObjectKey, String)>>::new();
        for (key, seen) in self.seen.iter().filter(|(_, seen)| seen.marked) {
            namespaces.entry(home(key)).or_default().push((key.clone(), seen.uid.clone()));
        }
        namespaces
    }

    /// Of an object that may be anybody's; "": it is gone, and only its name is known.
    async fn uid(&mut self, key: &ObjectKey) -> Result<String, Error> {
        if let Some(seen) = self.seen.get(key) {
            return Ok(seen.uid.clone());
        }
        Ok(self.fetch(key).await?.and_then(|object| object.metadata.uid).unwrap_or_default())
    }
}

fn home(key: &ObjectKey) -> String {
    if key.namespace.is_empty() { DEFAULT.to_owned() } else { key.namespace.clone() }
}

async fn of_namespace(
    cluster: &Cluster,
    namespace: &str,
    objects: &[(ObjectKey, String)],
    warnings_only: bool,
) -> Result<Events, Error> {
    let Kin { uids, notes } = kin::of(cluster, namespace, objects).await;
    let names: BTreeSet<(&str, &str)> =
        objects.iter().map(|(key, _)| (key.kind.as_str(), key.name.as_str())).collect();
    let mut read = read(cluster, namespace, warnings_only).await?;
    read.notes.extend(notes);
    let concerns = |noted: &Noted| uids.contains(&noted.uid) || names.contains(&noted.name());
    let found = read.noted.into_iter().filter(concerns).map(|noted| noted.event);
    Ok(Events { events: found.collect::<Vec<ClusterEvent>>(), notes: read.notes })
}

struct Read {
    noted: Vec<Noted>,
    notes: Vec<String>,
}

/// All events of a namespace, up to a bound.
async fn read(cluster: &Cluster, namespace: &str, warnings_only: bool) -> Result<Read, Error> {
    let api = &cluster.api(&resource("", "v1", "Event", "events"), namespace);
    let mut params = ListParams::default().limit(PAGE);
    if warnings_only {
        params = params.fields("type=Warning");
    }
    let mut pages = pages(params, |params| async move { ask(api.list(&params)).await });
    let mut noted = Vec::new();
    while let Some((events, more)) = pages.try_next().await? {
        noted.extend(events.into_iter().map(event::read));
        if more && noted.len() >= READ {
            let note = format!("namespace {namespace} has more than {READ} events, of which these were read");
            return Ok(Read { noted, notes: vec![note] });
        }
    }
    Ok(Read { noted, notes: Vec::new() })
}
