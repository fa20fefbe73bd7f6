//! What users write, and what they are told.

#![expect(clippy::panic, reason = "a test fails by panicking")]

use model::{HealthPhase, IgnoreWhen, Resource, Spec, parse};
use serde_json::json;

fn errors(text: &str) -> Vec<String> {
    let found = parse::documents("f.yaml", text, "default").expect_err("the text is wrong");
    found.iter().map(ToString::to_string).collect()
}

fn resources(text: &str) -> Vec<Resource> {
    match parse::documents("f.yaml", text, "default") {
        Ok(documents) => documents.into_iter().map(|document| document.resource).collect(),
        Err(found) => panic!("{found:#?}"),
    }
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(errors(text), expected, "{text}");
}

const PLACEMENT: &str = "apiVersion: tributary.dev/v1alpha1\nkind: Placement\nmetadata: {name: shop}\n";

#[test]
fn an_unknown_field_is_refused_with_its_path_and_what_was_meant() {
    check(
        &format!(
            "{PLACEMENT}spec:\n  what: [{{namespaces: [shop]}}]\n  where:\n    locationSelector: []\n    regions: [eu]\n"
        ),
        &[
            "f.yaml:7: spec.where.locationSelector: unknown field `locationSelector`; did you mean `locationSelectors`?",
        ],
    );
}

#[test]
fn every_error_of_a_file_is_told_at_once() {
    let text = format!(
        "{PLACEMENT}spec:
  where:
    locationSelectors:
    - matchExpressions:
      - {{key: tier, operator: in, values: [edge]}}
      - {{key: tier, operator: Exists, values: [edge]}}
  what:
  - {{}}
  - kind: [Service]
  priority: high
  adopt: Sometimes
---
apiVersion: v1
kind: Node
metadata: {{name: n1}}
"
    );
    check(
        &text,
        &[
            "f.yaml:8: spec.where.locationSelectors[0].matchExpressions[0].operator: unknown value `in`; did you mean `In`?",
            "f.yaml:9: spec.where.locationSelectors[0].matchExpressions[1].values: Exists takes no values; remove them, or use In",
            "f.yaml:11: spec.what[0]: a clause without any test would take everything; add a test, such as namespaces: [shop]; to mean everything, write objectNames: [\"*\"]",
            "f.yaml:12: spec.what[1].kind: unknown field `kind`; did you mean `kinds`?",
            "f.yaml:13: spec.priority: string \"high\", expected a whole number; write it as the reference says",
            "f.yaml:14: spec.adopt: unknown value `Sometimes`; known here: IfNoDiff, Always, Never",
            "f.yaml:16: Node n1 is never workload: nodes register themselves; leave it out",
        ],
    );
}

#[test]
fn a_placement_that_selects_no_location_is_refused() {
    let found = errors(&format!("{PLACEMENT}spec:\n  what: [{{kinds: [\"*\"]}}]\n"));
    assert!(found[0].contains("selects no location"), "{found:?}");
}

#[test]
fn a_star_stands_alone() {
    let found = errors(&format!(
        "{PLACEMENT}spec: {{what: [{{kinds: [\"*\", Service]}}], where: {{regions: [eu]}}}}\n"
    ));
    assert!(found[0].contains("spec.what[0].kinds: \"*\" already means any"), "{found:?}");
}

#[test]
fn an_operation_has_exactly_one_key() {
    let head =
        "apiVersion: tributary.dev/v1alpha1\nkind: Transform\nmetadata: {name: t}\nspec:\n  operations:\n";
    let found = errors(&format!("{head}  - remove: $.a\n    mergePatch: {{}}\n  - replace: $.a\n"));
    assert!(found[0].starts_with("f.yaml:6: spec.operations[0]: "), "{found:?}");
    assert!(found[0].contains("exactly one operation"), "{found:?}");
}

#[test]
fn what_is_not_supported_yet_is_refused_rather_than_ignored() {
    let transform = "{apiVersion: tributary.dev/v1alpha1, kind: Transform, metadata: {name: t}, spec: {match: {namespaceSelectors: [{matchLabels: {a: b}}]}, operations: [{remove: $.a}]}}";
    let found = errors(transform);
    assert!(
        found.len() == 1
            && found[0].contains("spec.match.namespaceSelectors")
            && found[0].contains("not supported"),
        "{found:?}"
    );
    let image = "{apiVersion: tributary.dev/v1alpha1, kind: Transform, metadata: {name: t}, spec: {operations: [{image: {container: a}}]}}";
    assert!(errors(image)[0].contains("nothing to change"));
}

#[test]
fn an_ignore_rule_says_when_and_always_is_meant_otherwise() {
    let text = format!(
        "{PLACEMENT}spec:\n  what: [{{namespaces: [shop]}}]\n  where: {{regions: [eu]}}\n  ignore:\n  - match: {{kinds: [Deployment]}}\n    paths: [$.spec.replicas]\n    when: OnUpdate\n  - match: {{kinds: [Service]}}\n    paths: [$.spec.clusterIP]\n"
    );
    let documents = parse::documents("f.yaml", &text, "default").unwrap();
    let Spec::Placement(spec) = &documents[0].resource.spec else { panic!("it is a placement") };
    assert_eq!(
        spec.ignore.iter().map(|rule| rule.when).collect::<Vec<_>>(),
        [IgnoreWhen::OnUpdate, IgnoreWhen::Always]
    );
    let found = errors(&text.replace("OnUpdate", "onupdate"));
    assert!(
        found[0].starts_with(
            "f.yaml:10: spec.ignore[0].when: unknown value `onupdate`; did you mean `OnUpdate`?"
        ),
        "{found:?}"
    );
}

const HEALTH_RULE: &str = "apiVersion: tributary.dev/v1alpha1\nkind: HealthRule\nmetadata: {name: widgets}\n";

#[test]
fn a_health_rule_is_read_and_printed_as_it_was_written() {
    let spec = "spec:\n  match: {kinds: [Widget]}\n  rules:\n  - {when: status.ok, phase: Healthy}\n  - {when: 'true', phase: Failed, reason: Torn, message: mend it}\n";
    let resource = resources(&format!("{HEALTH_RULE}{spec}")).remove(0);
    let Spec::HealthRule(rule) = &resource.spec else { panic!("it is a health rule") };
    assert_eq!(rule.rules[1].phase, HealthPhase::Failed);
    assert_eq!((resource.metadata.space.as_str(), resource.key().kind.as_str()), ("default", "HealthRule"));
    let expected = json!({"match": {"kinds": ["Widget"]}, "rules": [
        {"when": "status.ok", "phase": "Healthy"},
        {"when": "true", "phase": "Failed", "reason": "Torn", "message": "mend it"},
    ]});
    assert_eq!(resource.to_manifest()["spec"], expected);
}

#[test]
fn what_is_wrong_with_a_health_rule_is_told_with_its_line_and_what_was_meant() {
    let rules = "- {when: status.ok, phase: Helthy}\n  - {when: 'true', phase: Pending}\n  - {when: true, phase: Failed}\n  - {phase: Failed}\n";
    let found = errors(&format!("{HEALTH_RULE}spec:\n  match: {{kinds: [Widget]}}\n  rules:\n  {rules}"));
    let expected = [
        "f.yaml:7: spec.rules[0].phase: unknown value `Helthy`; did you mean `Healthy`?",
        "f.yaml:8: spec.rules[1].phase: unknown value `Pending`; known here: Progressing, Healthy, Degraded, Failed",
        "f.yaml:9: spec.rules[2].when: boolean `true`, expected a string; quote it",
        "f.yaml:10: spec.rules[3].when: it is required; add `when`",
    ];
    assert_eq!(found, expected);
    let bare = errors(&format!("{HEALTH_RULE}spec: {{match: {{}}, rules: []}}\n"));
    assert!(bare[0].contains("spec.match: a clause without any test"), "{bare:?}");
    assert!(bare[1].contains("spec.rules: without a rule it decides nothing; add one"), "{bare:?}");
    let words = "{match: {namespaceSelectors: [{matchLabels: {a: b}}]}, rules: [{when: x, phase: Failed, reason: not a word}]}";
    let found = errors(&format!("{HEALTH_RULE}spec: {words}\n"));
    assert!(found[0].contains("spec.match.namespaceSelectors: not supported here"), "{found:?}");
    assert!(
        found[1].contains("spec.rules[0].reason: `not a word` is not a reason; write one word"),
        "{found:?}"
    );
    let rule = "{when: x, phase: Failed, message: M}".replace('M', &"m".repeat(513));
    let many = vec![rule; 33].join(", ");
    let found = errors(&format!("{HEALTH_RULE}spec: {{match: {{kinds: [W]}}, rules: [{many}]}}\n"));
    assert!(found[0].contains("spec.rules: 33 rules; there may be 32"), "{}", found[0]);
    assert!(found[1].contains("spec.rules[0].message: 513 bytes; there may be 512"), "{}", found[1]);
}

#[test]
fn kinds_of_our_own_group_are_known_or_refused() {
    check(
        "apiVersion: tributary.dev/v1alpha1\nkind: Regoin\nmetadata: {name: x}\n",
        &["f.yaml:2: kind: unknown kind `Regoin`; did you mean `Region`?"],
    );
    let found = errors("apiVersion: tributary.dev/v1\nkind: Widget\nmetadata: {name: x}\n");
    assert!(
        found[1].contains(
            "kinds of tributary.dev: Region, Location, Placement, Transform, HealthRule, RolloutControl"
        ),
        "{found:?}"
    );
}

#[test]
fn what_never_travels_is_refused_with_the_reason() {
    let cases = [
        "{apiVersion: v1, kind: Event, metadata: {name: a}}",
        "{apiVersion: v1, kind: Endpoints, metadata: {name: a}}",
        "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a}}",
        "{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: a}}",
        "{apiVersion: storage.k8s.io/v1, kind: CSINode, metadata: {name: a}}",
        "{apiVersion: v1, kind: Secret, metadata: {name: a}, type: kubernetes.io/service-account-token}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: kube-root-ca.crt}}",
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: default}}",
    ];
    for case in cases {
        assert!(errors(case)[0].contains("never workload"), "{case}");
    }
}

#[test]
fn a_workload_object_needs_version_kind_and_name() {
    check(
        "metadata: {labels: {a: b}}",
        &[
            "f.yaml:1: apiVersion: it is required, as a string; add apiVersion, such as v1 or apps/v1",
            "f.yaml:1: kind: it is required, as a string; add kind, such as Deployment",
            "f.yaml:1: metadata.name: it is required, as a string; add metadata.name",
        ],
    );
}

#[test]
fn a_job_that_asks_for_a_name_has_the_same_one_in_every_file_that_says_the_same() {
    let job = |text: &str| {
        let text = format!("apiVersion: batch/v1\nkind: Job\n{text}");
        let document = parse::documents("f.yaml", &text, "default").unwrap().remove(0);
        (document.resource.key(), document.resource)
    };
    let (key, resource) = job("metadata: {generateName: migrate-}\nspec: {parallelism: 1}\n");
    assert!(key.name.starts_with("migrate-") && key.name.len() == 18, "{key:?}");
    assert_eq!(
        job("spec:\n  parallelism: 1\nmetadata:\n  generateName: migrate-\n  namespace: default\n").0,
        key
    );
    assert_ne!(job("metadata: {generateName: migrate-}\nspec: {parallelism: 2}\n").0, key);
    // As it is printed, with the hub's bookkeeping.
    let printed = resource.to_manifest().to_string();
    let again = parse::documents("f.json", &printed, "other").unwrap().remove(0);
    assert_eq!(again.resource, resource);
    check(
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  generateName: Migrate-\n",
        &[
            "f.yaml:4: metadata.generateName: no name of an object begins with `Migrate-`; use lower-case letters, digits, `-` and `.`, beginning with a letter or digit, as in backup-",
        ],
    );
}

#[test]
fn lists_are_taken_apart_and_their_elements_keep_their_lines() {
    let text = "apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: a}\n- apiVersion: v1\n  kind: List\n  items:\n  - {apiVersion: v1, kind: Secret, metadata: {name: b}}\n";
    let documents = parse::documents("f.yaml", text, "default").unwrap();
    let found: Vec<_> =
        documents.iter().map(|d| (d.line, d.resource.key().kind, d.resource.key().name)).collect();
    assert_eq!(
        found,
        [(4, "ConfigMap".to_owned(), "a".to_owned()), (8, "Secret".to_owned(), "b".to_owned())]
    );
    let found = errors("kind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {}}\n");
    assert!(found[0].starts_with("f.yaml:3: items[0].metadata.name: "), "{found:?}");
}

#[test]
fn yaml_is_read_by_its_core_schema() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: yes, b: 0x10, c: !!str 1, d: '1', e: ~, f: 1.5, g: 18446744073709551615}\n";
    let Spec::Workload(object) = &resources(text)[0].spec else { panic!("a workload") };
    let expected = json!({"a": "yes", "b": 16, "c": "1", "d": "1", "e": null, "f": 1.5, "g": u64::MAX});
    assert_eq!(object.manifest["data"], expected);
}

#[test]
fn anchors_and_merge_keys_are_understood() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nbase: &b {x: 1, y: 2}\ndata: {<<: *b, y: 3}\nmore: *b\n";
    let Spec::Workload(object) = &resources(text)[0].spec else { panic!("a workload") };
    assert_eq!(object.manifest["data"], json!({"x": 1, "y": 3}));
    assert_eq!(object.manifest["more"], json!({"x": 1, "y": 2}));
}

#[test]
fn an_anchor_does_not_reach_into_the_next_document() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: &n a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: *n}\n";
    assert!(
        errors(text)[0].contains("f.yaml:7: metadata.name: an alias to an anchor that is not known here")
    );
}

#[test]
fn keys_are_strings_and_unique() {
    check(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  1: x\n  a: y\n  a: z\n",
        &[
            "f.yaml:5: data: the key `1` is not a string; quote it: \"1\"",
            "f.yaml:7: data.a: the same key twice; keep one of them",
        ],
    );
    assert!(errors("{\"a\": 1, \"a\": 2}")[0].contains("the same key twice"));
}

#[test]
fn a_billion_laughs_are_refused() {
    let mut text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for n in 1..20 {
        let refs = vec![format!("*a{}", n - 1); 8].join(", ");
        text.push_str(&format!("a{n}: &a{n} [{refs}]\n"));
    }
    let found = errors(&text);
    assert!(found[0].contains("anchors and aliases stand for more than 16 MiB"), "{found:?}");
}

#[test]
fn deep_nesting_is_refused_not_overflowed() {
    let cases = [
        "[".repeat(200_000),
        "{a: ".repeat(200_000),
        "- ".repeat(200_000),
        "? ".repeat(200_000),
        (0..3000).map(|n| format!("{}a:\n", " ".repeat(n))).collect(),
        format!("{}1{}", "[".repeat(120), "]".repeat(120)),
        "{\"a\":".repeat(200_000),
    ];
    for case in cases {
        for file in ["f.yaml", "f.json"] {
            assert!(parse::documents(file, &case, "default").is_err());
        }
    }
}

#[test]
fn a_file_that_is_too_large_is_refused_unread() {
    let found = errors(&"#".repeat(parse::MAX_BYTES + 1));
    assert!(found[0].contains("a file may have 64 MiB"), "{found:?}");
}

#[test]
fn an_object_that_no_api_server_takes_is_refused() {
    let text = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{a: {}}}\n",
        "x".repeat(3 << 19)
    );
    assert!(errors(&text)[0].contains("an object may have 1572864"));
}

#[test]
fn json_is_read_as_json() {
    let text = "{\"apiVersion\": \"v1\",\n\t\"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"a\"},\n\"data\": {\"k\": \"\\ud83d\\ude00\\n\", \"n\": -1.5e3}}\n{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"b\"}}";
    let found = resources(text);
    let Spec::Workload(object) = &found[0].spec else { panic!("a workload") };
    assert_eq!(object.manifest["data"], json!({"k": "😀\n", "n": -1500.0}));
    assert_eq!(found[1].key().kind, "Secret");
    let found = parse::documents("f.json", "{\"a\": 1,\n}", "default").unwrap_err();
    assert_eq!(found[0].line, 2);
}

#[test]
fn a_built_in_kind_has_one_key_however_its_namespace_is_written() {
    let key = |text: &str| resources(text)[0].key().namespace;
    assert_eq!(key("{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}}"), "default");
    assert_eq!(
        key(
            "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a, namespace: x}}"
        ),
        ""
    );
    assert_eq!(key("{apiVersion: example.com/v1, kind: Custom, metadata: {name: a}}"), "");
}

#[test]
fn what_is_printed_can_be_applied_again() {
    let texts = [
        format!("{PLACEMENT}spec:\n  what: [{{apiGroup: '', kinds: [Service]}}]\n  where: {{locationSelectors: [{{}}]}}\n  transforms: [a, b]\n"),
        "{apiVersion: tributary.dev/v1alpha1, kind: Region, metadata: {name: eu, labels: {a: b}}}".to_owned(),
        "{apiVersion: tributary.dev/v1alpha1, kind: Location, metadata: {name: s1}, spec: {region: eu, properties: {a: b}, capacity: {cpu: 500m}}}".to_owned(),
        "{apiVersion: tributary.dev/v1alpha1, kind: Transform, metadata: {name: t}, spec: {operations: [{set: {path: $.a, value: null}}, {remove: $.b}, {jsonPatch: [{op: remove, path: /a}]}, {image: {container: c, tag: v2}}]}}".to_owned(),
        "{apiVersion: v1, kind: Secret, metadata: {name: s, annotations: {a: b}}}".to_owned(),
        "{apiVersion: v1, kind: Secret, metadata: {name: s}}".to_owned(),
    ];
    for text in texts {
        let mut resource = resources(&text).remove(0);
        resource.metadata.uid = "u1".to_owned();
        resource.metadata.generation = 3;
        resource.metadata.resource_version = "17".to_owned();
        resource.metadata.create_time = 1_709_164_800_000;
        let printed = resource.to_manifest().to_string();
        assert_eq!(resources(&printed), [resource], "{printed}");
    }
}
