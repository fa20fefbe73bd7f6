//! Changes of container images, part by part.
//!
//! A reference is `[registry/]repository[:tag][@digest]`; its first part is a registry if it could be a host. Containers
//! are looked for where built-in workloads have their pod's spec.

use model::ImageOperation;
use serde_json::Value;

use crate::Error;

/// Where pods, templates of pods and templates of jobs have the spec of a pod.
const POD_SPECS: [&str; 4] =
    ["/spec", "/spec/template/spec", "/spec/jobTemplate/spec/template/spec", "/template/spec"];
const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// An operation whose expressions are filled in.
///
/// # Errors
/// [`Error::Evaluate`] where an expression gives something other than a string.
pub fn read(value: Value) -> Result<ImageOperation, Error> {
    let expression = value.to_string();
    let failed = |error: serde_json::Error| Error::Evaluate { expression, reason: error.to_string() };
    serde_json::from_value(value).map_err(failed)
}

/// Changes the images of the containers that are named, or of all. What has no such container stays as it is.
pub fn set(manifest: &mut Value, change: &ImageOperation) {
    for (spec, containers) in POD_SPECS.iter().flat_map(|spec| CONTAINERS.map(|list| (spec, list))) {
        let list = manifest.pointer_mut(spec).and_then(|spec| spec.get_mut(containers));
        for container in list.and_then(Value::as_array_mut).into_iter().flatten() {
            let named = container.get("name").and_then(Value::as_str) == Some(change.container.as_str());
            if (named || change.container.is_empty())
                && let Some(Value::String(image)) = container.get_mut("image")
            {
                *image = changed(image, change);
            }
        }
    }
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
        let mut manifest =
            json!({"spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": containers}}}}}});
        set(&mut manifest, &ImageOperation { container: "b".into(), ..change("", "", "2", "") });
        let after = json!([{"name": "a", "image": "x:1"}, {"name": "b", "image": "y:2"}]);
        assert_eq!(manifest.pointer("/spec/jobTemplate/spec/template/spec/containers"), Some(&after));
        let mut other = json!({"data": {"image": "x"}});
        set(&mut other, &change("", "", "2", ""));
        assert_eq!(other, json!({"data": {"image": "x"}}));
    }
}
