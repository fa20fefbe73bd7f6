//! Which objects of a space each of its placements takes, and the release that follows; decided on the objects,
//! transforms, health rules and clauses of that space alone. A placement never sees another space.

use std::collections::{BTreeMap, BTreeSet};

use model::{Clause, Digest, HealthRuleSpec, Object, ObjectKey, TransformSpec};

/// A tenant's objects, transforms and health rules, and what its placements take.
#[derive(Debug, Default)]
pub(crate) struct Space {
    objects: BTreeMap<ObjectKey, Stored>,
    transforms: BTreeMap<String, TransformSpec>,
    health_rules: BTreeMap<String, HealthRuleSpec>,
    /// By the placement's name.
    claims: BTreeMap<String, Claim>,
}

/// What a placement asks of its space.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claim {
    pub what: Vec<Clause>,
    pub transforms: Vec<String>,
}

/// An object with what was decided about it.
#[derive(Debug)]
pub(crate) struct Stored {
    pub object: Object,
    pub source: Digest,
    /// The placements that take it, and whether one of the clauses by which each does says `createOnly`.
    takers: BTreeMap<String, bool>,
}

impl Stored {
    /// `createOnly` of any clause that matches, whichever placement's it is.
    pub fn create_only(&self) -> bool {
        self.takers.values().any(|create_only| *create_only)
    }

    /// Names of the placements that take it.
    fn taken_by(&self) -> impl Iterator<Item = &String> {
        self.takers.keys()
    }
}

/// Names of placements whose release may have changed.
pub(crate) type Touched = BTreeSet<String>;

impl Space {
    /// Takes in an object as it is now.
    pub fn set_object(&mut self, object: Object) -> Touched {
        let key = object.key.clone();
        let source = Digest::of(&object.to_bytes());
        if self.objects.get(&key).is_some_and(|stored| stored.source == source) {
            return Touched::new();
        }
        let takers = self.takers(&object);
        let stored = Stored { object, source, takers };
        let mut touched: Touched = stored.taken_by().cloned().collect();
        let before = self.objects.insert(key.clone(), stored);
        touched.extend(before.iter().flat_map(Stored::taken_by).cloned());
        self.namespace_changed(&key, &mut touched);
        touched
    }

    /// Forgets an object.
    pub fn remove_object(&mut self, key: &ObjectKey) -> Touched {
        let before = self.objects.remove(key);
        let mut touched = before.iter().flat_map(Stored::taken_by).cloned().collect();
        if before.is_some() {
            self.namespace_changed(key, &mut touched);
        }
        touched
    }

    /// Takes in a transform as it is now. One that no placement lists may concern them all.
    pub fn set_transform(&mut self, name: &str, spec: Option<TransformSpec>) -> Touched {
        let before = match spec.clone() {
            Some(spec) => self.transforms.insert(name.to_owned(), spec),
            None => self.transforms.remove(name),
        };
        if before == spec {
            return Touched::new();
        }
        let listing = |claim: &Claim| claim.transforms.iter().any(|listed| listed == name);
        let everyone = !self.claims.values().any(listing);
        let concerned = |(_, claim): &(&String, &Claim)| everyone || listing(claim);
        self.claims.iter().filter(concerned).map(|(placement, _)| placement.clone()).collect()
    }

    /// Takes in a health rule as it is now. It may concern all placements.
    pub fn set_health_rule(&mut self, name: &str, spec: Option<HealthRuleSpec>) -> Touched {
        let before = match spec.clone() {
            Some(spec) => self.health_rules.insert(name.to_owned(), spec),
            None => self.health_rules.remove(name),
        };
        if before == spec { Touched::new() } else { self.claims.keys().cloned().collect() }
    }

    /// Takes in what a placement asks for now; `None`: it is gone.
    pub fn set_claim(&mut self, placement: &str, claim: Option<Claim>) -> Touched {
        let before = self.claims.get(placement).cloned();
        if before == claim {
            return Touched::new();
        }
        let mut touched = Touched::from([placement.to_owned()]);
        let listed = |claim: &Option<Claim>| claim.as_ref().map(|c| c.transforms.clone()).unwrap_or_default();
        if listed(&before) != listed(&claim) {
            // Whether a transform is bound by its `match` alone depends on who lists it.
            touched.extend(self.claims.keys().cloned());
        }
        let what = claim.as_ref().map(|claim| claim.what.clone()).unwrap_or_default();
        match claim {
            Some(claim) => self.claims.insert(placement.to_owned(), claim),
            None => self.claims.remove(placement),
        };
        self.retake(placement, &what, &mut touched);
        touched
    }

    /// The objects that a placement takes, sorted by key.
    pub fn taken<'a>(&'a self, placement: &'a str) -> impl Iterator<Item = &'a Stored> {
        self.objects.values().filter(move |stored| stored.takers.contains_key(placement))
    }

    /// An object as it is now.
    pub fn object(&self, key: &ObjectKey) -> Option<&Object> {
        self.objects.get(key).map(|stored| &stored.object)
    }

    /// A transform by name.
    pub fn transform(&self, name: &str) -> Option<&TransformSpec> {
        self.transforms.get(name)
    }

    /// Transforms bound by their `match` alone, which no placement lists, sorted by name.
    pub fn unlisted_transforms(&self) -> impl Iterator<Item = (&String, &TransformSpec)> {
        let listed: BTreeSet<&String> = self.claims.values().flat_map(|claim| &claim.transforms).collect();
        self.transforms.iter().filter(move |(name, spec)| spec.match_.is_some() && !listed.contains(name))
    }

    /// The rule for an object's health, and its name.
    pub fn health_rule(&self, object: &Object) -> Option<(&String, &HealthRuleSpec)> {
        self.health_rules.iter().find(|(_, spec)| self.matches(&spec.match_, object))
    }

    /// Whether a clause takes an object, given its Namespace as it is kept in this space.
    pub fn matches(&self, clause: &Clause, object: &Object) -> bool {
        // Labels are read only if a clause asks for them: this runs for every clause and object.
        let labels = match clause.namespace_selectors.is_empty() {
            true => None,
            false => self.objects.get(&namespace_key(&object.key.namespace)).map(|s| s.object.labels()),
        };
        clause.matches(object, labels.as_ref())
    }

    /// The names of its placements.
    pub fn placements(&self) -> impl Iterator<Item = &String> {
        self.claims.keys()
    }

    fn takers(&self, object: &Object) -> BTreeMap<String, bool> {
        let take = |(placement, claim): (&String, &Claim)| {
            self.take(&claim.what, object).map(|create_only| (placement.clone(), create_only))
        };
        self.claims.iter().filter_map(take).collect()
    }

    /// Whether clauses take an object, and if so whether one of them says `createOnly`.
    fn take(&self, what: &[Clause], object: &Object) -> Option<bool> {
        let matching = what.iter().filter(|clause| self.matches(clause, object));
        matching.map(|clause| clause.create_only).reduce(|left, right| left | right)
    }

    /// Tests all objects against one placement's clauses.
    fn retake(&mut self, placement: &str, what: &[Clause], touched: &mut Touched) {
        let take = |stored: &Stored| self.take(what, &stored.object);
        let taken: Vec<Option<bool>> = self.objects.values().map(take).collect();
        for (stored, now) in self.objects.values_mut().zip(taken) {
            let create_only = stored.create_only();
            match now {
                Some(now) => stored.takers.insert(placement.to_owned(), now),
                None => stored.takers.remove(placement),
            };
            if stored.create_only() != create_only {
                touched.extend(stored.taken_by().cloned());
            }
        }
    }

    /// Tests the objects in a namespace again when its Namespace has changed.
    fn namespace_changed(&mut self, changed: &ObjectKey, touched: &mut Touched) {
        if *changed != namespace_key(&changed.name) {
            return;
        }
        let inside = |stored: &&Stored| stored.object.key.namespace == changed.name;
        let again = |stored: &Stored| (stored.object.key.clone(), self.takers(&stored.object));
        let takers: Vec<_> = self.objects.values().filter(inside).map(again).collect();
        for (key, takers) in takers {
            let stored = self.objects.get_mut(&key).expect("listed a moment ago");
            if stored.takers != takers {
                touched.extend(stored.taken_by().chain(takers.keys()).cloned());
                stored.takers = takers;
            }
        }
    }
}

fn namespace_key(name: &str) -> ObjectKey {
    ObjectKey { kind: "Namespace".to_owned(), name: name.to_owned(), ..ObjectKey::default() }
}
