//! Placements that wait for others: nothing of theirs is begun at a location before those have come far enough there. What is
//! there already stays, and is kept right.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Dependency, DependencyPhase, ObjectKey, Phase, PlacementKey};

use crate::{Cause, Claim, Claimed, Hold, Outcome, Outcomes, Plan, Step, Wish, Wishes};

/// The placements that have to wait, and for what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waits(BTreeMap<PlacementKey, String>);

/// Who has to wait. `plan`: what is about to be done, and is not there yet; `outcomes`: how all else fares.
pub fn waits(claims: &[Claim], wishes: &Wishes, plan: &Plan, outcomes: &Outcomes) -> Waits {
    let sight = Sight { claims, wishes, plan, outcomes };
    let waiting = |claim: &Claim| {
        let why = claim.depends_on.iter().find_map(|dependency| sight.lacks(claim, dependency))?;
        Some((claim.owner.placement.clone(), why))
    };
    Waits(claims.iter().filter_map(waiting).collect())
}

impl Waits {
    /// Why an object has to wait: so does everybody who wants it.
    pub fn reason(&self, wish: &Wish) -> Option<&str> {
        let reasons = wish.owners.iter().map(|owner| self.0.get(&owner.placement));
        reasons.reduce(|one, other| one.and(other)).flatten().map(String::as_str)
    }
}

impl Plan {
    /// Leaves alone what has to wait, but for what is put right again; the keys of what waits.
    pub fn hold(&mut self, wishes: &Wishes, waits: &Waits) -> Vec<Arc<ObjectKey>> {
        let mut held = Vec::new();
        for (key, step) in self.steps.iter_mut().filter(|(_, step)| begins(step)) {
            if let Some(why) = wishes.objects.get(key).and_then(|wish| waits.reason(wish)) {
                *step = Step::Hold(Hold::Waits(why.to_owned()));
                held.push(key.clone());
            }
        }
        held
    }
}

fn begins(step: &Step) -> bool {
    matches!(step, Step::Apply(Cause::Create | Cause::Update | Cause::Takeover, _) | Step::Adopt(_))
}

/// What is known while it is decided who waits.
struct Sight<'a> {
    claims: &'a [Claim],
    wishes: &'a Wishes,
    plan: &'a Plan,
    outcomes: &'a Outcomes,
}

impl Sight<'_> {
    /// What `claim` waits for; `None`: it is there.
    fn lacks(&self, claim: &Claim, dependency: &Dependency) -> Option<String> {
        let space = claim.owner.placement.space.clone();
        let wanted = PlacementKey { space, name: dependency.placement.clone() };
        let phase = match dependency.phase {
            DependencyPhase::Applied => "applied",
            DependencyPhase::Healthy => "healthy",
        };
        let told = |state: String| Some(format!("waits until placement {wanted} is {phase} here; {state}"));
        let Some(other) = self.claims.iter().find(|claim| claim.owner.placement == wanted) else {
            return told("it is not placed here".to_owned());
        };
        let Claimed::Known(objects) = &other.objects else {
            return told("what it has is not here yet".to_owned());
        };
        let behind = objects.iter().filter(|object| !self.is_there(&wanted, &object.key, dependency.phase));
        match behind.count() {
            0 => None,
            count => told(format!("{count} of its {} objects are not", objects.len())),
        }
    }

    fn is_there(&self, placement: &PlacementKey, key: &ObjectKey, phase: DependencyPhase) -> bool {
        let lost = self.wishes.lost.get(placement).is_some_and(|lost| lost.contains_key(key));
        let changes = self.plan.step(key).is_some_and(|step| !matches!(step, Step::Keep | Step::Share));
        let outcome = self.outcomes.get(key).filter(|_| !lost && !changes);
        outcome.is_some_and(|outcome| has_reached(outcome, phase))
    }
}

fn has_reached(outcome: &Outcome, phase: DependencyPhase) -> bool {
    let applied = matches!(outcome.phase, Phase::Applied | Phase::Progressing | Phase::Degraded);
    outcome.is_good() || (phase == DependencyPhase::Applied && applied)
}
