//! One location: the real decisions of the edge over a sink in memory, with a disk that survives and a process that
//! may die between any two steps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bus::{Key, Store, Write};
use bytes::Bytes;
use edge::{
    Acceptance, Claim, Claimed, Inventory, Known, Observed, Outcome, Outcomes, Owner, Pruning, Span, Step,
};
use model::{
    Bundle, BundleObject, Desired, DesiredPlacement, Digest, Heartbeat, ObjectKey, Order, Own, Phase,
    PlacementKey, Rendered, ReportOrder, Spec, Status,
};

use crate::tables::Tables;

pub struct Agent {
    pub location: String,
    pub region: String,
    /// What is at the location; survives everything.
    pub objects: BTreeMap<ObjectKey, Digest>,
    /// What was not made by Tributary.
    pub foreign: BTreeSet<ObjectKey>,
    disk: Disk,
    /// The newest status of each placement; forgotten when the process dies.
    reported: BTreeMap<PlacementKey, Status>,
    dirty: bool,
    seq: u64,
    pub connected: bool,
}

/// What a real agent has on its disk before it acts.
#[derive(Clone, Default)]
struct Disk {
    boot: u64,
    order: Order,
    document: Desired,
    inventory: Inventory,
    known: BTreeMap<PlacementKey, Known>,
}

impl Agent {
    pub fn new(location: &str, region: &str) -> Self {
        Self {
            location: location.to_owned(),
            region: region.to_owned(),
            objects: BTreeMap::new(),
            foreign: BTreeSet::new(),
            disk: Disk { boot: 1, ..Disk::default() },
            reported: BTreeMap::new(),
            dirty: true,
            seq: 0,
            connected: true,
        }
    }

    pub fn order(&self) -> Order {
        self.disk.order
    }

    /// Dies and starts again from its disk.
    pub fn restart(&mut self) {
        self.disk.boot += 1;
        (self.seq, self.dirty) = (0, true);
        self.reported.clear();
    }

    /// Asks for its document. Not found is unknown: it may have moved, and the document that said so may be lost.
    pub fn poll(&mut self, tables: &Tables) {
        let key = Key::Desired { region: self.region.clone(), location: self.location.clone() };
        match tables.get(&key).and_then(|row| row.value.clone()) {
            Some(value) => self.receive(&value),
            None => self.look_where_it_is(tables),
        }
    }

    fn look_where_it_is(&mut self, tables: &Tables) {
        let row = tables.get(&Key::Location(self.location.clone()));
        let resource = row.and_then(|row| row.value.as_ref()).map(|value| wire::decode_resource(value));
        if let Some(Spec::Location(location)) =
            resource.map(|resource| resource.expect("users write it").spec)
        {
            self.region = location.region;
        }
    }

    /// Takes in a document, however it came.
    pub fn receive(&mut self, bytes: &Bytes) {
        let (document, _) = wire::decode_desired(bytes).expect("only translation writes documents");
        if edge::accept(self.disk.order, document.order) != Acceptance::Newer {
            return;
        }
        if let Some(region) = &document.moved_to_region {
            self.region.clone_from(region);
        }
        self.disk.order = document.order;
        self.disk.document = document;
        self.dirty = true;
    }

    /// Acts on its document, at most `steps` steps of it, as if it died then; whether it came to the end.
    pub fn act(&mut self, tables: &Tables, steps: usize) -> bool {
        if !self.dirty {
            return true;
        }
        let claims: Vec<Claim> = self.disk.document.placements.iter().map(|p| claim(tables, p)).collect();
        let missing = claims.iter().any(|claim| matches!(claim.objects, Claimed::Unknown(_)));
        let wishes = edge::merge(&claims);
        let pruning =
            if self.disk.document.moved_to_region.is_some() { Pruning::Forbidden } else { Pruning::Allowed };
        let observed = self.observe(&wishes);
        let plan = edge::plan(&wishes, edge::subjects(&wishes, &self.disk.inventory), &observed, pruning);
        let mut outcomes = Outcomes::new();
        let mut left = steps;
        for (key, step) in &plan.steps {
            if left == 0 {
                return false;
            }
            left -= 1;
            let outcome = self.step(key, step, wishes.objects.get(key));
            outcomes.extend(outcome.map(|outcome| (key.clone(), outcome)));
        }
        self.dirty = missing;
        self.note(&claims, &wishes, &outcomes);
        true
    }

    fn observe(&self, wishes: &edge::Wishes) -> Vec<Observed> {
        let subjects = edge::subjects(wishes, &self.disk.inventory);
        subjects.map(|subject| self.observe_one(subject.key, wishes)).collect()
    }

    fn observe_one(&self, key: &ObjectKey, wishes: &edge::Wishes) -> Observed {
        let Some(live) = self.objects.get(key) else { return Observed::Absent };
        let agrees = wishes.objects.get(key).and_then(edge::Wish::manifest) == Some(*live);
        Observed::Present { agrees, marked: !self.foreign.contains(key) }
    }

    fn step(&mut self, key: &Arc<ObjectKey>, step: &Step, wish: Option<&edge::Wish>) -> Option<Outcome> {
        let healthy = Some(Outcome::healthy());
        match (step, wish) {
            (Step::Apply(_, digest), Some(wish)) => {
                self.disk.inventory.intend(key, wish);
                self.objects.insert(ObjectKey::clone(key), *digest);
                self.disk.inventory.confirm(key, wish, *digest, None);
                healthy
            }
            (Step::Adopt(digest), Some(wish)) => {
                self.disk.inventory.adopt(key, wish, *digest, None);
                healthy
            }
            (Step::Share, Some(wish)) => {
                self.disk.inventory.share(key, wish);
                healthy
            }
            (Step::Keep, Some(_)) => healthy,
            (Step::Prune, _) => {
                assert!(
                    !self.foreign.contains(key),
                    "{}: {key} is not Tributary's and was deleted",
                    self.location
                );
                self.objects.remove(key);
                self.disk.inventory.forget(key);
                None
            }
            (Step::Forget, _) => {
                self.disk.inventory.forget(key);
                None
            }
            _ => step.outcome(),
        }
    }

    fn note(&mut self, claims: &[Claim], wishes: &edge::Wishes, outcomes: &Outcomes) {
        let span = Span { order: self.disk.order, ..Span::default() };
        let reports = edge::report(
            (claims, wishes),
            &self.disk.inventory,
            outcomes,
            &self.disk.known,
            &BTreeMap::new(),
            span,
        );
        for (placement, mut status) in reports {
            let known = Known { uid: status.placement_uid.clone(), rollout: status.rollout };
            self.disk.known.insert(placement.clone(), known);
            if self.reported.get(&placement).is_none_or(|old| edge::differs(old, &status)) {
                self.seq += 1;
                status.report = ReportOrder { boot: self.disk.boot, seq: self.seq };
                self.reported.insert(placement, status);
            }
        }
    }

    /// Sends the statuses that the table does not have, by compare-and-set on its own keys.
    pub fn report(&mut self, tables: &mut Tables) {
        for (placement, status) in &self.reported {
            let (region, location) = (self.region.clone(), self.location.clone());
            let key = Key::Status { region, location, placement: placement.clone() };
            let row = tables.get(&key);
            let stored = row.and_then(|row| row.value.as_ref()).map(|value| wire::decode_status(value));
            let stored = stored.map(|decoded| decoded.expect("only this agent writes it").0);
            if stored.as_ref() != Some(status) {
                let write = Write::new(key.clone(), wire::encode_status(status, ""))
                    .expecting(row.map_or(0, |r| r.seq));
                drop(tables.commit(&[write], None));
            }
        }
    }

    pub fn heartbeat(&self) -> Heartbeat {
        let rows = self.reported.iter().map(|(placement, status)| (placement, status.report));
        Heartbeat {
            boot: self.disk.boot,
            status_digest: model::status_digest(rows),
            order: self.disk.order,
            agent_version: "simulated".to_owned(),
            period_ms: 1000,
        }
    }
}

fn claim(tables: &Tables, placement: &DesiredPlacement) -> Claim {
    Claim {
        owner: Owner { placement: placement.placement.clone(), uid: placement.placement_uid.clone() },
        rollout: placement.rollout,
        priority: placement.priority,
        create_time: placement.create_time,
        deletion: placement.deletion,
        conflict: placement.conflict,
        adopt: placement.adopt,
        depends_on: placement.depends_on.clone(),
        objects: objects(tables, placement).map_or_else(unknown, Claimed::Known),
    }
}

fn unknown() -> Claimed {
    Claimed::Unknown(Outcome::new(Phase::Pending, "BlobMissing", "a bundle is not there"))
}

/// All objects of a placement; `None` while some content is not to be had.
fn objects(tables: &Tables, placement: &DesiredPlacement) -> Option<Vec<Arc<BundleObject>>> {
    let bundle = |digest: Digest| -> Option<Bundle> {
        Some(wire::decode_bundle(&tables.content(Store::Blob, digest)?).expect("named by its digest"))
    };
    let shared = placement.shared.map_or(Some(Bundle::default()), bundle)?;
    let opened =
        |frame: &[u8]| wire::content::open_frame(shared.template.as_deref().unwrap_or_default(), frame);
    let framed = |frame: &[u8]| wire::decode_bundle(&opened(frame)?);
    let own = match &placement.own {
        Own::None => Vec::new(),
        Own::Inline(own) => own.objects.clone(),
        Own::Framed(frame) => framed(frame).expect("made with the template of the shared bundle").objects,
        Own::Blob(digest) => bundle(*digest)?.objects,
    };
    let mut objects = [shared.objects, own].concat();
    let there = |object: &BundleObject| match object.content {
        Rendered::Blob(digest) => tables.content(Store::Blob, digest).is_some(),
        Rendered::Inline(_) | Rendered::Withheld(_) => true,
    };
    objects.sort_by(|left, right| left.key.cmp(&right.key));
    objects.iter().all(there).then(|| objects.into_iter().map(Arc::new).collect())
}
