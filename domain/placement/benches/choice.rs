//! A hundred thousand locations with expressions, counts and spreads: how long the first decision takes, and one change.
//! `cargo bench -p placement --bench choice` prints figures; nothing passes or fails by them.

#![allow(clippy::print_stdout, reason = "figures are its purpose")]
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "a bench measures time")]

use std::time::Instant;

use model::*;
use placement::{Outcome, View};

const LOCATIONS: u32 = 100_000;
const PLACEMENTS: u32 = 1_000;
/// Changes of one location, of which the slowest is told too.
const CHANGES: u32 = 200;

fn main() {
    println!("{LOCATIONS} locations in 8 regions and 50 zones");
    for (what, where_) in cases() {
        alone(what, where_);
    }
    together("of ten kinds, every other with a count", |n| {
        let count = Some(10 + n % 100).filter(|_| n % 2 == 0);
        Where { number_of_locations: count, ..selecting(n) }
    });
    together("each of them the best 100 by cpu, spread over regions, with an expression", |_| best(100));
}

/// One placement of its own.
fn alone(what: &str, where_: Where) {
    let mut hub = Hub::new();
    (0..LOCATIONS).for_each(|n| hub.set(location(n, 0)));
    hub.set(object());
    hub.set(placement(0, where_));
    println!("one placement, {what}");
    measure("first decision", || hub.settle());
    changes(&mut hub);
}

/// A thousand placements, and then one location changes.
fn together(what: &str, where_of: impl Fn(u32) -> Where) {
    let mut hub = Hub::new();
    (0..LOCATIONS).for_each(|n| hub.set(location(n, 0)));
    hub.set(object());
    (0..PLACEMENTS).for_each(|n| hub.set(placement(n, where_of(n))));
    println!("{PLACEMENTS} placements, {what}");
    measure("first decision of all", || hub.settle());
    changes(&mut hub);
}

fn changes(hub: &mut Hub) {
    each("change a label that nobody reads", hub, |n| location(n, 1));
    each("change the property that expressions read", hub, |n| {
        let mut changed = location(n, 1);
        if let Spec::Location(spec) = &mut changed.spec {
            spec.properties.insert("size".into(), "7".into());
        }
        changed
    });
    each("change the capacity", hub, |n| {
        let mut changed = location(n, 1);
        if let Spec::Location(spec) = &mut changed.spec {
            spec.capacity.insert("cpu".into(), (n % 61).to_string());
        }
        changed
    });
    let at = Instant::now();
    let name = hub.some_chosen();
    println!(
        "{:>50}: {name} ({:.3} ms to find it)",
        "a location that is chosen goes",
        at.elapsed().as_secs_f64() * 1e3
    );
    measure("what that takes", || {
        hub.remove(&name);
        hub.settle()
    });
}

fn each(what: &str, hub: &mut Hub, changed: impl Fn(u32) -> Resource) {
    let mut times: Vec<f64> = (0..CHANGES)
        .map(|n| {
            let resource = changed(n * 487 % LOCATIONS);
            let start = Instant::now();
            hub.set(resource);
            hub.settle();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let (median, most) = (times[times.len() / 2], times[times.len() - 1]);
    println!("{what:>50}: {median:>9.3} ms, at most {most:.3} ms, of {CHANGES}");
}

fn measure<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    println!("{what:>50}: {:>9.3} ms", start.elapsed().as_secs_f64() * 1e3);
    result
}

struct Hub {
    view: View,
    seq: u64,
    chosen: Option<String>,
}

impl Hub {
    fn new() -> Self {
        Self { view: View::new(|release| format!("{release:?}").into_bytes()), seq: 0, chosen: None }
    }

    fn set(&mut self, resource: Resource) {
        self.view.set_resource(&resource.key(), Some(resource), None);
    }

    fn remove(&mut self, name: &str) {
        let key = Resource { metadata: named("", name.to_owned()), ..location(0, 0) }.key();
        self.view.set_resource(&key, None, None);
    }

    fn some_chosen(&self) -> String {
        self.chosen.clone().expect("something is chosen")
    }

    /// Writes until there is nothing left. Storing costs nothing here.
    fn settle(&mut self) {
        for unit in 0..UNITS {
            while self.store(unit) > 0 {}
        }
    }

    fn store(&mut self, unit: u32) -> usize {
        let outcome: Outcome = self.view.place(unit, 999, 0);
        for row in &outcome.decisions {
            self.seq += 1;
            let locations = row.decision.groups.iter().flat_map(|group| &group.locations);
            self.chosen = locations.last().cloned().or(self.chosen.take());
            self.view.set_decision(&row.region, row.bucket, &row.placement, Some(&row.decision), self.seq);
        }
        for row in &outcome.rollouts {
            self.view.set_rollout(&row.placement, Some(row.rollout.clone()));
        }
        outcome.row_count()
    }
}

fn cases() -> Vec<(&'static str, Where)> {
    let expression = "int(location.properties.size) > 2 && location.labels.zone != 'z7'";
    vec![
        ("a selector", selecting(0)),
        ("a selector and an expression", Where { expression: expression.into(), ..selecting(0) }),
        (
            "a selector, an expression, a spread over zones and the best 1,000 by cpu",
            Where { expression: expression.into(), spread: vec![spread("zone", 2)], ..best(1_000) },
        ),
        (
            "the best 10,000 by cpu, spread over zones and regions",
            Where { spread: vec![spread("zone", 5), spread("region", 50)], ..best(10_000) },
        ),
        ("as many as a spread over zones allows", Where { spread: vec![spread("zone", 10)], ..selecting(0) }),
    ]
}

fn best(count: u32) -> Where {
    let weighed = |name: &str, weight| Prioritizer { name: name.into(), weight };
    Where {
        expression: "int(location.properties.size) > 2".into(),
        number_of_locations: Some(count),
        spread: vec![spread("region", 5)],
        prioritizers: vec![weighed("Capacity:cpu", 1), weighed("Steady", 1)],
        ..selecting(0)
    }
}

fn spread(key: &str, max_skew: u32) -> Spread {
    Spread { key: key.into(), max_skew: Some(max_skew), ..Spread::default() }
}

fn selecting(n: u32) -> Where {
    let tier =
        Requirement { key: "tier".into(), operator: Operator::NotIn, values: vec![format!("t{}", n % 10)] };
    let selector = LabelSelector { match_expressions: vec![tier], ..LabelSelector::default() };
    Where { location_selectors: vec![selector], ..Where::default() }
}

fn named(space: &str, name: String) -> Metadata {
    Metadata { space: space.into(), uid: format!("uid-{name}"), name, ..Metadata::default() }
}

fn location(n: u32, note: u32) -> Resource {
    let mut metadata = named("", format!("store-{n:07}"));
    let labels =
        [("zone", format!("z{}", n % 50)), ("tier", format!("t{}", n % 13)), ("note", note.to_string())];
    metadata.labels = labels.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let spec = LocationSpec {
        region: format!("r{}", n % 8),
        properties: [("size".to_owned(), (n % 10).to_string())].into(),
        capacity: [("cpu".to_owned(), (n % 64).to_string())].into(),
        taints: Vec::new(),
    };
    Resource { metadata, spec: Spec::Location(spec) }
}

fn object() -> Resource {
    let key = ObjectKey {
        kind: "ConfigMap".into(),
        namespace: "shop".into(),
        name: "settings".into(),
        ..ObjectKey::default()
    };
    let manifest = serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {},
        "metadata": {"name": "settings", "namespace": "shop"}});
    let spec = Spec::Workload(Object { key, version: "v1".into(), manifest });
    Resource { metadata: named(DEFAULT_SPACE, "settings".to_owned()), spec }
}

fn placement(n: u32, where_: Where) -> Resource {
    let what = vec![Clause { kinds: vec!["ConfigMap".into()], ..Clause::default() }];
    Resource {
        metadata: named(DEFAULT_SPACE, format!("p{n}")),
        spec: Spec::Placement(PlacementSpec { what, where_, ..PlacementSpec::default() }),
    }
}
