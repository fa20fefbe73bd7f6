//! What is agreed about single objects beside their manifests: fields that others own, and what their state means.

use std::collections::BTreeMap;
use std::sync::Arc;

use edge::{Outcome, Subject, Verdict, Wish};
use kube::api::DynamicObject;
use model::{BundleObject, HealthCheck, IgnoreWhen, JsonPath, ObjectKey};
use serde_json::Value;

use super::seen::{Fields, whole};

/// Of one object. Of most there is nothing to say.
#[derive(Debug)]
pub struct Terms {
    of: Arc<BundleObject>,
    /// Fields that are no drift.
    pub ignored: Vec<JsonPath>,
    /// Those of them that are in the manifest for when the object is created.
    first: Vec<JsonPath>,
    verdict: Option<Arc<Judge>>,
}

/// Rules, compiled once for all objects that have them.
#[derive(Debug)]
struct Judge {
    checks: Arc<[HealthCheck]>,
    /// How an object fares if its rules cannot be read.
    verdict: Result<Verdict, Outcome>,
}

/// Of all objects that there is something to say about.
#[derive(Debug, Default)]
pub struct AllTerms {
    objects: BTreeMap<ObjectKey, Terms>,
    /// A few: there is one for each set of rules.
    judges: Vec<Arc<Judge>>,
}

impl AllTerms {
    pub fn get(&self, key: &ObjectKey) -> Option<&Terms> {
        self.objects.get(key)
    }

    /// Takes the terms of what is wished for; the objects that there are other terms for than before.
    pub fn agree(&mut self, subjects: &[Subject<'_>], whole: bool) -> Vec<ObjectKey> {
        let mut changed = Vec::new();
        for subject in subjects {
            let wish = subject.wish.filter(|wish| !is_plain(wish));
            let before = self.objects.get(&**subject.key);
            let same = match (wish, before) {
                (Some(wish), Some(before)) => before.is_of(&wish.object),
                (wish, before) => wish.is_none() && before.is_none(),
            };
            if same {
                continue;
            }
            changed.push(ObjectKey::clone(subject.key));
            self.objects.remove(&**subject.key);
            if let Some(wish) = wish {
                let terms = Terms::of(&wish.object, self.judge(&wish.object.health));
                self.objects.insert(ObjectKey::clone(subject.key), terms);
            }
        }
        if whole {
            let there =
                |key: &ObjectKey| subjects.binary_search_by(|subject| (**subject.key).cmp(key)).is_ok();
            self.objects.retain(|key, _| there(key));
            self.judges.retain(|judge| Arc::strong_count(judge) > 1);
        }
        changed
    }

    fn judge(&mut self, checks: &Arc<[HealthCheck]>) -> Option<Arc<Judge>> {
        if checks.is_empty() {
            return None;
        }
        let known = self.judges.iter().find(|judge| judge.checks == *checks).cloned();
        Some(known.unwrap_or_else(|| {
            let judge = Arc::new(Judge { checks: checks.clone(), verdict: Verdict::compile(checks) });
            self.judges.push(judge.clone());
            judge
        }))
    }
}

fn is_plain(wish: &Wish) -> bool {
    wish.object.ignore.is_empty() && wish.object.health.is_empty()
}

impl Terms {
    fn of(object: &Arc<BundleObject>, verdict: Option<Arc<Judge>>) -> Self {
        let paths = |counts: fn(IgnoreWhen) -> bool| {
            let ignored = object.ignore.iter().filter(|ignored| counts(ignored.when));
            // The hub has read them.
            ignored.filter_map(|ignored| JsonPath::parse(&ignored.path).ok()).collect()
        };
        Self {
            of: object.clone(),
            ignored: paths(|_| true),
            first: paths(|when| when == IgnoreWhen::OnUpdate),
            verdict,
        }
    }

    fn is_of(&self, object: &Arc<BundleObject>) -> bool {
        Arc::ptr_eq(&self.of, object) || (self.of.ignore == object.ignore && self.of.health == object.health)
    }

    /// Whether only the whole object tells how it fares.
    pub fn judges(&self) -> bool {
        self.verdict.is_some()
    }

    /// How a live object fares by its rules; `None`: none of them holds.
    pub fn judge(&self, live: &Value) -> Option<Outcome> {
        match &self.verdict.as_ref()?.verdict {
            Ok(verdict) => verdict.judge(live),
            Err(outcome) => Some(outcome.clone()),
        }
    }

    /// Whether applying needs to know how the object is.
    pub fn depends(&self) -> bool {
        !self.first.is_empty()
    }

    /// Leaves out of a manifest what is ignored once the object is there. A field that is still Tributary's keeps the value
    /// that it has: left out, it would be reset, since nobody owned it then.
    pub fn leave_out(&self, manifest: &mut Value, live: DynamicObject) {
        let fields = Fields::of(&live.metadata);
        let live = whole(live);
        for path in &self.first {
            let ours = fields.as_ref().is_some_and(|fields| edge::fields::owns(&fields.list, path));
            match path.get(&live).as_slice() {
                // What cannot be set is left out.
                [value] if ours && path.set(manifest, value).is_ok() => {}
                _ => path.remove(manifest),
            }
        }
    }
}
