//! A million locations and ten placements: how long it takes to read them, to decide, and to decide again after one
//! change. `cargo bench -p placement` prints figures; nothing passes or fails by them.

#![allow(clippy::print_stdout, reason = "figures are its purpose")]
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "a bench measures time")]

use std::time::Instant;

use model::*;
use placement::{Outcome, View};
use serde_json::json;

const LOCATIONS: u32 = 1_000_000;
const REGIONS: u32 = 8;
const PLACEMENTS: u32 = 10;

fn main() {
    let mut hub = Hub { view: View::new(|release| format!("{release:?}").into_bytes()), seq: 0 };
    println!(
        "{LOCATIONS} locations in {REGIONS} regions, {PLACEMENTS} placements over all, half or an eighth of them"
    );
    measure("read locations", || (0..LOCATIONS).for_each(|n| hub.set(location(n, "a"))));
    measure("read objects and placements", || {
        (0..100).for_each(|n| hub.set(object(n, 0)));
        (0..PLACEMENTS).for_each(|n| hub.set(placement(n)));
    });
    let rows = measure("decide for the first time", || hub.settle());
    println!("{:>42} rows, {} locations decided", rows.0, rows.1);
    measure("change one label of one location", || {
        hub.set(location(77, "b"));
        hub.settle()
    });
    measure("move one location to another region", || {
        let mut moved = location(78, "a");
        moved.spec = Spec::Location(LocationSpec { region: "r5".into(), ..LocationSpec::default() });
        hub.set(moved);
        hub.settle()
    });
    let rows = measure("change one object everywhere", || {
        hub.set(object(0, 1));
        hub.settle()
    });
    println!("{:>42} rows, {} locations decided", rows.0, rows.1);
    measure("change one placement's selector", || {
        hub.set(selecting(
            2,
            LabelSelector { match_expressions: vec![tier_not("c")], ..LabelSelector::default() },
        ));
        hub.settle()
    });
}

fn measure<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    println!("{what:>40}: {:>12.3} ms", start.elapsed().as_secs_f64() * 1e3);
    result
}

struct Hub {
    view: View,
    seq: u64,
}

impl Hub {
    fn set(&mut self, resource: Resource) {
        self.view.set_resource(&resource.key(), Some(resource), None);
    }

    /// Writes until there is nothing left; rows and locations written. Storing costs nothing here.
    fn settle(&mut self) -> (usize, usize) {
        let (mut rows, mut locations) = (0, 0);
        for unit in 0..UNITS {
            loop {
                let outcome = self.view.place(unit, 999, 0);
                rows += outcome.row_count();
                locations += outcome.decisions.iter().map(|row| row.decision.location_count()).sum::<usize>();
                self.store(&outcome);
                if outcome.row_count() == 0 {
                    break;
                }
            }
        }
        (rows, locations)
    }

    fn store(&mut self, outcome: &Outcome) {
        for row in &outcome.decisions {
            self.seq += 1;
            self.view.set_decision(&row.region, row.bucket, &row.placement, Some(&row.decision), self.seq);
        }
        for row in &outcome.rollouts {
            self.view.set_rollout(&row.placement, Some(row.rollout.clone()));
        }
    }
}

fn named(space: &str, name: String) -> Metadata {
    Metadata { space: space.into(), uid: format!("uid-{name}"), name, ..Metadata::default() }
}

fn location(n: u32, tier: &str) -> Resource {
    let mut metadata = named("", format!("store-{n:07}"));
    let labels =
        [("half", n % 2), ("eighth", n / 2 % 8), ("country", n % 50)].map(|(k, v)| (k.into(), v.to_string()));
    metadata.labels = labels.into_iter().chain([("tier".to_owned(), tier.to_owned())]).collect();
    let region = format!("r{}", n % REGIONS);
    Resource { metadata, spec: Spec::Location(LocationSpec { region, ..LocationSpec::default() }) }
}

fn object(n: u32, content: u32) -> Resource {
    let name = format!("settings-{n}");
    let key = ObjectKey {
        kind: "ConfigMap".into(),
        namespace: "shop".into(),
        name: name.clone(),
        ..ObjectKey::default()
    };
    let manifest = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"content": content},
        "metadata": {"name": name, "namespace": "shop"}});
    Resource {
        metadata: named(DEFAULT_SPACE, name),
        spec: Spec::Workload(Object { key, version: "v1".into(), manifest }),
    }
}

fn placement(n: u32) -> Resource {
    let equal = |key: &str, value: u32| LabelSelector {
        match_labels: [(key.to_owned(), value.to_string())].into(),
        ..LabelSelector::default()
    };
    selecting(
        n,
        match n {
            0 => LabelSelector { match_expressions: vec![tier_not("b")], ..LabelSelector::default() },
            1 => LabelSelector::default(),
            2..=4 => equal("half", n % 2),
            _ => equal("eighth", n % 8),
        },
    )
}

fn tier_not(value: &str) -> Requirement {
    Requirement { key: "tier".into(), operator: Operator::NotIn, values: vec![value.into()] }
}

fn selecting(n: u32, selector: LabelSelector) -> Resource {
    let what = vec![Clause { kinds: vec!["ConfigMap".into()], ..Clause::default() }];
    let where_ = Where { location_selectors: vec![selector], ..Where::default() };
    Resource {
        metadata: named(DEFAULT_SPACE, format!("p{n}")),
        spec: Spec::Placement(PlacementSpec { what, where_, ..PlacementSpec::default() }),
    }
}
