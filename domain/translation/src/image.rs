//! Changes of container images, part by part.
//!
//! A reference is `[registry/]repository[:tag][@digest]`; its first part is a registry if it could be a host. Containers
//! are looked for where built-in workloads have their pod's spec.

use model::{Clause, ImageOperation};
use serde_json::Value;

use crate::Error;

/// Where pods, templates of pods and templates of jobs have the spec of a pod.
const POD_SPECS: [&str; 4] =
    ["/spec", "/spec/template/spec", "/spec/jobTemplate/spec/template/spec", "/template/spec"];
const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];
/// Kinds without containers, whatever group they are of. A Service has some where Knative is.
const WITHOUT: [&str; 18] = [
    "APIService",
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "CustomResourceDefinition",
    "HorizontalPodAutoscaler",
    "Ingress",
    "LimitRange",
    "Namespace",
    "NetworkPolicy",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "ResourceQuota",
    "Role",
    "RoleBinding",
    "Secret",
    "ServiceAccount",
];

/// An operation whose expressions are filled in.
///
/// # Errors
/// [`Error::Evaluate`] where an expression gives something other than a string.
pub fn read(value: Value) -> Result<ImageOperation, Error> {
    let expression = value.to_string();
    let failed = |error: serde_json::Error| Error::Evaluate { expression, reason: error.to_string() };
    serde_json::from_value(value).map_err(failed)
}

/// Changes the images of the container that is named, or of all.
///
/// # Errors
/// [`Error::NoContainer`]: there is none to change. A mirror that is not used because a name has changed would be noticed
/// by nobody.
pub fn set(manifest: &mut Value, change: &ImageOperation) -> Result<(), Error> {
    let mut names = Vec::new();
    let mut found = false;
    for container in containers(manifest) {
        let name = container.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        if change.container.is_empty() || name == change.container {
            found = true;
            if let Some(Value::String(image)) = container.get_mut("image") {
                *image = changed(image, change);
            }
        }
        names.push(name);
    }
    if found { Ok(()) } else { Err(Error::NoContainer { wanted: change.container.clone(), there: names }) }
}

fn containers(manifest: &mut Value) -> Vec<&mut Value> {
    let mut all = Vec::new();
    // Of these places an object has one: a Job has no template of a template.
    let Some(spec) = POD_SPECS.iter().rev().find(|spec| has_containers(manifest.pointer(spec))) else {
        return all;
    };
    for (field, list) in manifest.pointer_mut(spec).and_then(Value::as_object_mut).into_iter().flatten() {
        if CONTAINERS.contains(&field.as_str()) {
            all.extend(list.as_array_mut().into_iter().flatten());
        }
    }
    all
}

fn has_containers(spec: Option<&Value>) -> bool {
    CONTAINERS.iter().any(|list| spec.and_then(|spec| spec.get(list)).is_some_and(Value::is_array))
}

/// What is wrong with changing images of what a clause takes; `None`: nothing, as far as the clause tells.
pub fn check(clause: &Clause) -> Option<String> {
    let core = clause.api_group.as_deref() == Some("");
    let is_without = |kind: &String| WITHOUT.contains(&kind.as_str()) || (core && kind == "Service");
    let all = !clause.kinds.is_empty() && clause.kinds.iter().all(is_without);
    all.then(|| {
        let kinds = clause.kinds.join(", ");
        format!("{kinds} has no containers; name kinds that have, such as Deployment, in spec.match.kinds")
    })
}

/// A new tag or digest replaces both: an old digest would win over a new tag.
fn changed(image: &str, change: &ImageOperation) -> String {
    let (rest, digest) = split(image, image.find('@'));
    let after_slash = rest.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = split(rest, rest[after_slash..].find(':').map(|colon| after_slash + colon));
    let is_host = |first: &str| first.contains(['.', ':']) || first == "localhost";
    let (registry, repository) = match name.split_once('/') {
        Some((first, repository)) if is_host(first) => (first, repository),
        _ => ("", name),
    };
    let (tag, digest) = match (change.tag.as_str(), change.digest.as_str()) {
        ("", "") => (tag, digest),
        changed => changed,
    };
    let registry = replaced(registry, &change.registry);
    let mut image = if registry.is_empty() { String::new() } else { format!("{registry}/") };
    image += replaced(repository, &change.repository);
    for (mark, part) in [(':', tag), ('@', digest)] {
        if !part.is_empty() {
            image.push(mark);
            image += part;
        }
    }
    image
}

/// Before and after the mark at a position; all of it if there is none.
fn split(text: &str, at: Option<usize>) -> (&str, &str) {
    at.map_or((text, ""), |at| (&text[..at], &text[at + 1..]))
}

fn replaced<'a>(before: &'a str, after: &'a str) -> &'a str {
    if after.is_empty() { before } else { after }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(registry: &str, repository: &str, tag: &str, digest: &str) -> ImageOperation {
        let [registry, repository, tag, digest] = [registry, repository, tag, digest].map(str::to_owned);
        ImageOperation { container: String::new(), registry, repository, tag, digest }
    }

    #[test]
    fn each_part_is_changed_by_itself() {
        for (image, change, expected) in [
            ("nginx", change("", "", "1.27", ""), "nginx:1.27"),
            ("nginx:1.25", change("mirror:5000", "", "", ""), "mirror:5000/nginx:1.25"),
            ("mirror:5000/web/nginx:1", change("", "", "2", ""), "mirror:5000/web/nginx:2"),
            ("docker.io/web/nginx:1", change("ghcr.io", "shop/nginx", "", ""), "ghcr.io/shop/nginx:1"),
            ("a/b:1@sha256:00", change("", "", "2", ""), "a/b:2"),
            ("a/b:1", change("", "", "", "sha256:ff"), "a/b@sha256:ff"),
            ("localhost/b@sha256:00", change("", "", "", ""), "localhost/b@sha256:00"),
        ] {
            assert_eq!(changed(image, &change), expected, "{image}");
        }
    }

    #[test]
    fn only_the_named_container_is_changed_wherever_pods_are() {
        let containers = json!([{"name": "a", "image": "x:1"}, {"name": "b", "image": "y:1"}]);
        let after = json!([{"name": "a", "image": "x:1"}, {"name": "b", "image": "y:2"}]);
        for place in POD_SPECS {
            for list in CONTAINERS {
                let path = format!("{}/{list}", &place[1..]);
                let at = |containers: &Value| {
                    path.rsplit('/').fold(containers.clone(), |inside, key| json!({key: inside}))
                };
                let mut manifest = at(&containers);
                set(&mut manifest, &ImageOperation { container: "b".into(), ..change("", "", "2", "") })
                    .unwrap();
                assert_eq!(manifest, at(&after), "{place}");
            }
        }
    }

    #[test]
    fn a_container_that_is_not_there_is_named_with_those_that_are() {
        let mut pod = json!({"spec": {"containers": [{"name": "a", "image": "x:1"}], "initContainers": [{"name": "b"}]}});
        let before = pod.clone();
        let error =
            set(&mut pod, &ImageOperation { container: "c".into(), ..change("", "", "2", "") }).unwrap_err();
        assert_eq!(error.to_string(), "there is no container `c`; there are `a`, `b`");
        assert_eq!(pod, before);
        let error = set(&mut json!({"data": {"image": "x"}}), &change("", "", "2", "")).unwrap_err();
        assert!(error.to_string().starts_with("it has no containers where pods have them"), "{error}");
    }

    #[test]
    fn kinds_that_never_have_containers_are_told_apart_from_those_that_may() {
        let clause = |group: Option<&str>, kinds: &[&str]| Clause {
            api_group: group.map(str::to_owned),
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            ..Clause::default()
        };
        for wrong in [clause(None, &["ConfigMap", "Secret"]), clause(Some(""), &["Service"])] {
            assert!(check(&wrong).is_some(), "{wrong:?}");
        }
        for right in [
            clause(None, &[]),
            clause(None, &["ConfigMap", "Pod"]),
            clause(None, &["Service"]),
            clause(None, &["*"]),
        ] {
            assert_eq!(check(&right), None, "{right:?}");
        }
    }
}
