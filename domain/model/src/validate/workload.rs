//! The rules of workload objects: what can travel at all.

use serde_json::Value;

use super::{check_name, label};
use crate::{API_GROUP, Object, ObjectKey, name, violation::Findings};

pub(super) fn check(object: &Object, findings: &mut Findings) {
    if object.key.group == API_GROUP {
        findings.field("apiVersion", |findings| {
            findings.report(
                format!("{API_GROUP} is the hub's own group"),
                "apply it as what it is, not as workload",
            );
        });
    }
    if let Some(reason) = never_workload(object) {
        findings.report(format!("{} is never workload: {reason}", object.key), "leave it out");
    }
    let size = object.to_bytes().len();
    if size > Object::MAX_BYTES {
        let message = format!("{size} bytes; an object may have {}", Object::MAX_BYTES);
        findings.report(message, "split it: no Kubernetes API server would take it either");
    }
    findings.field("metadata", |findings| check_metadata(object, findings));
}

fn check_metadata(object: &Object, findings: &mut Findings) {
    findings.field("name", |findings| check_object_name(&object.key, findings));
    if !object.key.namespace.is_empty() {
        findings.field("namespace", |findings| check_name(findings, &object.key.namespace));
    }
    for name in ["labels", "annotations"] {
        let Some(map) = object.manifest.pointer(&format!("/metadata/{name}")) else { continue };
        findings.field(name, |findings| check_strings(map, name == "labels", findings));
    }
}

/// What every kind's names have in common: they are one segment of an API path.
fn check_object_name(ObjectKey { group, name, .. }: &ObjectKey, findings: &mut Findings) {
    let is_segment = name.len() <= 253 && name != "." && name != ".." && !name.contains(['/', '%', '\0']);
    if !is_segment {
        findings.report(format!("`{name}` is not a name"), "use at most 253 characters, without `/` and `%`");
    } else if DNS_NAMED.contains(&group.as_str()) && !name::is_dns_subdomain(name) {
        let help = "use lower-case letters, digits, `-` and `.`, as every Kubernetes API server demands";
        findings.report(format!("`{name}` is not a name of this kind"), help);
    }
}

/// Groups all of whose kinds take DNS subdomains alone. Roles, certificate requests and IP addresses do not, and custom
/// kinds are their authors'.
const DNS_NAMED: [&str; 5] = ["", "apps", "batch", "autoscaling", "policy"];

fn check_strings(map: &Value, are_labels: bool, findings: &mut Findings) {
    let Some(map) = map.as_object() else {
        if !map.is_null() {
            findings.report("expected a mapping of strings", "write it as key: \"value\"");
        }
        return;
    };
    for (key, value) in map {
        findings.field(key, |findings| match value.as_str() {
            None => findings.report(format!("expected a string, not {value}"), "quote it"),
            // An expression is not known before it is rendered.
            Some(text) if are_labels && !text.contains("${") => label::check(key, text, findings),
            Some(_) => label::check_key(key, findings),
        });
    }
}

/// Why an object stays where it is; `None`: it may travel.
fn never_workload(object: &Object) -> Option<&'static str> {
    let ObjectKey { group, kind, name, .. } = &object.key;
    match (group.as_str(), kind.as_str()) {
        ("" | "events.k8s.io", "Event") => Some("events tell what happened in one cluster"),
        ("", "Node") => Some("nodes register themselves"),
        ("", "Endpoints") | ("discovery.k8s.io", "EndpointSlice") => {
            Some("endpoints are computed from the pods of one cluster")
        }
        ("coordination.k8s.io", "Lease") => Some("leases are held by processes of one cluster"),
        ("storage.k8s.io", "CSINode" | "CSIStorageCapacity") => Some("storage drivers report it"),
        ("", "Secret") if object.manifest["type"] == "kubernetes.io/service-account-token" => {
            Some("tokens are valid in one cluster only")
        }
        ("", "ConfigMap") if name == "kube-root-ca.crt" => Some("every cluster publishes its own"),
        ("", "ServiceAccount") if name == "default" => Some("every namespace has its own"),
        _ => None,
    }
}
