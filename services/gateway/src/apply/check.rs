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
    metadata.set.clear();
    if !hub && metadata.space.is_empty() {
        DEFAULT_SPACE.clone_into(&mut metadata.space);
    }
    resource
}

fn problems(resource: &Resource) -> Vec<String> {
    let mut found: Vec<String> = resource.validate().iter().map(ToString::to_string).collect();
    let expressions =
        translation::check_resource(resource).into_iter().chain(placement::check_resource(resource));
    found.extend(expressions.map(|(path, message)| format!("{path}: {message}")));
    found.extend(misplaced(resource));
    found
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
