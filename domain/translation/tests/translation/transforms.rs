//! What users are promised of transforms and expansion, a sentence each.

use model::{Clause, ImageOperation, Location, LocationSpec, Metadata, NamedTransform, Operation};
use serde_json::{Value, json};
use translation::{check_transform, render};

use crate::world::{Contents, config_map, expanded, transform};

fn store() -> Location {
    let pairs = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
    Location {
        metadata: Metadata {
            name: "store-1".into(),
            labels: pairs(&[("tier", "edge")]),
            annotations: pairs(&[("note", "by the sea")]),
            ..Metadata::default()
        },
        spec: LocationSpec {
            region: "eu".into(),
            properties: pairs(&[("n", "3"), ("city", "Lisbon")]),
            capacity: pairs(&[("cpu", "500m"), ("memory", "16Gi")]),
            ..LocationSpec::default()
        },
    }
}

/// The only object after these transforms, or why there is none.
fn after(manifest: Value, transforms: Vec<NamedTransform>) -> Result<Value, String> {
    let mut contents = Contents::default();
    let digest = contents.add(vec![manifest], transforms);
    let object = render(&contents.releases[&digest], &contents.sources, &store()).remove(0);
    let bytes = object.outcome.map_err(|reason| reason.to_string())?;
    Ok(serde_json::from_slice(&bytes).expect("manifests are JSON"))
}

fn set(path: &str, value: Value) -> Operation {
    Operation::Set { path: path.to_owned(), value }
}

fn one(operation: Operation) -> Vec<NamedTransform> {
    vec![transform("t", "", vec![operation])]
}

fn pod() -> Value {
    let containers = json!([{"name": "app", "image": "web:1"}, {"name": "side", "image": "proxy:1"}]);
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "shop"}, "spec": {"containers": containers}})
}

#[test]
fn each_operation_finds_what_those_before_it_have_made() {
    let operations = vec![
        set("$.data.a", json!("first")),
        Operation::JsonPatch(json!([{"op": "move", "from": "/data/a", "path": "/data/b"}])),
        Operation::MergePatch(json!({"data": {"c": "third", "gone": null}})),
        set("$.data.d", json!("fourth")),
        Operation::Remove("$.data.d".into()),
    ];
    let found = after(config_map("a", json!({"gone": "x"})), vec![transform("t", "", operations)]).unwrap();
    assert_eq!(found["data"], json!({"b": "first", "c": "third"}));
}

#[test]
fn all_six_fields_of_a_location_can_stand_in_values_and_capacity_is_text_as_it_was_written() {
    let value = "${location.name}|${location.region}|${location.labels.tier}|${location.annotations.note}|\
                 ${location.properties.city}|${location.capacity.cpu}";
    let expected = json!({"data": {"x": "store-1|eu|edge|by the sea|Lisbon|500m"}});
    assert_eq!(after(expanded("a", json!({"x": value})), vec![]).unwrap()["data"], expected["data"]);
    assert_eq!(
        after(config_map("a", json!({})), one(set("$.data.x", json!(value)))).unwrap()["data"],
        expected["data"]
    );
}

#[test]
fn a_leaf_that_is_exactly_one_expression_keeps_its_type_in_objects_and_in_transform_values() {
    let leaf = || json!({"n": "${int(location.properties.n)}", "text": "${location.properties.n}", "literal": "$${n}"});
    let expected = json!({"n": 3, "text": "3", "literal": "${n}"});
    assert_eq!(after(expanded("a", leaf()), vec![]).unwrap()["data"], expected);
    for operation in [
        set("$.data", leaf()),
        Operation::MergePatch(json!({"data": leaf()})),
        Operation::JsonPatch(json!([{"op": "add", "path": "/data", "value": leaf()}])),
    ] {
        assert_eq!(after(config_map("a", json!({})), one(operation)).unwrap()["data"], expected);
    }
}

#[test]
fn an_object_that_does_not_ask_for_it_is_not_expanded_and_keys_never_are() {
    let manifest = config_map("a", json!({"x": "${location.name}", "$${k}": "$${v}"}));
    assert_eq!(after(manifest.clone(), vec![]).unwrap()["data"], manifest["data"]);
    let asked = expanded("a", json!({"${location.name}": "x"}));
    assert_eq!(after(asked.clone(), vec![]).unwrap()["data"], asked["data"]);
}

#[test]
fn a_transform_is_for_what_its_clause_takes_where_its_condition_holds() {
    let clause = |kind: &str| Some(Clause { kinds: vec![kind.to_owned()], ..Clause::default() });
    for (kind, when, applies) in [
        ("ConfigMap", "", true),
        ("Secret", "", false),
        ("ConfigMap", "location.labels.tier == 'edge'", true),
        ("ConfigMap", "location.capacity.cpu == '4'", false),
    ] {
        let mut it = transform("t", when, vec![set("$.data.x", json!(1))]);
        it.spec.match_ = clause(kind);
        let found = after(config_map("a", json!({})), vec![it]).unwrap();
        assert_eq!(found["data"].get("x").is_some(), applies, "{kind} {when}");
    }
}

#[test]
fn a_condition_that_is_no_yes_or_no_withholds_and_names_transform_field_and_expression() {
    for (when, why) in [
        (
            "location.properties.size == 'l'",
            "ExpressionFailed: ConfigMap shop/a, transform t, spec.when: `location.properties.size == 'l'`: there is no `size`",
        ),
        (
            "location.name",
            "ExpressionFailed: ConfigMap shop/a, transform t, spec.when: `location.name`: a condition must be true or false",
        ),
    ] {
        let it = transform("t", when, vec![set("$.data.x", json!(1))]);
        assert_eq!(after(config_map("a", json!({})), vec![it]).unwrap_err(), why);
    }
}

#[test]
fn what_an_operation_does_not_find_is_named_with_how_far_its_path_came() {
    let image = |container: &str| {
        Operation::Image(ImageOperation {
            container: container.into(),
            tag: "2".into(),
            ..Default::default()
        })
    };
    for (operation, why) in [
        (
            set("$.spec.containers[?(@.name==\"log\")].image", json!("x")),
            "PathFailed: Pod shop/a, transform t, spec.operations[0].set.path: path \
             `$.spec.containers[?(@.name==\"log\")].image`, at `$.spec.containers`: there is no element \
             [?(@.name==\"log\")], and elements are not created",
        ),
        (
            Operation::JsonPatch(
                json!([{"op": "test", "path": "/kind", "value": "Pod"}, {"op": "remove", "path": "/spec/nodeName"}]),
            ),
            "PathFailed: Pod shop/a, transform t, spec.operations[0].jsonPatch[1]: path `/spec/nodeName`, at `/spec`: \
             there is no `nodeName`",
        ),
        (
            image("log"),
            "NoContainer: Pod shop/a, transform t, spec.operations[0].image: there is no container `log`; there are \
             `app`, `side`",
        ),
    ] {
        assert_eq!(after(pod(), one(operation)).unwrap_err(), why);
    }
    let why = after(config_map("a", json!({})), one(image(""))).unwrap_err();
    assert!(
        why.starts_with(
            "NoContainer: ConfigMap shop/a, transform t, spec.operations[0].image: it has no containers"
        ),
        "{why}"
    );
    assert_eq!(after(pod(), one(image("side"))).unwrap()["spec"]["containers"][1]["image"], "proxy:2");
    assert_eq!(after(pod(), one(Operation::Remove("$.spec.nodeName".into()))), Ok(pod()));
}

#[test]
fn parts_of_an_image_may_be_expressions() {
    let image = ImageOperation { registry: "${location.region}.mirror.example".into(), ..Default::default() };
    let found = after(pod(), one(Operation::Image(image))).unwrap();
    assert_eq!(found["spec"]["containers"][0]["image"], "eu.mirror.example/web:1");
}

#[test]
fn what_cannot_be_right_anywhere_is_refused_with_its_field_and_position() {
    let image = || Operation::Image(ImageOperation { tag: "2".into(), ..Default::default() });
    let mut wrong = transform(
        "t",
        "",
        vec![
            set("$", json!({})),
            Operation::Remove("$.a[?(@.b=1)]".into()),
            Operation::JsonPatch(json!([{"op": "replace", "path": "", "value": {}}])),
            image(),
        ],
    );
    wrong.spec.match_ = Some(Clause { kinds: vec!["ConfigMap".into()], ..Clause::default() });
    let found = check_transform(&wrong.spec);
    let expected = [
        ("spec.operations[0].set.path", "`$`, character 1: `$` alone is the whole object"),
        ("spec.operations[1].remove", "`$.a[?(@.b=1)]`, character 10: `==` is missing"),
        ("spec.operations[2].jsonPatch[0]", "the whole object"),
        ("spec.operations[3].image", "ConfigMap has no containers"),
    ];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for ((field, message), (in_field, part)) in found.iter().zip(expected) {
        assert!(field == in_field && message.contains(part), "{field}: {message}");
    }
    wrong.spec.match_ = None;
    wrong.spec.operations = vec![image()];
    assert_eq!(check_transform(&wrong.spec), [], "who knows what it will be for");
}

#[test]
fn what_could_run_for_ever_is_refused_wherever_an_expression_stands() {
    let nested = format!("{}'x'{}", "location.labels.map(x, ".repeat(4), ")".repeat(4));
    let chained = format!("['a']{} == []", ".map(x, x + x)".repeat(40));
    for text in [&nested, &chained] {
        let value = json!({"deep": [format!("${{{text}}}")]});
        let wrong = transform(
            "t",
            text,
            vec![set("$.data.x", value.clone()), Operation::MergePatch(json!({"data": value.clone()}))],
        );
        let found = check_transform(&wrong.spec);
        let fields: Vec<_> = found.iter().map(|(field, _)| field.as_str()).collect();
        let expected = [
            "spec.when",
            "spec.operations[0].set.value.deep[0]",
            "spec.operations[1].mergePatch.data.deep[0]",
        ];
        assert_eq!(fields, expected, "{text}");
        assert!(found.iter().all(|(_, why)| why.contains("too much time or memory")), "{found:?}");
        let manifest = expanded("a", value);
        let object = model::Object { key: Default::default(), version: "v1".into(), manifest };
        let found = translation::check_expansion(&object);
        assert!(found[0].0 == "data.deep[0]" && found[0].1.contains("too much time"), "{found:?}");
    }
}
