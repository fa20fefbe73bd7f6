//! A location in miniature: what is there, what Tributary knows of it, and a shell that carries plans out.

use std::collections::BTreeMap;
use std::sync::Arc;

use edge::{
    Cause, Claim, Claimed, Inventory, Observed, Owner, Plan, Pruning, Step, Wishes, merge, plan, subjects,
};
use model::{Adopt, BundleObject, Conflict, Deletion, Digest, ObjectKey, PlacementKey, Rendered};
use proptest::prelude::*;

/// An object as it is at the location: its content, and whether Tributary wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    pub content: String,
    pub marked: bool,
}

#[derive(Clone, Debug, Default)]
pub struct World {
    pub live: BTreeMap<ObjectKey, Live>,
    pub inventory: Inventory,
}

pub fn key(name: &str) -> ObjectKey {
    ObjectKey {
        kind: "ConfigMap".into(),
        namespace: "shop".into(),
        name: name.into(),
        ..ObjectKey::default()
    }
}

pub fn placement(name: &str) -> PlacementKey {
    PlacementKey { space: "default".into(), name: name.into() }
}

/// A claim of `name` on objects written as `a=text`, `a!text` (create only) or `a?reason` (withheld).
pub fn claim(name: &str, objects: &[&str]) -> Claim {
    Claim {
        owner: Owner { placement: placement(name), uid: format!("uid-{name}") },
        rollout: 1,
        priority: 0,
        create_time: 0,
        deletion: Deletion::Delete,
        conflict: Conflict::Force,
        adopt: Adopt::IfNoDiff,
        depends_on: Vec::new(),
        objects: Claimed::Known(objects.iter().map(|text| Arc::new(object(text))).collect()),
    }
}

fn object(text: &str) -> BundleObject {
    let at = text.find(['=', '!', '?']).expect("a=text, a!text or a?reason");
    let (name, rest) = text.split_at(at);
    let content = match &rest[..1] {
        "?" => Rendered::Withheld(rest[1..].into()),
        _ => Rendered::Inline(rest.as_bytes()[1..].to_vec().into()),
    };
    BundleObject { create_only: rest.starts_with('!'), ..BundleObject::new(key(name), "v1", content) }
}

pub fn unknown(mut claim: Claim) -> Claim {
    claim.objects = Claimed::Unknown(edge::Outcome::new(model::Phase::Pending, "BlobMissing", ""));
    claim
}

impl World {
    pub fn with(mut self, name: &str, content: &str, marked: bool) -> Self {
        self.live.insert(key(name), Live { content: content.into(), marked });
        self
    }

    pub fn observe(&self, wishes: &Wishes) -> Vec<Observed> {
        subjects(wishes, &self.inventory).map(|subject| self.observe_one(subject.key, wishes)).collect()
    }

    pub fn observe_one(&self, key: &ObjectKey, wishes: &Wishes) -> Observed {
        let Some(live) = self.live.get(key) else { return Observed::Absent };
        let wished = wishes.objects.get(key).and_then(edge::Wish::manifest);
        let agrees = wished == Some(Digest::of(live.content.as_bytes()));
        Observed::Present { agrees, marked: live.marked }
    }

    pub fn plan(&self, claims: &[Claim]) -> Plan {
        let wishes = merge(claims);
        plan(&wishes, subjects(&wishes, &self.inventory), &self.observe(&wishes), Pruning::Allowed)
    }

    pub fn reconcile(&mut self, claims: &[Claim]) -> Plan {
        let plan = self.plan(claims);
        let wishes = merge(claims);
        for (key, step) in &plan.steps {
            self.perform(key, step, &wishes, &contents(claims));
        }
        plan
    }

    fn perform(
        &mut self,
        key: &Arc<ObjectKey>,
        step: &Step,
        wishes: &Wishes,
        contents: &BTreeMap<Digest, String>,
    ) {
        let wish = wishes.objects.get(key);
        match (step, wish) {
            (Step::Apply(_, digest), Some(wish)) => {
                self.live
                    .insert(ObjectKey::clone(key), Live { content: contents[digest].clone(), marked: true });
                self.inventory.confirm(key, wish, *digest, None);
            }
            (Step::Adopt(digest), Some(wish)) => self.inventory.adopt(key, wish, *digest, None),
            (Step::Share, Some(wish)) => self.inventory.share(key, wish),
            (Step::Prune, None) => {
                self.live.remove(key);
                self.inventory.forget(key);
            }
            (Step::Forget, None) | (Step::Refuse, Some(_)) => {
                self.inventory.forget(key);
            }
            (Step::Keep, Some(_)) | (Step::Hold(_), _) => {}
            other => panic!("a step that cannot be: {other:?}"),
        }
    }
}

fn contents(claims: &[Claim]) -> BTreeMap<Digest, String> {
    let known = claims.iter().filter_map(|claim| match &claim.objects {
        Claimed::Known(objects) => Some(objects),
        Claimed::Unknown(_) => None,
    });
    let inline = known.flatten().filter_map(|object| match &object.content {
        Rendered::Inline(bytes) => Some((Digest::of(bytes), String::from_utf8(bytes.to_vec()).unwrap())),
        _ => None,
    });
    inline.collect()
}

/// What `plan` does about the object of this name.
pub fn step<'a>(plan: &'a Plan, name: &str) -> &'a Step {
    plan.step(&key(name)).expect("the plan has a step for it")
}

pub fn causes(plan: &Plan) -> Vec<(String, Cause)> {
    let applied = plan.steps.iter().filter_map(|(key, step)| match step {
        Step::Apply(cause, _) => Some((key.name.clone(), *cause)),
        _ => None,
    });
    applied.collect()
}

pub fn any_claims() -> impl Strategy<Value = Vec<Claim>> {
    let names = proptest::sample::subsequence(vec!["cart", "pay", "stock"], 0..=3);
    names.prop_flat_map(|names| names.into_iter().map(any_claim).collect::<Vec<_>>())
}

fn any_claim(name: &'static str) -> impl Strategy<Value = Claim> {
    let objects = proptest::collection::btree_map("[abc]", "[=!?][xy]", 0..4);
    let adopt = prop_oneof![Just(Adopt::IfNoDiff), Just(Adopt::Always), Just(Adopt::Never)];
    let deletion = prop_oneof![Just(Deletion::Delete), Just(Deletion::Orphan)];
    (objects, adopt, deletion, -1..2_i32, 0..2_u64, prop::bool::weighted(0.1)).prop_map(
        move |(objects, adopt, deletion, priority, create_time, lost)| {
            let texts: Vec<String> = objects.iter().map(|(name, text)| format!("{name}{text}")).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let known = claim(name, &texts);
            let claim = if lost { unknown(known) } else { known };
            Claim { adopt, deletion, priority, create_time, ..claim }
        },
    )
}

/// What somebody else has put there.
pub fn any_foreign() -> impl Strategy<Value = BTreeMap<ObjectKey, Live>> {
    let objects = proptest::collection::btree_map("[abcd]", "[xyz]", 0..4);
    objects.prop_map(|objects| {
        let live = |(name, content): (String, String)| (key(&name), Live { content, marked: false });
        objects.into_iter().map(live).collect()
    })
}
