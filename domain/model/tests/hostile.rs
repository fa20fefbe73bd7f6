//! Properties of the parser over input that nobody has looked at.

use model::parse;
use proptest::prelude::*;

/// Text made of what YAML and JSON are made of, so that more of it is nearly right.
fn yaml_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\n"),
        Just("  "),
        Just("- "),
        Just(": "),
        Just("? "),
        Just("---\n"),
        Just("...\n"),
        Just("&a "),
        Just("*a"),
        Just("<<: "),
        Just("!!str "),
        Just("!x "),
        Just("|\n"),
        Just(">-\n"),
        Just("'"),
        Just("\""),
        Just("["),
        Just("]"),
        Just("{"),
        Just("}"),
        Just(","),
        Just("#"),
        Just("%TAG ! x\n"),
        Just("\t"),
        Just("\\u"),
        Just("a"),
        Just("0"),
        Just("1e9"),
        Just("\u{feff}"),
        Just("é"),
        Just("apiVersion: v1\n"),
        Just("kind: List\n"),
        Just("items:\n"),
        Just("metadata: {name: a}\n"),
        Just("apiVersion: tributary.dev/v1alpha1\n"),
        Just("spec:\n"),
        Just("kind: Placement\n"),
        Just("what: "),
        Just("null"),
        Just("\r\n"),
        Just("\0"),
        Just("@"),
        Just("`"),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_text_makes_it_panic(text in ".*", file in prop_oneof![Just("f.yaml"), Just("f.json")]) {
        drop(parse::documents(file, &text, "default"));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(parse::documents("f.yaml", &String::from_utf8_lossy(&bytes), "default"));
    }

    #[test]
    fn nothing_that_looks_like_yaml_makes_it_panic(text in yaml_like()) {
        for file in ["f.yaml", "f.json"] {
            let found = parse::documents(file, &text, "default").err().unwrap_or_default();
            prop_assert!(found.iter().all(|error| error.line >= 1));
        }
    }

    #[test]
    fn any_json_value_survives_being_read(data in "\\PC*", number in any::<i64>()) {
        let manifest = serde_json::json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "x"},
            "data": {"text": data, "number": number},
        });
        for file in ["f.yaml", "f.json"] {
            let documents = parse::documents(file, &manifest.to_string(), "default").unwrap();
            prop_assert_eq!(documents[0].resource.to_manifest()["data"].clone(), manifest["data"].clone());
        }
    }
}
