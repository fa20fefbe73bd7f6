//! What a release is at a location.

use model::{
    Clause, HealthCheck, HealthPhase, HealthRuleSpec, IgnoreRule, IgnoreWhen, LabelSelector, Operation,
};
use serde_json::{Value, json};
use translation::{Part, RenderedObject, check_expansion, check_health_rule, check_transform, render};

use crate::world::{Contents, config_map, expanded, location, transform};

fn rendered(contents: &Contents, tier: Option<&str>) -> Vec<RenderedObject> {
    let release = contents.releases.values().next().expect("there is one");
    render(release, &contents.sources, &location("store-1", "eu", tier))
}

fn manifest(object: &RenderedObject) -> Value {
    serde_json::from_slice(object.outcome.as_ref().expect("it is rendered")).expect("manifests are JSON")
}

fn set(path: &str, value: Value) -> Operation {
    Operation::Set { path: path.to_owned(), value }
}

#[test]
fn only_what_reads_the_location_is_its_own() {
    let mut contents = Contents::default();
    contents.add(
        vec![
            config_map("plain", json!({"a": "${not.expanded}"})),
            expanded("constant", json!({"a": "${1 + 1}"})),
            expanded("own", json!({"a": "${location.name}"})),
        ],
        vec![],
    );
    let objects = rendered(&contents, None);
    let parts: Vec<_> = objects.iter().map(|object| (object.key.name.as_str(), object.part)).collect();
    assert_eq!(parts, [("constant", Part::Shared), ("own", Part::Own), ("plain", Part::Shared)]);
    let data: Vec<_> = objects.iter().map(|object| manifest(object)["data"]["a"].clone()).collect();
    assert_eq!(data, [json!(2), json!("store-1"), json!("${not.expanded}")]);
}

#[test]
fn cleaning_expansion_and_transforms_come_in_this_order() {
    let mut contents = Contents::default();
    let mut source = expanded("a", json!({"who": "${location.region}", "status": "kept"}));
    source["status"] = json!("${no.such.thing}");
    source["metadata"]["uid"] = json!("${neither.this}");
    let transforms = vec![
        transform(
            "first",
            "",
            vec![set("$.data.who", json!("first")), set("$.data.n", json!("${location.name}"))],
        ),
        transform("second", "location.region == 'us'", vec![Operation::Remove("$.data".to_owned())]),
        transform(
            "third",
            "",
            vec![Operation::MergePatch(json!({"data": {"who": "third at ${location.region}"}}))],
        ),
    ];
    contents.add(vec![source], transforms);
    let objects = rendered(&contents, None);
    assert_eq!(
        manifest(&objects[0])["data"],
        json!({"who": "third at eu", "n": "store-1", "status": "kept"})
    );
    assert_eq!(manifest(&objects[0])["metadata"].get("uid"), None);
}

#[test]
fn a_failure_withholds_its_object_alone_and_says_where() {
    let mut contents = Contents::default();
    let size = "${int(location.properties.size)}";
    contents.add(
        vec![
            config_map("a", json!({})),
            expanded("b", json!({"n": size})),
            expanded("c", json!({"n": "${location.region}"})),
        ],
        vec![],
    );
    let objects = rendered(&contents, None);
    assert_eq!(
        objects[1].outcome.as_ref().unwrap_err().as_ref(),
        "ExpressionFailed: ConfigMap shop/b, $.data.n: `int(location.properties.size)`: there is no `size`"
    );
    assert!(objects[0].outcome.is_ok() && objects[2].outcome.is_ok());
}

#[test]
fn a_broken_transform_withholds_only_what_it_is_for() {
    let mut contents = Contents::default();
    let mut broken = transform("broken", "location.", vec![]);
    let object_names = vec!["b".to_owned()];
    broken.spec.match_ = Some(Clause { object_names, ..Clause::default() });
    contents.add(vec![config_map("a", json!({})), config_map("b", json!({}))], vec![broken]);
    let objects = rendered(&contents, None);
    assert!(objects[0].outcome.is_ok());
    let reason = objects[1].outcome.as_ref().unwrap_err();
    assert!(reason.starts_with("SyntaxError: ConfigMap shop/b, transform broken, spec.when: "), "{reason}");
    assert_eq!(objects[1].part, Part::Shared);
}

#[test]
fn a_transform_knows_no_namespace_labels() {
    let mut contents = Contents::default();
    let selector =
        LabelSelector { match_labels: [("a".into(), "b".into())].into(), ..LabelSelector::default() };
    let mut labelled = transform("labelled", "", vec![set("$.data.x", json!(1))]);
    labelled.spec.match_ = Some(Clause { namespace_selectors: vec![selector], ..Clause::default() });
    let mut any = transform("any", "", vec![set("$.data.y", json!(1))]);
    any.spec.match_ =
        Some(Clause { namespace_selectors: vec![LabelSelector::default()], ..Clause::default() });
    contents.add(vec![config_map("a", json!({}))], vec![labelled, any]);
    assert_eq!(manifest(&rendered(&contents, None)[0])["data"], json!({"y": 1}));
}

#[test]
fn an_object_cannot_be_turned_into_another() {
    for (path, field) in
        [("$.metadata.name", "metadata.name"), ("$.metadata.namespace", "metadata.namespace")]
    {
        let mut contents = Contents::default();
        contents
            .add(vec![config_map("a", json!({}))], vec![transform("t", "", vec![set(path, json!("other"))])]);
        let reason = rendered(&contents, None).remove(0).outcome.unwrap_err();
        assert!(reason.starts_with(&format!("IdentityChanged: ConfigMap shop/a, `{field}`")), "{reason}");
    }
}

#[test]
fn what_is_too_large_is_withheld() {
    let mut contents = Contents::default();
    contents
        .add(vec![config_map("a", json!({"x": "y".repeat(3 << 19)})), config_map("b", json!({}))], vec![]);
    let objects = rendered(&contents, None);
    assert!(objects[0].outcome.as_ref().unwrap_err().starts_with("TooLarge: ConfigMap shop/a, "));
    assert!(objects[1].outcome.is_ok());
}

#[test]
fn a_missing_manifest_withholds_its_object() {
    let mut contents = Contents::default();
    contents.add(vec![config_map("a", json!({}))], vec![]);
    contents.sources.clear();
    assert!(rendered(&contents, None)[0].outcome.as_ref().unwrap_err().starts_with("SourceInvalid: "));
}

#[test]
fn fields_that_are_always_ignored_are_left_out() {
    let mut contents = Contents::default();
    let digest = contents.add(vec![config_map("a", json!({"kept": 1, "ignored": 2, "later": 3}))], vec![]);
    let rule = |path: &str, when| IgnoreRule {
        match_: Clause { kinds: vec!["ConfigMap".to_owned()], ..Clause::default() },
        paths: vec![path.to_owned()],
        when,
    };
    let release = contents.releases.get_mut(&digest).expect("it was added");
    release.ignore =
        vec![rule("$.data.ignored", IgnoreWhen::Always), rule("$.data.later", IgnoreWhen::OnUpdate)];
    assert_eq!(manifest(&rendered(&contents, None)[0])["data"], json!({"kept": 1, "later": 3}));
}

#[test]
fn the_edge_is_told_which_fields_are_ignored_of_which_objects() {
    let mut contents = Contents::default();
    let of_location = expanded("b", json!({"at": "${location.name}"}));
    let digest =
        contents.add(vec![config_map("a", json!({})), of_location, config_map("c", json!({}))], vec![]);
    let rule = |names: &[&str], paths: &[&str], when| IgnoreRule {
        match_: Clause { object_names: names.iter().map(|it| (*it).into()).collect(), ..Clause::default() },
        paths: paths.iter().map(|it| (*it).into()).collect(),
        when,
    };
    contents.releases.get_mut(&digest).expect("it was added").ignore = vec![
        rule(&["a", "b"], &["$.data.x", "$.data[\"y\"]"], IgnoreWhen::OnUpdate),
        rule(&["b"], &["$.data.z"], IgnoreWhen::Always),
    ];
    let told = |object: &RenderedObject| {
        object.ignore.iter().map(|it| (it.path.clone(), it.when)).collect::<Vec<_>>()
    };
    let [x, y] = ["$.data.x", "$.data[\"y\"]"].map(|path| (path.to_owned(), IgnoreWhen::OnUpdate));
    let always = ("$.data.z".to_owned(), IgnoreWhen::Always);
    let objects = rendered(&contents, None);
    assert_eq!(
        objects.iter().map(told).collect::<Vec<_>>(),
        [vec![x.clone(), y.clone()], vec![x, y, always], vec![],]
    );
    assert!(std::sync::Arc::ptr_eq(&objects[2].ignore, &std::sync::Arc::default()), "it takes no memory");
}

#[test]
fn the_first_health_rule_that_matches_an_object_goes_with_it() {
    let mut contents = Contents::default();
    let of_location = expanded("b", json!({"at": "${location.name}"}));
    let manifests = vec![config_map("a", json!({})), of_location, config_map("c", json!({}))];
    let digest = contents.add(manifests, vec![]);
    let rule = |names: &[&str], when: &str| HealthRuleSpec {
        match_: Clause { object_names: names.iter().map(|it| (*it).into()).collect(), ..Clause::default() },
        rules: vec![HealthCheck {
            when: when.into(),
            phase: HealthPhase::Healthy,
            reason: String::new(),
            message: String::new(),
        }],
    };
    contents.releases.get_mut(&digest).expect("it was added").health =
        vec![rule(&["b"], "first"), rule(&["a", "b"], "second")];
    let objects = rendered(&contents, None);
    let told = |object: &RenderedObject| object.health.iter().map(|it| it.when.clone()).collect::<Vec<_>>();
    assert_eq!(objects.iter().map(told).collect::<Vec<_>>(), [vec!["second"], vec!["first"], vec![]]);
    assert!(std::sync::Arc::ptr_eq(&objects[2].health, &std::sync::Arc::default()), "it takes no memory");
}

#[test]
fn mistakes_in_health_rules_are_found_with_their_position() {
    let spec = |when: &str| HealthRuleSpec {
        match_: Clause::default(),
        rules: ["true", when]
            .map(|when| HealthCheck {
                when: when.into(),
                phase: HealthPhase::Failed,
                reason: String::new(),
                message: String::new(),
            })
            .into(),
    };
    for (when, expected) in [
        ("status.ok ==", "`status.ok ==`, character 13: "),
        ("obj.state == 'x' && state.ok", "character 21: `state` is not known; there are `obj` and `status`"),
        ("status.l.exist(c, c.ok)", "`c` is not known"),
        ("status.l.exists(c, c.ok) && c", "`c` is not known"),
        ("", "an expression is missing"),
        (&"x".repeat(4097), "longer than 4096 bytes"),
    ] {
        let found = check_health_rule(&spec(when));
        assert!(
            found.len() == 1 && found[0].0 == "spec.rules[1].when" && found[0].1.contains(expected),
            "{found:?}"
        );
    }
    for when in [
        "has(status.a) && size(obj.spec.l) > 1 && type(status.n) == int",
        "status.a.all(x, x.b.exists(y, y == x.c || {'k': y}.k == [x][0])) && .obj.k == 1",
        "status.conditions.filter(c, c.type == 'Ready').map(c, c.status) == ['True']",
    ] {
        assert_eq!(check_health_rule(&spec(when)), [], "{when}");
    }
}

#[test]
fn mistakes_are_found_before_anything_is_accepted() {
    let wrong = transform(
        "t",
        "location.name ==",
        vec![
            Operation::Remove("$".to_owned()),
            set("$.a[", json!({"b": ["ok", "${1 +}"]})),
            Operation::MergePatch(json!("replaces everything")),
        ],
    );
    let fields: Vec<_> = check_transform(&wrong.spec).into_iter().map(|(field, _)| field).collect();
    assert_eq!(
        fields,
        [
            "spec.when",
            "spec.operations[0].remove",
            "spec.operations[1].set.path",
            "spec.operations[1].set.value.b[1]",
            "spec.operations[2].mergePatch"
        ]
    );
    let object = |manifest: Value| model::Object { key: Default::default(), version: "v1".into(), manifest };
    let problems = check_expansion(&object(expanded("a", json!({"x.y": "${"}))));
    assert_eq!(problems[0].0, "data[\"x.y\"]");
    assert!(problems[0].1.contains("character 1"), "{problems:?}");
    assert_eq!(check_expansion(&object(config_map("a", json!({"x": "${"})))), []);
}
