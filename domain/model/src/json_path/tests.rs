use serde_json::json;

use super::*;

fn pods() -> Value {
    json!({"spec": {"containers": [{"name": "app", "image": "a"}, {"name": "side", "image": "b"}]}})
}

fn set(path: &str, new: Value) -> Result<Value, String> {
    let mut value = pods();
    JsonPath::parse(path).unwrap().set(&mut value, &new).map_err(|error| error.to_string())?;
    Ok(value)
}

fn removed(path: &str) -> Value {
    let mut value = pods();
    JsonPath::parse(path).unwrap().remove(&mut value);
    value
}

fn images(value: &Value) -> Vec<&Value> {
    JsonPath::parse("$.spec.containers[*].image").unwrap().get(value)
}

#[test]
fn every_form_of_a_step_is_understood() {
    for path in ["$.spec.containers[1].image", "$[\"spec\"]['containers'][?(@.name==\"side\")].image"] {
        assert_eq!(JsonPath::parse(path).unwrap().get(&pods()), [&json!("b")], "{path}");
    }
    assert_eq!(images(&pods()), [&json!("a"), &json!("b")]);
    assert!(
        JsonPath::parse("$.a[?(@['b.c'] == 5)].d").is_ok() && JsonPath::parse(r#"$["a\"b"]['c\'d']"#).is_ok()
    );
}

#[test]
fn set_creates_missing_maps_but_never_elements() {
    let value = set("$.metadata.annotations[\"example.com/a\"]", json!(1)).unwrap();
    assert_eq!(value["metadata"]["annotations"], json!({"example.com/a": 1}));
    let error = set("$.spec.containers[2].image", json!("c")).unwrap_err();
    assert_eq!(
        error,
        "path `$.spec.containers[2].image`, at `$.spec.containers`: there is no element [2], and elements are not created"
    );
    assert!(set("$.spec.containers[?(@.name==\"no\")].image", json!("c")).is_err());
    assert!(set("$.spec.volumes[0]", json!("c")).is_err());
    assert!(set("$.spec.containers.name", json!("c")).unwrap_err().contains("a list has no entries"));
}

#[test]
fn set_and_remove_reach_all_that_match() {
    assert_eq!(images(&set("$.spec.containers[*].image", json!("c")).unwrap()), [&json!("c"), &json!("c")]);
    assert_eq!(images(&removed("$.spec.containers[?(@.name==\"app\")]")), [&json!("b")]);
    assert_eq!(removed("$.spec.containers[*]"), json!({"spec": {"containers": []}}));
    assert_eq!(removed("$.spec.nothing[3].here"), pods());
}

#[test]
fn mistakes_are_told_with_their_position() {
    for (path, position) in [
        ("spec", 1),
        ("$", 1),
        ("$.", 3),
        ("$.ä", 3),
        ("$.a b", 4),
        ("$.a[", 5),
        ("$.a[x]", 5),
        ("$.a[-1]", 5),
        ("$.a[1", 6),
        ("$[\"ü\"][\"", 8),
        ("$.a[?(@.b=1)]", 10),
        ("$.a[?(@.b==[1])]", 12),
        ("$.a[99999999999999999999]", 5),
    ] {
        match JsonPath::parse(path) {
            Err(PathError::Syntax { position: found, .. }) => assert_eq!(found, position, "{path}"),
            other => panic!("{path}: {other:?}"),
        }
    }
}
