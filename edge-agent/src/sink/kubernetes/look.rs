//! How objects are: by the watches where they tell, by asking where they do not.

use std::collections::BTreeSet;
use std::time::Duration;

use edge::{Observed, Subject};
use kube::api::DynamicObject;
use kube::core::{ApiResource, ObjectMeta};
use model::{Adopt, ObjectKey};
use tokio::time::Instant;

use super::cluster::fetch;
use super::kinds::api_version;
use super::seen::Seen;
use super::{Kubernetes, apply, meet, refusal, rehearse};
use crate::Error;
use crate::sink::Sought;

/// Requests at a time.
pub const ABREAST: usize = 8;

/// How long somebody else's object that is left as it is counts as still there.
const FRESH: Duration = Duration::from_secs(60);

/// An object that no watch tells of, as it was when it was asked for.
#[derive(Debug)]
pub enum Stranger {
    Absent,
    There(Seen),
    /// Somebody else's that is left as it is: not asked for again in every pass.
    Left(Seen, Instant),
    Hidden(Error),
}

impl Stranger {
    fn is_fresh(&self) -> bool {
        matches!(self, Self::Left(_, since) if since.elapsed() < FRESH)
    }
}

/// Asks for the manifest where content has to be compared.
pub type Manifest<'a> = &'a mut (dyn FnMut() -> Option<Vec<u8>> + Send);

impl Kubernetes {
    /// Watches the kinds of these objects; `whole`: and no others.
    pub(super) async fn watch(&mut self, subjects: &[Subject<'_>], whole: bool) {
        if self.kinds.due().is_some_and(|due| due <= Instant::now()) {
            self.kinds.forget();
        }
        let mut needed = BTreeSet::new();
        for subject in subjects {
            let version = version(subject);
            let name = (api_version(&subject.key.group, version), subject.key.kind.clone());
            if needed.contains(&name) {
                continue;
            }
            if !self.watches.is_watched(&name) {
                self.watch_kind(subject.key, version).await;
            }
            needed.insert(name);
        }
        let lacking = self.unresolved.values().any(|error| refusal::is(error, "KindNotServed"));
        self.kinds.lack(lacking);
        self.watches.watch_definitions(&self.cluster, lacking);
        if whole {
            let dropped = self.watches.retain(|name| needed.contains(name));
            self.seen.retain(|key, _| !dropped.iter().any(|kind| super::is_of(key, kind)));
            self.unresolved.retain(|name, _| needed.contains(name));
            self.finished.retain(|key, _| subjects.iter().any(|subject| **subject.key == *key));
            let seen = &self.seen;
            self.inquiries.retain(|key| seen.contains_key(key));
        }
    }

    async fn watch_kind(&mut self, key: &ObjectKey, version: &str) {
        let name = (api_version(&key.group, version), key.kind.clone());
        match self.kinds.find(&key.group, version, &key.kind).await {
            Ok(kind) => {
                self.unresolved.remove(&name);
                self.watches.start(&self.cluster, &kind, apply::has_status(key));
            }
            Err(error) => {
                self.unresolved.insert(name, error);
            }
        }
    }

    /// Asks for the objects that no watch tells of.
    pub(super) async fn meet(&mut self, subjects: &[Subject<'_>]) {
        self.strangers.retain(|_, stranger| stranger.is_fresh());
        let mut asked = Vec::new();
        let is_known = |key: &ObjectKey| self.seen.contains_key(key) || self.strangers.contains_key(key);
        for subject in subjects.iter().filter(|subject| !is_known(subject.key)) {
            let name = (api_version(&subject.key.group, version(subject)), subject.key.kind.clone());
            if let Some(kind) = self.watches.kind(&name) {
                asked.push((subject.key.clone(), kind.clone()));
            }
        }
        self.strangers.extend(meet::all(&self.cluster, &self.terms, asked).await);
    }

    /// How an object is, compared with what is sought.
    pub(super) async fn compare(
        &mut self,
        key: &ObjectKey,
        sought: Option<Sought<'_>>,
        manifest: Manifest<'_>,
    ) -> Result<Observed, Error> {
        if let Some(error) = self.trouble(key) {
            return Err(error);
        }
        if let Some(seen) = self.seen.get(key) {
            let receipt = sought.and_then(|sought| sought.entry?.receipt.as_deref());
            let agrees = receipt.is_some_and(|receipt| seen.leaving.is_some() || seen.is_as_in(receipt));
            return Ok(Observed::Present { agrees, marked: seen.marked });
        }
        match self.strangers.get(key) {
            Some(Stranger::Left(seen, _)) => Ok(Observed::Present { agrees: false, marked: seen.marked }),
            Some(Stranger::There(seen)) => {
                let marked = seen.marked;
                let receipt = sought.and_then(|sought| sought.entry?.receipt.as_deref());
                let agrees = match receipt {
                    Some(receipt) => seen.is_as_in(receipt),
                    None => self.would_stay(key, sought, manifest).await?,
                };
                Ok(Observed::Present { agrees, marked })
            }
            Some(Stranger::Hidden(error)) => Err(error.clone()),
            Some(Stranger::Absent) => Ok(self.absent(key, sought, manifest)),
            // Its kind is not served, so that there is none.
            None if self.is_unserved(key) => Ok(self.absent(key, sought, manifest)),
            None => Ok(Observed::Unknown),
        }
    }

    /// Why nothing can be told of objects of this kind.
    fn trouble(&self, key: &ObjectKey) -> Option<Error> {
        let unresolved = self.unresolved.iter().find(|((version, kind), error)| {
            *kind == key.kind && group_of(version) == key.group && !refusal::is(error, "KindNotServed")
        });
        unresolved.map(|(_, error)| error.clone()).or_else(|| self.watches.trouble(key).map(Error::from))
    }

    fn is_unserved(&self, key: &ObjectKey) -> bool {
        self.unresolved.keys().any(|(version, kind)| *kind == key.kind && group_of(version) == key.group)
    }

    /// What ran once and is gone has been cleaned up, if it had ended or says that it is.
    fn absent(&mut self, key: &ObjectKey, sought: Option<Sought<'_>>, manifest: Manifest<'_>) -> Observed {
        let entry = sought.and_then(|sought| sought.entry).filter(|entry| entry.content.is_some());
        let Some(entry) = entry.filter(|_| edge::runs_once(key)) else { return Observed::Absent };
        let mut cleans_up = || {
            let manifest = serde_json::from_slice(&manifest()?).ok()?;
            Some(edge::cleans_up(&manifest))
        };
        if entry.ended.is_none() && !cleans_up().unwrap_or(false) {
            return Observed::Absent;
        }
        self.finished.insert(key.clone(), entry.ended);
        Observed::Finished
    }

    /// Whether taking over an object that somebody else has made would leave it as it is. The API server itself tells, by
    /// a dry run: it knows defaults and how values are written.
    async fn would_stay(
        &mut self,
        key: &ObjectKey,
        sought: Option<Sought<'_>>,
        manifest: Manifest<'_>,
    ) -> Result<bool, Error> {
        // Where it is enough that something is there, what it is like does not matter.
        let matters = |sought: &Sought<'_>| sought.wish.adopt != Adopt::Never && !sought.wish.create_only;
        let Some(sought) = sought.filter(matters) else { return Ok(false) };
        if sought.entry.is_some_and(|entry| entry.content.is_some()) {
            // Ours, and somebody took the mark off.
            return Ok(false);
        }
        let Some(manifest) = manifest() else { return Ok(false) };
        let kind = self.kinds.find(&key.group, &sought.wish.object.version, &key.kind).await?;
        let terms = self.terms.get(key);
        rehearse::changes_nothing(&self.cluster, &kind, (key, sought.wish), &manifest, terms).await
    }

    /// The object as it is now, whoever made it.
    pub(super) async fn fetch(&mut self, key: &ObjectKey) -> Result<Option<DynamicObject>, Error> {
        let kind = match self.watches.kind_of(key) {
            Some(kind) => kind.clone(),
            None => self.kinds.find_preferred(&key.group, &key.kind).await?,
        };
        fetch(&self.cluster, &kind, key).await
    }
}

/// The version that an object is addressed by.
fn version<'a>(subject: &Subject<'a>) -> &'a str {
    let wished = subject.wish.map(|wish| wish.object.version.as_str());
    wished.or_else(|| subject.entry.map(|entry| entry.version.as_str())).unwrap_or_default()
}

fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// What an object of a kind is called here.
pub fn key(resource: &ApiResource, metadata: &ObjectMeta) -> ObjectKey {
    ObjectKey {
        group: resource.group.clone(),
        kind: resource.kind.clone(),
        namespace: metadata.namespace.clone().unwrap_or_default(),
        name: metadata.name.clone().unwrap_or_default(),
    }
}
