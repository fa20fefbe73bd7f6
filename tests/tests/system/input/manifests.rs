//! Manifests that are wrong.

use super::{bounded, check, config_map, folder, nothing_was_done};
use crate::fleet::Fleet;

/// What is wrong, and what has to be said: the line, the path, the matter, and the way out.
const WRONG: &[(&str, &str, &[&str])] = &[
    ("not-yaml.yaml", "a: [b\nc: {", &["not-yaml.yaml:", "correct the YAML"]),
    ("tab.yaml", "apiVersion: v1\nmetadata:\n\tname: a\n", &["tab.yaml:3: metadata", "tab"]),
    (
        "scalar.yaml",
        "hello\n",
        &["scalar.yaml:1:", "a document must be a mapping with apiVersion, kind and metadata"],
    ),
    ("kind.yaml", "apiVersion: v1\nmetadata: {name: a}\n", &["kind.yaml:1: kind", "required", "add kind"]),
    (
        "twice.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: b\n  a: c\n",
        &["twice.yaml:6: data.a", "the same key twice", "keep one"],
    ),
    (
        "name.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Not_A_Name}\n",
        &["name.yaml:3: metadata.name", "`Not_A_Name` is not a name", "use lower-case letters"],
    ),
    (
        "location.yaml",
        "apiVersion: tributary.dev/v1alpha1\nkind: Location\nmetadata: {name: a.b}\nspec: {region: eu}\n",
        &["location.yaml:3: metadata.name", "`a.b` is not a DNS label"],
    ),
    (
        "label.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {app: \"has space\"}}\n",
        &["label.yaml:3: metadata.labels.app", "not a label value", "use letters"],
    ),
    (
        "field.yaml",
        "apiVersion: tributary.dev/v1alpha1\nkind: Location\nmetadata: {name: a}\nspec:\n  regoin: eu\n",
        &["field.yaml:5: spec.regoin", "unknown field", "did you mean `region`?"],
    ),
    (
        "event.yaml",
        "apiVersion: v1\nkind: Event\nmetadata: {name: a, namespace: b}\n",
        &["event.yaml:1:", "never workload", "leave it out"],
    ),
    ("alias.yaml", "a: *nobody\n", &["alias.yaml:1:"]),
    ("broken.json", "{\"apiVersion\": \"v1\",\n \"kind\": }\n", &["broken.json:2:", "correct the JSON"]),
];

#[tokio::test]
async fn a_wrong_manifest_is_told_with_file_line_path_and_help_and_takes_the_right_ones_with_it() {
    let fleet = Fleet::start().await;
    let right = config_map("right", "1");
    for (name, text, said) in WRONG {
        let (_kept, path) = folder(&[("right.yaml", right.as_bytes()), (name, text.as_bytes())]);
        check(&bounded(&fleet, &["apply", "-f", path.to_str().unwrap()]), 1, said);
    }
    let (_kept, path) = folder(&[("right.yaml", right.as_bytes()), ("binary.yaml", b"\xff\xfe\0a")]);
    check(
        &bounded(&fleet, &["apply", "-f", path.to_str().unwrap()]),
        1,
        &["binary.yaml", "not text", "UTF-8"],
    );
    nothing_was_done(&fleet);
}

#[tokio::test]
async fn what_only_the_hub_can_refuse_is_told_with_file_and_line_too() {
    let fleet = Fleet::start().await;
    let expanded = "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  {name: e, annotations: {tributary.dev/expand: \"true\"}}\n\
                    data: {k: \"${location.nam}\"}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  \
                    {name: f, annotations: {tributary.dev/expand: \"true\"}}\ndata: {k: \"${1 +}\"}\n";
    let (_kept, path) = folder(&[("both.yaml", (config_map("right", "1") + expanded).as_bytes())]);
    let output = bounded(&fleet, &["apply", "-f", path.to_str().unwrap()]);
    check(&output, 1, &["both.yaml:12: ConfigMap default/f", "data.k", "1 +"]);
    nothing_was_done(&fleet);
}

#[tokio::test]
async fn yaml_that_would_take_the_machine_is_refused_at_once() {
    let fleet = Fleet::start().await;
    let flow = format!("a: {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    let block: String = (0..3_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    let bomb = ["a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned()].into_iter().chain(
        "abcdefgh"
            .chars()
            .zip("bcdefghi".chars())
            .map(|(from, to)| format!("{to}: &{to} [{}]\n", vec![format!("*{from}"); 9].join(","))),
    );
    let bomb: String = bomb.collect();
    for (text, said) in [
        (&flow, &["deep.yaml:1:"][..]),
        (&block, &["deep.yaml:", "nested more than 100 levels deep", "flatten it"]),
        (&bomb, &["deep.yaml:", "anchors and aliases stand for more than 16 MiB", "use fewer"]),
    ] {
        let (_kept, path) = folder(&[("deep.yaml", text.as_bytes())]);
        check(&bounded(&fleet, &["apply", "-f", path.to_str().unwrap()]), 1, said);
    }
    nothing_was_done(&fleet);
}

#[tokio::test]
async fn wrong_words_on_the_command_line_are_wrong_usage_and_the_right_ones_are_named() {
    let fleet = Fleet::start().await;
    let cases: &[(&[&str], &[&str])] = &[
        (&["get", "placment"], &["unknown kind `placment`", "did you mean `placement`?"]),
        (&["get", "widgets"], &["unknown kind `widgets`", "region, location, placement"]),
        (&["get", "placements", "-l", "a=b=c"], &["--selector"]),
        (&["get", "placements", "-o", "xml"], &["xml", "table, wide, json, yaml"]),
        (&["get", "placements", "--space", "Not_A_Space"], &["--space", "lower-case"]),
        (&["get", "placements", "--address", "nonsense"], &["`nonsense`", "http://HOST:PORT"]),
        (&["delete", "placements"], &["-l LABELS", "--all"]),
        (&["delete", "placement", "shop", "-l", "a=b"], &["not both"]),
        (&["wait"], &["placement/NAME"]),
        (&["wait", "location/store-1"], &["placement/NAME"]),
        (&["wait", "placement/shop", "--for", "ever"], &["updated, healthy"]),
        (&["apply"], &["-f"]),
        (&["apply", "examples"], &["did you mean `-f examples`?"]),
        (&["import", "locations", "stores.txt"], &[".csv or .jsonl"]),
        (&["aply"], &["'apply'"]),
    ];
    for (args, said) in cases {
        check(&bounded(&fleet, args), 2, said);
    }
    check(&bounded(&fleet, &["wait", "placement/nope"]), 1, &["placement/nope", "is not there"]);
    check(
        &bounded(&fleet, &["wait", "-l", "app=nope"]),
        1,
        &["no such placement", "tributary get placements"],
    );
}
