//! How long it takes to render a region: one ConfigMap of twenty objects is each location's own.
//!
//! Run with `cargo bench -p translation`. Prints figures; nothing passes or fails by time.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a bench measures and tells"
)]

use std::time::Instant;

use model::{
    Bundle, Decision, DecisionGroup, Digest, Location, LocationSpec, Metadata, ObjectKey, PlacementKey,
    Release, ReleaseObject,
};
use serde_json::{Value, json};
use translation::{Codec, Mark, View, Want};

const LOCATIONS: usize = 100_000;
const OBJECTS: usize = 20;
const BUCKET_BITS: u32 = 8;
const BATCH: usize = 1000;

fn main() {
    let manifests = manifests();
    let release = release(&manifests);
    let mut view = View::new(Codec { encode, patch: |_, _| None, frame: |_, _| None });
    timed("fold locations", || {
        (0..LOCATIONS).for_each(|at| view.set_location(&name(at), Some(location(at)), 1, None))
    });
    timed("fold decisions", || decide(&mut view));
    (0..model::UNITS).for_each(|unit| view.set_complete(unit, Some(Mark { locations: 1, seq: 2 })));
    view.set_epoch("eu", Some(1));
    deliver(&mut view, &release, &manifests);
    let before = resident();
    timed("first documents", || write_all(&mut view));
    println!("{:<28} {:>9} bytes a location", "documents in memory", (resident() - before) / LOCATIONS);
    (0..LOCATIONS).for_each(|at| view.set_location(&name(at), Some(relocated(at)), 2, None));
    timed("the same, nothing to write", || write_all(&mut view));
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    let micros = start.elapsed().as_micros();
    println!("{what:<28} {:>9} ms {:>9.1} us a location", micros / 1000, micros as f64 / LOCATIONS as f64);
    result
}

/// Anonymous and file pages of this process.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}

fn write_all(view: &mut View) {
    loop {
        let outcome = view.writes("eu", BATCH);
        for row in &outcome.rows {
            view.set_desired("eu", &row.location, Some(&row.desired));
        }
        if !outcome.more {
            return;
        }
    }
}

fn deliver(view: &mut View, release: &Release, manifests: &[Value]) {
    loop {
        let wants = view.wants();
        if wants.is_empty() {
            return;
        }
        for want in wants {
            match want {
                Want::Release(digest) => view.set_release(digest, Ok(release.clone())),
                Want::Source(digest) => {
                    let manifest = manifests.iter().find(|manifest| source(manifest) == digest);
                    view.set_source(digest, manifest.expect("it is one of ours").clone());
                }
            }
        }
    }
}

fn decide(view: &mut View) {
    let mut buckets = vec![Vec::new(); 1 << BUCKET_BITS];
    (0..LOCATIONS).for_each(|at| buckets[model::bucket(&name(at), BUCKET_BITS) as usize].push(name(at)));
    let placement = PlacementKey { space: "default".to_owned(), name: "shop".to_owned() };
    for (bucket, mut locations) in (0..).zip(buckets) {
        locations.sort();
        let group = DecisionGroup {
            release: Digest::of(b"release"),
            rollout: 1,
            locations,
            ..DecisionGroup::default()
        };
        let decision = Decision {
            placement_uid: "uid".to_owned(),
            bucket_bits: BUCKET_BITS,
            groups: vec![group],
            ..Decision::default()
        };
        view.set_decision(("eu", bucket, &placement), Some(&decision), 1, None);
    }
}

fn name(at: usize) -> String {
    format!("store-{at:06}")
}

fn location(at: usize) -> Location {
    let entry = |key: &str, value: String| (key.to_owned(), value);
    Location {
        metadata: Metadata {
            name: name(at),
            labels: [entry("env", "prod".to_owned()), entry("country", format!("c{}", at % 40))].into(),
            ..Metadata::default()
        },
        spec: LocationSpec {
            region: "eu".to_owned(),
            properties: [entry("size", (at % 7).to_string()), entry("timezone", format!("tz{}", at % 24))]
                .into(),
            ..LocationSpec::default()
        },
    }
}

/// Another label, which nothing reads.
fn relocated(at: usize) -> Location {
    let mut location = location(at);
    location.metadata.labels.insert("touched".to_owned(), "true".to_owned());
    location
}

fn manifests() -> Vec<Value> {
    let text = "x".repeat(400);
    let mut manifests: Vec<_> =
        (1..OBJECTS).map(|at| config_map(&format!("shared-{at:02}"), json!({"a": text}))).collect();
    let mut own = config_map(
        "own",
        json!({
            "store": "${location.name}",
            "size": "${int(location.properties.size) + 1} tills",
            "zone": "${location.properties.timezone}",
            "text": text,
        }),
    );
    own["metadata"]["annotations"] = json!({"tributary.dev/expand": "true"});
    manifests.push(own);
    manifests
}

fn config_map(name: &str, data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop"}, "data": data})
}

fn source(manifest: &Value) -> Digest {
    Digest::of(manifest.to_string().as_bytes())
}

fn release(manifests: &[Value]) -> Release {
    let object = |manifest: &Value| ReleaseObject {
        key: ObjectKey {
            group: String::new(),
            kind: "ConfigMap".to_owned(),
            namespace: "shop".to_owned(),
            name: manifest["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
        },
        version: "v1".to_owned(),
        source: source(manifest),
        create_only: false,
    };
    Release { objects: manifests.iter().map(object).collect(), ..Release::default() }
}

/// About what the wire's encoding costs.
fn encode(bundle: &Bundle) -> Vec<u8> {
    let mut bytes = Vec::new();
    for object in &bundle.objects {
        bytes.extend_from_slice(object.key.name.as_bytes());
        if let model::Rendered::Inline(manifest) = &object.content {
            bytes.extend_from_slice(manifest);
        }
    }
    bytes
}
