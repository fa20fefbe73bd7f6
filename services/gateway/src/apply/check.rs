//! What is wrong with resources by themselves, before anything is looked up.

use std::collections::BTreeSet;

use model::{API_GROUP, DEFAULT_SPACE, Resource, Spec};
use wire::{Key, api};

use crate::{error::Error, names};

/// Findings told in one answer: more help nobody.
const MAX_FINDINGS: usize = 50;

/// The resources of a request, valid; or all that is wrong with them.
pub(super) fn check(messages: Vec<api::Resource>) -> Result<Vec<(Key, Resource)>, Error> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    let mut checked = Vec::with_capacity(messages.len());
    for (index, message) in messages.into_iter().enumerate() {
        match wire::resource(message) {
            Ok(resource) => {
                let resource = normalized(resource);
                let key = names::key(resource.key());
                let mut wrong = problems(&resource);
                if !seen.insert(key.clone()) {
                    wrong.push("given twice in one apply; keep one of them".to_owned());
                }
                if !wrong.is_empty() {
                    let label = format!("resources[{index}] {}", names::text(&key));
                    findings.extend(wrong.into_iter().map(|text| format!("{label}: {text}")));
                }
                checked.push((key, resource));
            }
            Err(error) => findings.push(format!("resources[{index}]: {error}")),
        }
    }
    refuse(findings)?;
    Ok(checked)
}

fn refuse(mut findings: Vec<String>) -> Result<(), Error> {
    if findings.is_empty() {
        return Ok(());
    }
    let more = findings.len().saturating_sub(MAX_FINDINGS);
    findings.truncate(MAX_FINDINGS);
    if more > 0 {
        findings.push(format!("and {more} more"));
    }
    Err(Error::Invalid(findings.join("\n")))
}

/// Without what the gateway sets itself, in the default space if none is said.
fn normalized(mut resource: Resource) -> Resource {
    let hub = matches!(resource.spec, Spec::Region(_) | Spec::Location(_));
    let metadata = &mut resource.metadata;
    if matches!(resource.spec, Spec::Workload(_)) {
        // They are in the manifest, and nowhere else.
        metadata.labels.clear();
        metadata.annotations.clear();
    }
    metadata.uid.clear();
    metadata.generation = 0;
    metadata.create_time = 0;
    metadata.deletion_timestamp = 0;
    if !hub && metadata.space.is_empty() {
        DEFAULT_SPACE.clone_into(&mut metadata.space);
    }
    resource
}

fn problems(resource: &Resource) -> Vec<String> {
    let mut found: Vec<String> = resource.validate().iter().map(ToString::to_string).collect();
    let expressions = match &resource.spec {
        Spec::Transform(spec) => translation::check_transform(spec),
        Spec::HealthRule(spec) => translation::check_health_rule(spec),
        Spec::Workload(object) => translation::check_expansion(object),
        Spec::Placement(spec) => ignored_paths(spec).into_iter().chain(not_yet(spec)).collect(),
        Spec::RolloutControl(_) => {
            vec![("kind".to_owned(), "rollouts are not decided in waves yet: remove it".to_owned())]
        }
        _ => Vec::new(),
    };
    found.extend(expressions.into_iter().map(|(path, message)| format!("{path}: {message}")));
    found.extend(misplaced(resource));
    found
}

fn ignored_paths(spec: &model::PlacementSpec) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (index, rule) in spec.ignore.iter().enumerate() {
        let wrong = |(n, path): (usize, &String)| {
            Some((format!("spec.ignore[{index}].paths[{n}]"), translation::check_path(path)?))
        };
        found.extend(rule.paths.iter().enumerate().filter_map(wrong));
    }
    found
}

/// What would be ignored: placement moves everything at once until it takes its steps from `placement::rollout`.
fn not_yet(spec: &model::PlacementSpec) -> Option<(String, String)> {
    let message = "rollouts are not decided in waves yet: remove it, and the release goes everywhere at once";
    spec.rollout.as_ref().map(|_| ("spec.rollout".to_owned(), message.to_owned()))
}

/// A manifest has to say the same as the key under which it is kept.
fn misplaced(resource: &Resource) -> Option<String> {
    let Spec::Workload(object) = &resource.spec else { return None };
    let text =
        |pointer: &str| object.manifest.pointer(pointer).and_then(|value| value.as_str()).unwrap_or_default();
    let group = if object.key.group.is_empty() { String::new() } else { format!("{}/", object.key.group) };
    let same = text("/apiVersion") == format!("{group}{}", object.version)
        && text("/kind") == object.key.kind
        && text("/metadata/name") == object.key.name
        && text("/metadata/namespace") == object.key.namespace
        && object.key.group != API_GROUP;
    (!same).then(|| "the manifest names another object than the key does; make them the same".to_owned())
}
