//! Jobs: the selector and labels that the controller generates, which would tie the copy to the original's pods.

use serde_json::{Map, Value, json};

use super::map_mut;

const GENERATED: [&str; 4] =
    ["controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"];

pub fn clean(object: &mut Map<String, Value>) {
    if let Some(metadata) = map_mut(object, "metadata") {
        clean_labels(metadata);
    }
    let Some(spec) = map_mut(object, "spec") else { return };
    if spec.get("manualSelector") == Some(&json!(true)) {
        return;
    }
    spec.remove("selector");
    if let Some(metadata) = map_mut(spec, "template").and_then(|template| map_mut(template, "metadata")) {
        metadata.remove("creationTimestamp");
        clean_labels(metadata);
    }
}

fn clean_labels(metadata: &mut Map<String, Value>) {
    let Some(labels) = map_mut(metadata, "labels") else { return };
    for label in GENERATED {
        labels.remove(label);
    }
    if labels.is_empty() {
        metadata.remove("labels");
    }
}
