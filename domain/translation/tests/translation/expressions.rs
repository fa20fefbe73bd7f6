//! Rules that hold for whatever users write.

use model::{JsonPath, NamedTransform, Operation, TransformSpec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use translation::{Expansion, Expression, Recipe, Scope, Transformation, clean, translate};

use crate::world::{Contents, config_map, expanded, location};

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z$ {}]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key(), inner, 0..4)
                .prop_map(|it| it.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("status".to_owned()),
        Just("metadata".to_owned()),
        Just("spec".to_owned()),
        Just("secrets".to_owned()),
        Just("clusterIP".to_owned()),
        Just("selector".to_owned()),
        "[a-z./~\"']{1,3}",
    ]
}

fn manifest() -> impl Strategy<Value = Value> {
    let kind = prop_oneof![
        Just(("v1", "Service")),
        Just(("batch/v1", "Job")),
        Just(("v1", "ServiceAccount")),
        Just(("v1", "ConfigMap"))
    ];
    (kind, value(), value()).prop_map(|((version, kind), metadata, spec)| {
        json!({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec, "status": {}})
    })
}

/// Text that looks like CEL often enough to get far.
fn cel() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        4 => Just("location".to_owned()),
        3 => prop::sample::select(vec![
            ".", "(", ")", "[", "]", "{", "}", ",", ":", "?", "+", "-", "*", "/", "%", "!", "<", ">", "==", "&&", "||",
            "'", "\"", "\\", "//", " ", "\n", "r'", "b'", "'''", "`", ".?", "[?", "in", "${", "$",
        ]).prop_map(str::to_owned),
        2 => prop::sample::select(vec![
            "name", "labels", "properties", "x", "map", "filter", "all", "exists", "has", "size", "int", "string", "type",
            "true", "null", "1", "2u", "1.5", "-9223372036854775808", "'a'", "0x1f", "1e308", "optional", "none", "dyn",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,4}",
    ];
    prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn no_text_makes_an_expression_panic(text in cel()) {
        if let Ok(expression) = Expression::compile(&text) {
            let scope = Scope::of(&location("l", "eu", Some("gold")));
            let first = expression.evaluate(&scope);
            prop_assert_eq!(first, expression.evaluate(&scope));
        }
        drop(Expansion::compile(json!({"a": text})));
        drop(JsonPath::parse(&text));
    }

    #[test]
    fn cleaning_twice_is_cleaning_once(mut manifest in manifest()) {
        clean(&mut manifest);
        let once = manifest.clone();
        clean(&mut manifest);
        prop_assert_eq!(manifest, once);
    }

    #[test]
    fn what_has_no_expression_stands_for_itself(value in value()) {
        prop_assume!(!value.to_string().contains("${"));
        let expansion = Expansion::compile(value.clone()).expect("there is nothing to get wrong");
        prop_assert_eq!(expansion.render(&Scope::empty()), Ok(value));
    }

    #[test]
    fn what_is_set_can_be_got_and_removed(
        mut target in prop::collection::btree_map("[a-z]{1,3}", any::<i32>(), 0..4),
        keys in prop::collection::vec("[a-z./~\"'\\\\ü ]{1,3}", 1..4),
        new in value(),
    ) {
        target.remove(&keys[0]);
        let mut target = json!(target);
        let before = target.clone();
        let steps: String = keys.iter().map(|key| format!("[{}]", json!(key))).collect();
        let path = JsonPath::parse(&format!("${steps}")).expect("any string may be in brackets");
        path.set(&mut target, &new).expect("missing maps are created");
        prop_assert_eq!(path.get(&target), [&new]);
        JsonPath::parse(&format!("$[{}]", json!(keys[0]))).expect("as above").remove(&mut target);
        prop_assert_eq!(target, before);
    }

    #[test]
    fn an_operation_on_any_object_is_an_error_at_worst(target in value(), path in "\\$(\\.[a-z]|\\[[0-2]\\]|\\[\\*\\]){1,4}") {
        let set = Operation::Set { path: path.clone(), value: json!("${location.name}") };
        let operations = vec![Operation::Remove(path), set];
        let spec = TransformSpec { operations, ..TransformSpec::default() };
        let transform = Transformation::compile(&NamedTransform { name: "t".into(), spec }).expect("it is well formed");
        drop(transform.apply(&mut target.clone(), &Scope::of(&location("l", "eu", None))));
    }

    #[test]
    fn siblings_of_a_failing_object_are_what_they_are_without_it(text in cel(), tier in prop::option::of("[a-z]{1,3}")) {
        let siblings = || vec![
            config_map("a", json!({"x": "y"})),
            expanded("z", json!({"x": "${location.properties.tier}"})),
        ];
        let mut with = Contents::default();
        let with_digest = with.add(siblings().into_iter().chain([expanded("m", json!({"x": format!("${{{text}}}")}))]).collect(), vec![]);
        let mut without = Contents::default();
        let without_digest = without.add(siblings(), vec![]);
        let place = location("l", "eu", tier.as_deref());
        let render = |contents: &Contents, digest| {
            let recipe = Recipe::compile(&contents.releases[digest], |source| contents.sources.get(source));
            translate(&recipe, &place)
        };
        let mut rendered = render(&with, &with_digest);
        prop_assert_eq!(&rendered, &render(&with, &with_digest));
        rendered.retain(|object| object.key.name != "m");
        prop_assert_eq!(rendered, render(&without, &without_digest));
    }
}

#[test]
fn the_longest_and_deepest_text_fits_into_a_small_stack() {
    let texts = [
        "(".repeat(4096),
        format!("{}1{}", "(".repeat(24), ")".repeat(24)),
        "!".repeat(4096),
        format!("{}true", "!".repeat(399)),
        format!("{}1", "-".repeat(399)),
        format!("location{}", ".a".repeat(399)),
        format!("1{}", "+1".repeat(399)),
        format!("true{}", "?true:true".repeat(190)),
        format!("true{}", "&&true".repeat(190)),
        format!("[{}]", "1,".repeat(390)),
        format!("{}1{}", "[1].map(x,".repeat(20), ")".repeat(20)),
        format!("{}1{}", "{'a':".repeat(20), "}".repeat(20)),
        format!("x{}", "[0]".repeat(130)),
        format!("x{}", ".f()".repeat(130)),
        "a b ".repeat(1000),
        "'".repeat(4000),
    ];
    let check = move || {
        for text in &texts {
            if let Ok(expression) = Expression::compile(text) {
                drop(expression.evaluate(&Scope::empty()));
            }
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(check).expect("a thread").join().expect("no panic");
}
