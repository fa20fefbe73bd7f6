//! What rendering makes of a corpus, byte for byte: the same in every version, or every location is written anew.
//!
//! A case is `tests/golden/NAME.yaml` (objects, transforms in the order in which they apply, locations, and a placement for
//! what it ignores) with `NAME.txt`, what comes out at each location. A change that is meant is taken over with
//! `UPDATE_GOLDEN=1 cargo test -p translation --test golden`, which prints what differs; it then shows in review.

#![cfg(test)]
#![allow(clippy::print_stdout, reason = "the difference is for whoever runs the test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use model::{Digest, Location, NamedTransform, Release, ReleaseObject, Spec, parse};
use serde_json::Value;
use translation::{Part, RenderedObject, render};

/// What a file declares.
#[derive(Default)]
struct Case {
    release: Release,
    sources: BTreeMap<Digest, Value>,
    locations: Vec<Location>,
}

impl Case {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let documents = parse::documents(&path.display().to_string(), &text, "default").unwrap();
        let mut case = Self::default();
        for resource in documents.into_iter().map(|document| document.resource) {
            match resource.spec {
                Spec::Location(spec) => case.locations.push(Location { metadata: resource.metadata, spec }),
                Spec::Transform(spec) => {
                    case.release.transforms.push(NamedTransform { name: resource.metadata.name, spec });
                }
                Spec::Placement(spec) => case.release.ignore = spec.ignore,
                Spec::Workload(object) => {
                    let source = Digest::of(&object.to_bytes());
                    let (key, version) = (object.key, object.version);
                    case.release.objects.push(ReleaseObject { key, version, source, create_only: false });
                    case.sources.insert(source, object.manifest);
                }
                Spec::Region(_) | Spec::HealthRule(_) | Spec::RolloutControl(_) => {
                    panic!("{}: nothing depends on it", path.display())
                }
            }
        }
        case
    }

    fn text(&self) -> String {
        let at = |location: &Location| {
            let objects = render(&self.release, &self.sources, location);
            objects.iter().map(|object| line(&location.metadata.name, object)).collect::<String>()
        };
        self.locations.iter().map(at).collect()
    }
}

fn line(location: &str, object: &RenderedObject) -> String {
    let part = if object.part == Part::Shared { "shared" } else { "own" };
    match &object.outcome {
        Ok(manifest) => {
            let text = std::str::from_utf8(manifest).unwrap();
            format!("{location} {part} {} {}\n  {text}\n", object.key, Digest::of(manifest))
        }
        Err(why) => format!("{location} {part} {} withheld\n  {why}\n", object.key),
    }
}

fn cases() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = entries.filter(|path| path.extension().is_some_and(|it| it == "yaml")).collect();
    cases.sort();
    cases
}

/// The lines that only one of two texts has.
fn difference(expected: &str, found: &str) -> String {
    let lacking = |lines: &str, other: &str, mark: char| {
        let only = lines.lines().filter(|line| !other.lines().any(|one| one == *line));
        only.map(|line| format!("{mark}{line}\n")).collect::<String>()
    };
    lacking(expected, found, '-') + &lacking(found, expected, '+')
}

#[test]
fn the_corpus_renders_to_the_same_bytes_as_ever() {
    let mut wrong = Vec::new();
    for path in cases() {
        let found = Case::read(&path).text();
        assert_eq!(found, Case::read(&path).text(), "twice");
        let expected_path = path.with_extension("txt");
        let expected = fs::read_to_string(&expected_path).unwrap_or_default();
        if found != expected {
            println!("{}\n{}", expected_path.display(), difference(&expected, &found));
            wrong.push(expected_path.clone());
        }
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&expected_path, found).unwrap();
            wrong.clear();
        }
    }
    assert!(wrong.is_empty(), "{wrong:?} differ; see the head of tests/golden.rs");
}

#[test]
fn the_corpus_has_every_operation_and_every_kind_that_is_cleaned() {
    let cases: Vec<Case> = cases().iter().map(|path| Case::read(path)).collect();
    let operations =
        cases.iter().flat_map(|case| &case.release.transforms).flat_map(|it| &it.spec.operations);
    let mut named: Vec<String> = operations
        .map(|operation| {
            serde_json::to_value(operation).unwrap().as_object().unwrap().keys().next().unwrap().clone()
        })
        .collect();
    named.sort();
    named.dedup();
    assert_eq!(named, ["image", "jsonPatch", "mergePatch", "remove", "set"]);
    let kinds =
        |kind: &str| cases.iter().flat_map(|case| &case.release.objects).any(|it| it.key.kind == kind);
    for kind in ["Service", "Job", "ClusterRole", "ServiceAccount", "ConfigMap", "Deployment", "CronJob"] {
        assert!(kinds(kind), "no {kind}");
    }
}
