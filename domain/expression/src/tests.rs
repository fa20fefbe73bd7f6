use model::{Location, LocationSpec, Metadata};
use serde_json::json;

use super::*;

fn store() -> Location {
    let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    Location {
        metadata: Metadata {
            name: "store-1".into(),
            labels: map(&[("env", "prod"), ("a", "1"), ("z", "2"), ("m", "3")]),
            ..Metadata::default()
        },
        spec: LocationSpec {
            region: "eu".into(),
            properties: map(&[("n", "3"), ("tier", "gold")]),
            capacity: map(&[("cpu", "4")]),
            ..LocationSpec::default()
        },
    }
}

fn evaluate(text: &str) -> Result<Value, Error> {
    Expression::compile(text)?.evaluate(&Scope::of(&store()))
}

fn reason(text: &str) -> String {
    evaluate(text).expect_err(text).to_string()
}

#[test]
fn a_location_has_its_six_fields() {
    assert_eq!(evaluate("location.name + '/' + location.region"), Ok(json!("store-1/eu")));
    assert_eq!(evaluate("int(location.properties.n) + 1"), Ok(json!(4)));
    assert_eq!(evaluate("location.labels['env'] == 'prod' && location.capacity.cpu == '4'"), Ok(json!(true)));
    assert_eq!(evaluate("has(location.annotations.x)"), Ok(json!(false)));
}

#[test]
fn a_quantity_can_be_compared_and_calculated_with() {
    let holds = |text: &str| assert_eq!(evaluate(text), Ok(json!(true)), "{text}");
    holds("quantity(location.capacity.cpu) >= quantity('3500m')");
    holds("quantity('64Gi') > quantity('64G') && quantity('0.5') == quantity('500m')");
    holds("quantity(location.capacity.cpu) / 2.0 == 2.0");
    assert_eq!(evaluate("int(quantity('16Ki'))"), Ok(json!(16384)));
    assert!(reason("quantity('4 cores')").contains("`4 cores` is no quantity; write it as"));
    assert!(Expression::condition("quantity(location.capacity.cpu)").is_err(), "it is no condition");
    assert!(Expression::condition("quantity(location.capacity.memory) > 1.0").is_ok());
}

#[test]
fn a_comprehension_visits_a_map_in_the_order_of_its_keys() {
    assert_eq!(evaluate("location.labels.map(k, k)"), Ok(json!(["a", "env", "m", "z"])));
    assert_eq!(evaluate("{'z': 1, 'b': 2, 'a': 3}.map(k, k)"), Ok(json!(["a", "b", "z"])));
    assert_eq!(evaluate("{'z': 1, 'b': 2}.filter(k, k != 'b').map(x, [x].map(y, y))"), Ok(json!([["z"]])));
}

#[test]
fn a_missing_property_is_told_by_name_and_expression() {
    assert_eq!(reason("location.properties.size"), "`location.properties.size`: there is no `size`");
}

#[test]
fn a_mistake_is_told_with_its_position() {
    let Err(Error::Syntax { position, .. }) = Expression::compile("location.name +") else {
        panic!("it compiles")
    };
    assert_eq!(position, 16);
    assert!(reason("nobody").contains("`nobody` is not known"));
}

#[test]
fn what_json_does_not_have_is_refused() {
    assert!(reason("0.0 / 0.0").contains("finite"));
    assert!(reason("optional.none()").contains("JSON does not have"));
}

#[test]
fn what_could_run_away_is_refused() {
    let nested = format!("{}1{}", "location.labels.map(x, ".repeat(5), ")".repeat(5));
    let chained = format!("['a']{}", ".map(x, x + x)".repeat(40));
    let long = format!("'{}'", "x".repeat(5000));
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    for text in [nested, chained, long, deep, "1+".repeat(1000) + "1", String::new()] {
        assert!(matches!(Expression::compile(&text), Err(Error::Syntax { .. })), "{text}");
    }
}

#[test]
fn ordinary_expressions_are_not_refused() {
    for text in [
        "location.labels.filter(k, k.startsWith('a')).map(k, k + '=' + location.labels[k])",
        "location.labels.exists(k, k == 'env') ? location.labels.env : 'none'",
        "[1, 2, 3].map(x, [4, 5, 6].map(y, x * y))",
    ] {
        assert!(evaluate(text).is_ok(), "{text}: {:?}", evaluate(text));
    }
}

#[test]
fn reads_are_the_entries_spelled_out_or_the_whole_map() {
    let digest =
        |text: &str, location: &Location| Expression::compile(text).unwrap().reads().digest(location);
    let mut other = store();
    other.metadata.name = "store-2".into();
    other.spec.properties.insert("tier".into(), "silver".into());
    let same = |text: &str| digest(text, &store()) == digest(text, &other);
    assert!(same("location.properties.n + location.properties['n'] + location.region"));
    assert!(!same("location.properties.tier") && !same("location.name") && !same("location == 1"));
    assert!(!same("location.properties.exists(k, k == 'n')") && !same("location[location.region]"));
    assert!(Expression::compile("1 + 1").unwrap().reads().is_empty());
}

#[test]
fn a_location_beyond_what_the_bound_assumes_is_refused() {
    let mut large = store();
    large.metadata.annotations.insert("notes".into(), "x".repeat(bound::LOCATION_BYTES));
    let error = Expression::compile("location.name").unwrap().evaluate(&Scope::of(&large)).unwrap_err();
    assert!(error.to_string().contains("the location has more than"), "{error}");
}

fn refused(text: &str) -> (usize, String) {
    match Expression::condition(text) {
        Err(Error::Syntax { position, reason, .. }) => (position, reason),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn a_condition_that_could_never_be_true_or_false_is_refused() {
    for text in [
        "location.name",
        "location.labels",
        "1 + 1",
        "'a' + location.region",
        "size(location.labels)",
        "location.labels.map(k, k)",
        "location.properties['n']",
        "true ? 'a' : 'b'",
        "location",
    ] {
        assert!(refused(text).1.contains("must be true or false"), "{text}");
    }
    for text in [
        "true",
        "location.name == 'a'",
        "has(location.labels.x)",
        "location.labels.exists(k, k == 'x')",
        "'x' in location.labels",
        "location.labels.exists_one(k, k == 'x')",
        "!location.name.startsWith('a')",
        "has(location.labels.x) ? location.labels.x == 'a' : false",
        "int(location.properties.n) > 5",
    ] {
        assert!(Expression::condition(text).is_ok(), "{text}: {:?}", Expression::condition(text));
    }
}

#[test]
fn a_condition_names_what_a_location_does_not_have() {
    let (position, reason) = refused("true && location.label.env == 'a'");
    assert_eq!(position, 18);
    assert!(reason.starts_with("a location has no field `label`; it has `name`, `region`"), "{reason}");
    assert_eq!(refused("locaton.name == 'a'"), (1, "`locaton` is not known; there is `location`".to_owned()));
}

#[test]
fn a_condition_that_would_take_long_at_every_location_is_refused() {
    let text =
        "location.labels.exists(a, location.labels.exists(b, location.properties.exists(c, a + b == c)))";
    assert!(refused(text).1.contains("too much time"));
}
