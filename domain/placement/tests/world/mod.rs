//! A hub in miniature: resources, the stored tables, and a view that is kept up to date or built afresh.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::collections::{BTreeMap, BTreeSet};

use model::*;
use placement::{Outcome, View};
use serde_json::json;

/// The bytes of a release, for tests: anything injective will do.
pub fn encode(release: &Release) -> Vec<u8> {
    format!("{release:?}").into_bytes()
}

/// Where a decision row is stored.
pub type RowKey = (String, u32, PlacementKey);

#[derive(Debug)]
pub struct World {
    pub view: View,
    pub resources: BTreeMap<ResourceKey, Resource>,
    pub decisions: BTreeMap<RowKey, (Decision, u64)>,
    pub rollouts: BTreeMap<PlacementKey, Rollout>,
    pub watermarks: BTreeMap<PlacementKey, BTreeMap<String, u64>>,
    pub contents: BTreeMap<Digest, Vec<u8>>,
    pub seq: u64,
    uids: u64,
}

impl World {
    pub fn new() -> Self {
        Self {
            view: View::new(encode),
            resources: BTreeMap::new(),
            decisions: BTreeMap::new(),
            rollouts: BTreeMap::new(),
            watermarks: BTreeMap::new(),
            contents: BTreeMap::new(),
            seq: 0,
            uids: 0,
        }
    }

    /// Applies a resource; one that is new gets a uid.
    pub fn apply(&mut self, mut resource: Resource) {
        let key = resource.key();
        resource.metadata.uid =
            self.resources.get(&key).map(|r| r.metadata.uid.clone()).unwrap_or_else(|| {
                self.uids += 1;
                format!("uid-{}", self.uids)
            });
        self.view.set_resource(&key, Some(resource.clone()), None);
        self.resources.insert(key, resource);
    }

    pub fn delete(&mut self, key: &ResourceKey) {
        self.resources.remove(key);
        self.view.set_resource(key, None, None);
    }

    /// Asks every unit for one outcome and stores it.
    pub fn step(&mut self, limit: usize) -> Vec<Outcome> {
        (0..UNITS)
            .map(|unit| {
                self.seq += 1;
                let outcome = self.view.place(unit, limit, 1_000 + self.seq);
                self.store(&outcome);
                outcome
            })
            .collect()
    }

    /// Steps until nothing is left to write; the rows written.
    pub fn settle(&mut self) -> usize {
        let mut written = 0;
        for _ in 0..1_000 {
            let outcomes = self.step(999);
            let rows: usize = outcomes.iter().map(Outcome::row_count).sum();
            if rows == 0 && outcomes.iter().all(|outcome| !outcome.more) {
                return written;
            }
            written += rows;
        }
        unreachable!("it never stops writing");
    }

    /// Settles with every region counting what it has, until no location is arriving any more.
    pub fn quiesce(&mut self) {
        let mut rounds = 0;
        while self.settle() > 0 || self.arriving() > 0 {
            rounds += 1;
            assert!(rounds < 10, "locations arrive for ever: {:?}", self.decisions);
            self.count_all();
        }
    }

    pub fn store(&mut self, outcome: &Outcome) {
        for (digest, bytes) in &outcome.contents {
            assert_eq!(*digest, Digest::of(bytes), "content goes by its digest");
            self.contents.insert(*digest, bytes.to_vec());
        }
        for row in &outcome.decisions {
            for group in &row.decision.groups {
                assert!(
                    self.contents.contains_key(&group.release),
                    "a row names a release that is not stored"
                );
            }
            self.seq += 1;
            let key = (row.region.clone(), row.bucket, row.placement.clone());
            self.decisions.insert(key, (row.decision.clone(), self.seq));
            self.view.set_decision(&row.region, row.bucket, &row.placement, Some(&row.decision), self.seq);
        }
        for row in &outcome.rollouts {
            self.rollouts.insert(row.placement.clone(), row.rollout.clone());
            self.view.set_rollout(&row.placement, Some(row.rollout.clone()));
        }
    }

    /// A region's summarization catches up with one placement's decisions.
    pub fn count(&mut self, placement: &PlacementKey, region: &str) {
        let rows = self.decisions.iter().filter(|((r, _, p), _)| r == region && p == placement);
        let Some(seq) = rows.map(|(_, (_, seq))| *seq).max() else { return };
        let watermark = self.watermarks.entry(placement.clone()).or_default();
        watermark.insert(region.to_owned(), seq);
        self.view.set_summary_watermark(placement, watermark, None);
    }

    pub fn count_all(&mut self) {
        let pairs: BTreeSet<_> = self.decisions.keys().map(|(r, _, p)| (p.clone(), r.clone())).collect();
        pairs.iter().for_each(|(placement, region)| self.count(placement, region));
    }

    fn arriving(&self) -> usize {
        let groups = self.decisions.values().flat_map(|(decision, _)| &decision.groups);
        groups.filter(|group| !group.arriving_from.is_empty()).count()
    }

    /// A view that has read all tables from their beginning.
    pub fn reread(&self, backwards: bool) -> View {
        let mut view = View::new(encode);
        let mut resources: Vec<_> = self.resources.iter().collect();
        if backwards {
            resources.reverse();
            self.reread_tables(&mut view);
        }
        for (key, resource) in resources {
            view.set_resource(key, Some(resource.clone()), None);
        }
        if !backwards {
            self.reread_tables(&mut view);
        }
        view
    }

    fn reread_tables(&self, view: &mut View) {
        for (placement, watermark) in &self.watermarks {
            view.set_summary_watermark(placement, watermark, None);
        }
        for ((region, bucket, placement), (decision, seq)) in &self.decisions {
            view.set_decision(region, *bucket, placement, Some(decision), *seq);
        }
        for (placement, rollout) in &self.rollouts {
            view.set_rollout(placement, Some(rollout.clone()));
        }
    }

    /// What is decided for a placement: location, region, release, rollout number.
    pub fn decided(&self, name: &str) -> BTreeMap<String, (String, Digest, u64)> {
        let rows = self.decisions.iter().filter(|((_, _, p), _)| p.name == name);
        let groups =
            rows.flat_map(|((region, ..), (row, _))| row.groups.iter().map(move |group| (region, group)));
        let mut decided = BTreeMap::new();
        for (region, group) in groups {
            for location in &group.locations {
                let entry = (region.clone(), group.release, group.rollout);
                let before = decided.insert(location.clone(), entry);
                assert_eq!(before, None, "{location} is decided twice for {name}");
            }
        }
        decided
    }

    /// Which locations are chosen, and where, by testing each of them.
    pub fn expected(&self, name: &str) -> BTreeMap<String, String> {
        let Some(Resource { spec: Spec::Placement(spec), .. }) = self.resources.get(&placement_key(name))
        else {
            return BTreeMap::new();
        };
        let chosen = |(key, resource): (&ResourceKey, &Resource)| match &resource.spec {
            Spec::Location(location) if self.is_reached(&spec.where_, resource, &location.region) => {
                Some((key.name.clone(), location.region.clone()))
            }
            _ => None,
        };
        self.resources.iter().filter_map(chosen).collect()
    }

    fn is_reached(&self, where_: &Where, location: &Resource, region: &str) -> bool {
        let labels = &location.metadata.labels;
        let selectors = &where_.location_selectors;
        location.metadata.deletion_timestamp == 0
            && !(selectors.is_empty() && where_.regions.is_empty())
            && (selectors.is_empty() || selectors.iter().any(|selector| selector.matches(labels)))
            && (where_.regions.is_empty() || self.is_below(region, &where_.regions, 10))
    }

    fn is_below(&self, region: &str, roots: &[String], depth: usize) -> bool {
        roots.iter().any(|root| root == region)
            || depth > 0
                && match self.resources.get(&region_key(region)).map(|resource| &resource.spec) {
                    Some(Spec::Region(spec)) => self.is_below(&spec.parent, roots, depth - 1),
                    _ => false,
                }
    }

    pub fn rollout(&self, name: &str) -> &Rollout {
        &self.rollouts[&key(name)]
    }
}

pub fn key(name: &str) -> PlacementKey {
    PlacementKey { space: "default".into(), name: name.into() }
}

fn own_key(space: &str, kind: &str, name: &str) -> ResourceKey {
    ResourceKey {
        space: space.into(),
        group: API_GROUP.into(),
        kind: kind.into(),
        namespace: String::new(),
        name: name.into(),
    }
}

pub fn placement_key(name: &str) -> ResourceKey {
    own_key("default", "Placement", name)
}

pub fn transform_key(name: &str) -> ResourceKey {
    own_key("default", "Transform", name)
}

pub fn health_rule_key(name: &str) -> ResourceKey {
    own_key("default", "HealthRule", name)
}

pub fn region_key(name: &str) -> ResourceKey {
    own_key("", "Region", name)
}

pub fn location_key(name: &str) -> ResourceKey {
    own_key("", "Location", name)
}

fn metadata(space: &str, name: &str) -> Metadata {
    Metadata { space: space.into(), name: name.into(), ..Metadata::default() }
}

pub fn region(name: &str, parent: &str) -> Resource {
    Resource { metadata: metadata("", name), spec: Spec::Region(RegionSpec { parent: parent.into() }) }
}

pub fn location(name: &str, region: &str, labels: &[(&str, &str)]) -> Resource {
    let mut metadata = metadata("", name);
    metadata.labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Resource {
        metadata,
        spec: Spec::Location(LocationSpec { region: region.into(), ..LocationSpec::default() }),
    }
}

pub fn placement(name: &str, spec: PlacementSpec) -> Resource {
    Resource { metadata: metadata("default", name), spec: Spec::Placement(spec) }
}

/// Everything of the space goes wherever `where_` says.
pub fn everything(where_: Where) -> PlacementSpec {
    let what = vec![Clause { object_names: vec!["*".into()], ..Clause::default() }];
    PlacementSpec { what, where_, ..PlacementSpec::default() }
}

pub fn everywhere() -> Where {
    Where { location_selectors: vec![LabelSelector::default()], ..Where::default() }
}

pub fn labelled(key: &str, value: &str) -> Where {
    Where { location_selectors: vec![selector(key, value)], ..Where::default() }
}

pub fn in_regions(regions: &[&str]) -> Where {
    Where { regions: regions.iter().map(|r| (*r).to_owned()).collect(), ..Where::default() }
}

pub fn selector(key: &str, value: &str) -> LabelSelector {
    LabelSelector { match_labels: [(key.to_owned(), value.to_owned())].into(), ..LabelSelector::default() }
}

pub fn transform(name: &str, path: &str, match_: Option<Clause>) -> Resource {
    let operations = vec![Operation::Remove(path.into())];
    Resource {
        metadata: metadata("default", name),
        spec: Spec::Transform(TransformSpec { match_, operations, ..TransformSpec::default() }),
    }
}

/// A rule with one condition.
pub fn health_rule(name: &str, when: &str, match_: Clause) -> Resource {
    let (when, reason, message) = (when.to_owned(), String::new(), String::new());
    let rules = vec![HealthCheck { when, phase: HealthPhase::Healthy, reason, message }];
    Resource { metadata: metadata("default", name), spec: Spec::HealthRule(HealthRuleSpec { match_, rules }) }
}

/// A ConfigMap, or a Namespace if `namespace` is empty.
pub fn object(namespace: &str, name: &str, labels: &[(&str, &str)], content: u32) -> Resource {
    let kind = if namespace.is_empty() { "Namespace" } else { "ConfigMap" };
    let labels: BTreeMap<_, _> = labels.iter().copied().collect();
    let manifest = json!({
        "apiVersion": "v1", "kind": kind, "data": {"content": content},
        "metadata": {"namespace": namespace, "name": name, "labels": labels},
    });
    let key =
        ObjectKey { group: String::new(), kind: kind.into(), namespace: namespace.into(), name: name.into() };
    let object = Object { key, version: "v1".into(), manifest };
    Resource { metadata: metadata("default", name), spec: Spec::Workload(object) }
}
