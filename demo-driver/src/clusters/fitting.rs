//! Fits the example to clusters that run containers.

use super::{LABEL, Life};

/// Its images are nowhere to be pulled. Runs `pause`, which every cluster has or can pull, in place of each image; what the image was stays to be seen, and makes
/// a change of it a rollout. It listens to nothing, so nothing is probed; it needs nothing, so nothing is reserved.
const PAUSE: &str = r#"
    - mergePatch:
        spec: {template: {metadata: {annotations: {demo.example/image: ""}}}}
    - jsonPatch:
        - {op: copy, from: /spec/template/spec/containers/0/image, path: /spec/template/metadata/annotations/demo.example~1image}
    - set: {path: "$.spec.template.spec.containers[0].image", value: registry.k8s.io/pause:3.10}
    - remove: $.spec.template.spec.containers[0].readinessProbe
    - remove: $.spec.template.spec.containers[0].resources
    - remove: $.spec.template.spec.nodeSelector
"#;

/// Small machines run all of it, twice.
const SMALL: &str = r#"
    - remove: $.spec.template.spec.containers[0].resources
"#;

/// None where no container runs.
pub fn transform(life: Life) -> Option<String> {
    let operations = match life {
        Life::Played => return None,
        Life::Containers => SMALL,
        Life::Theirs => PAUSE,
    };
    Some(format!(
        "---\napiVersion: tributary.dev/v1alpha1\nkind: Transform\nmetadata: {{name: demo-clusters}}\n\
         spec:\n  match: {{apiGroup: apps, kinds: [Deployment]}}\n  when: '\"{LABEL}\" in location.labels'\n\
         \x20 operations:{operations}"
    ))
}
