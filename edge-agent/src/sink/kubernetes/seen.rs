//! What is remembered of an object that the API server has told of: a few words, however large it is.

use edge::{Ended, Outcome, Receipt};
use kube::api::DynamicObject;
use kube::core::ObjectMeta;
use model::{JsonPath, ObjectKey, Phase};
use serde_json::Value;
use tokio::time::Instant;

use super::cluster::{MANAGER, Metadata};
use super::mark::Mark;
use super::terms::Terms;

/// After this time, whoever has to finish with an object that is to go is taken for stuck.
const STUCK: std::time::Duration = std::time::Duration::from_secs(60);

/// An object of the cluster, as it was last told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub uid: String,
    /// Its resource version: later ones are greater.
    pub version: u64,
    /// See [`edge::fields::print`].
    pub fields: Option<u64>,
    /// Who else has changed it last.
    pub rival: Option<String>,
    /// It carries this location's mark.
    pub marked: bool,
    /// It is to go, and who has to finish with it before.
    pub leaving: Option<Leaving>,
    /// `None`: only the whole object tells.
    pub health: Option<Outcome>,
    pub ended: Option<Ended>,
    /// Selects the pods that belong to it.
    pub pods: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Leaving {
    finalizers: Vec<String>,
    since: Instant,
}

impl PartialEq for Leaving {
    fn eq(&self, other: &Self) -> bool {
        self.finalizers == other.finalizers
    }
}

impl Eq for Leaving {}

impl Seen {
    /// Of an object of which only the metadata was told.
    pub fn partial(object: &Metadata, location: &str, key: &ObjectKey, terms: Option<&Terms>) -> Self {
        let whole = is_told_by_status(key) || terms.is_some_and(Terms::judges);
        let health = (!whole).then(Outcome::healthy);
        Self { health, ..Self::of(&object.metadata, location, key, terms) }
    }

    /// Of a whole object.
    pub fn whole(object: DynamicObject, location: &str, key: &ObjectKey, terms: Option<&Terms>) -> Self {
        let seen = Self::of(&object.metadata, location, key, terms);
        let value = whole(object);
        let judged = terms.and_then(|terms| terms.judge(&value));
        Self {
            health: Some(judged.unwrap_or_else(|| edge::health(&value))),
            ended: edge::ended(&value),
            pods: edge::selects_pods(&value),
            ..seen
        }
    }

    fn of(metadata: &ObjectMeta, location: &str, key: &ObjectKey, terms: Option<&Terms>) -> Self {
        let ignored = terms.map(|terms| terms.ignored.as_slice()).unwrap_or_default();
        let version = metadata.resource_version.as_deref().and_then(|version| version.parse().ok());
        Self {
            uid: metadata.uid.clone().unwrap_or_default(),
            version: version.unwrap_or_default(),
            fields: Fields::of(metadata).map(|fields| fields.print(ignored)),
            rival: rival(metadata),
            marked: Mark::of(metadata, location, key).is_some(),
            leaving: leaving(metadata),
            health: None,
            ended: None,
            pods: None,
        }
    }

    /// What the inventory notes of it; `ignored`: see [`Receipt::ignored`].
    pub fn receipt(&self, ignored: u64) -> Option<Receipt> {
        Some(Receipt { uid: self.uid.clone(), fields: self.fields?, ignored })
    }

    /// Whether it is the object of the receipt, with all of Tributary's fields as they were.
    pub fn is_as_in(&self, receipt: &Receipt) -> bool {
        self.uid == receipt.uid && self.fields == Some(receipt.fields)
    }

    /// How it fares, by all that has been told.
    pub fn outcome(&self) -> Outcome {
        let going = self.leaving.as_ref().map(Leaving::outcome);
        let not_told =
            || Outcome::new(Phase::Progressing, "Applied", "the cluster has not said yet how it fares");
        going.or_else(|| self.health.clone()).unwrap_or_else(not_told)
    }

    /// Takes over what has not changed by being told again.
    pub fn follow(&mut self, before: &Self) {
        if let (Some(now), Some(then)) = (&mut self.leaving, &before.leaving) {
            now.since = then.since;
        }
        if before.version == self.version {
            self.health = self.health.take().or_else(|| before.health.clone());
        }
    }
}

impl Leaving {
    /// How an object fares that is to go.
    pub fn outcome(&self) -> Outcome {
        let waits = match self.finalizers.as_slice() {
            [] => "it is being deleted".to_owned(),
            finalizers => format!("it is being deleted, and waits for {}", finalizers.join(", ")),
        };
        if self.finalizers.is_empty() || self.since.elapsed() < STUCK {
            return Outcome::new(Phase::Progressing, "Terminating", waits);
        }
        let long = humantime::format_duration(STUCK);
        let todo = "whoever set them has to remove them";
        Outcome::new(Phase::Degraded, "DeletionStuck", format!("{waits} for more than {long}; {todo}"))
    }

    /// When it is said to be stuck.
    pub fn due(&self) -> Option<Instant> {
        let due = self.since + STUCK;
        (!self.finalizers.is_empty() && due > Instant::now()).then_some(due)
    }
}

/// Whether how an object of this kind fares is in its status, and its metadata alone is told.
fn is_told_by_status(key: &ObjectKey) -> bool {
    key.kind == "CustomResourceDefinition"
}

/// The whole object as the API server writes it, without the account of its fields.
pub fn whole(mut object: DynamicObject) -> Value {
    object.metadata.managed_fields = None;
    with_account(object)
}

/// The whole object, with the account of its fields.
pub fn with_account(object: DynamicObject) -> Value {
    let DynamicObject { types, metadata, mut data } = object;
    data["metadata"] = serde_json::to_value(metadata).unwrap_or_default();
    if let Some(types) = types {
        data["apiVersion"] = types.api_version.into();
        data["kind"] = types.kind.into();
    }
    data
}

/// The account of Tributary's fields of an object.
pub struct Fields {
    time: String,
    /// As `fieldsV1`.
    pub list: Value,
}

impl Fields {
    pub fn of(metadata: &ObjectMeta) -> Option<Self> {
        let ours = metadata.managed_fields.iter().flatten().find(|entry| {
            entry.manager.as_deref() == Some(MANAGER)
                && entry.operation.as_deref() == Some("Apply")
                && entry.subresource.as_deref().is_none_or(str::is_empty)
        })?;
        let time = ours.time.as_ref().map(|time| time.0.to_string()).unwrap_or_default();
        Some(Self { time, list: ours.fields_v1.as_ref()?.0.clone() })
    }

    fn print(&self, ignored: &[JsonPath]) -> u64 {
        edge::fields::print(&self.time, &self.list, ignored)
    }
}

fn rival(metadata: &ObjectMeta) -> Option<String> {
    let others = metadata.managed_fields.iter().flatten().filter(|entry| {
        entry.manager.as_deref() != Some(MANAGER) && entry.subresource.as_deref().is_none_or(str::is_empty)
    });
    others.max_by_key(|entry| entry.time.as_ref().map(|time| time.0))?.manager.clone()
}

fn leaving(metadata: &ObjectMeta) -> Option<Leaving> {
    metadata.deletion_timestamp.as_ref()?;
    let finalizers = metadata.finalizers.clone().unwrap_or_default();
    Some(Leaving { finalizers, since: Instant::now() })
}
