//! What can be read and can never work: refused when it is applied, with the field and what to do, and nothing of the apply
//! is stored.

use super::{bounded, check, config_map, folder, nothing_was_done};
use crate::fleet::Fleet;

/// A placement with these lines in its `spec`.
fn placement(name: &str, lines: &str) -> String {
    format!(
        "apiVersion: tributary.dev/v1alpha1\nkind: Placement\nmetadata: {{name: {name}}}\nspec:\n  what: [{{namespaces: [shop]}}]\n  {lines}\n"
    )
}

/// One that chooses like that.
fn choosing(lines: &str) -> String {
    placement("wrong", &format!("where: {{{lines}}}"))
}

/// One that goes out like that.
fn rolling(lines: &str) -> String {
    placement("wrong", &format!("where: {{regions: [eu]}}\n  rollout: {{{lines}}}"))
}

fn transform(operation: &str) -> String {
    format!(
        "apiVersion: tributary.dev/v1alpha1\nkind: Transform\nmetadata: {{name: wrong}}\nspec:\n  match: {{kinds: [ConfigMap]}}\n  operations:\n  - {operation}\n"
    )
}

fn region(name: &str, parent: &str) -> String {
    format!(
        "apiVersion: tributary.dev/v1alpha1\nkind: Region\nmetadata: {{name: {name}}}\nspec: {{parent: {parent}}}\n"
    )
}

/// Of five levels, each once for every entry of the one above.
fn endless(inner: &str) -> String {
    format!("{}{inner}{}", "location.labels.all(x, ".repeat(5), ")".repeat(5))
}

/// What is wrong, and what has to be said of it: the field, the matter, and the way out.
type Case = (String, Vec<&'static str>);

fn expressions() -> Vec<Case> {
    vec![
        (
            choosing("expression: \"location.regoin == 'eu'\""),
            vec![
                "wrong.yaml:1: Placement wrong: spec.where.expression: `location.regoin == 'eu'`, character 10: ",
                "a location has no field `regoin`; it has `name`, `region`",
            ],
        ),
        (
            choosing("expression: \"location.name ==\""),
            vec!["spec.where.expression: `location.name ==`, character 17: "],
        ),
        (
            choosing(&format!("expression: \"{}\"", endless("true"))),
            vec![
                "spec.where.expression: ",
                "more than 4 of `map`, `filter`, `all` and `exists` inside one another",
            ],
        ),
        (
            choosing(
                "expression: \"['a'].map(x, x + x).map(x, x + x).map(x, location.labels.map(y, location.labels.map(z, x + y + z))) == []\"",
            ),
            vec![
                "spec.where.expression: ",
                "it could take too much time",
                "nest or chain fewer `map` and `filter`",
            ],
        ),
    ]
}

fn choices() -> Vec<Case> {
    vec![
        (
            choosing("regions: [eu], numberOfLocations: -1"),
            vec![
                "wrong.yaml:6: spec.where.numberOfLocations: integer `-1`, expected a whole number, not below zero",
            ],
        ),
        (
            choosing("regions: [eu], numberOfLocations: 2, spread: [{key: region, minGroups: 3}]"),
            vec![
                "spec.where.spread[0].minGroups: 3 groups take more than 2 locations",
                "lower minGroups or raise numberOfLocations",
            ],
        ),
        (
            choosing("regions: [eu], spread: [{key: region, minGroups: 3, maxGroups: 2}]"),
            vec![
                "spec.where.spread[0].minGroups: 3 is more than maxGroups, 2",
                "lower minGroups or raise maxGroups",
            ],
        ),
    ]
}

fn rollouts() -> Vec<Case> {
    let wave = |select: &str| format!("waves: [{{name: a, select: {select}}}]");
    vec![
        (
            rolling("waves: [{name: a, select: {percent: 60}}, {name: b, select: {percent: 50}}]"),
            vec![
                "spec.rollout.waves[1].select: with the waves before it 110% are more than all",
                "at most 100",
            ],
        ),
        (
            rolling(
                "waves: [{name: a, select: {selector: {matchLabels: {x: y}}}}, {name: b, select: {selector: {matchLabels: {x: y, z: w}}}}]",
            ),
            vec!["spec.rollout.waves[1].select: wave `a` has taken all of these", "select different labels"],
        ),
        (
            rolling(&wave("{percent: 120}")),
            vec!["wrong.yaml:7: spec.rollout.waves[0].select: 120% is more than all; write at most 100"],
        ),
        (
            rolling(&wave("{count: -5}")),
            vec!["spec.rollout.waves[0].select", "`-5`, expected a whole number"],
        ),
        (
            rolling("maxFailures: 101%"),
            vec!["spec.rollout.maxFailures: 101% is more than all; write at most 100%"],
        ),
    ]
}

fn gates() -> Vec<Case> {
    let gate = |text: &str| format!("waves: [{{name: a, gates: [{{expression: \"{text}\"}}]}}]");
    vec![
        (
            rolling(&gate("wave.faild == 0")),
            vec![
                "wrong.yaml:1: Placement wrong: spec.rollout.waves[0].gates[0].expression: `wave.faild == 0`",
                "a wave has no field `faild`; it has `expected`",
            ],
        ),
        (
            rolling(&gate("[1].all(a, [1].all(b, [1].all(c, [1].all(d, [1].all(e, wave.failed == 0)))))")),
            vec!["spec.rollout.waves[0].gates[0].expression: ", "inside one another"],
        ),
    ]
}

fn transforms() -> Vec<Case> {
    vec![
        (
            transform("remove: $"),
            vec![
                "wrong.yaml:1: Transform wrong: spec.operations[0].remove: `$`, character 1: `$` alone is the whole object",
            ],
        ),
        (
            transform("set: {path: \"$..a\", value: 1}"),
            vec!["spec.operations[0].set.path: `$..a`, character 3: "],
        ),
        (
            transform("image: {tag: \"2\"}"),
            vec![
                "spec.operations[0].image: ConfigMap has no containers",
                "name kinds that have, such as Deployment",
            ],
        ),
        (
            transform("set: {path: $.data.x, value: \"${int(location.properties.n}\"}"),
            vec!["spec.operations[0].set.value: ", "character"],
        ),
    ]
}

fn circles() -> Vec<Case> {
    let both = |one: String, other: String| format!("{one}---\n{other}");
    let after = |other: &str| {
        format!("where: {{regions: [eu]}}\n  dependsOn: [{{placement: {other}, phase: Healthy}}]")
    };
    vec![
        (
            both(region("north", "south"), region("south", "north")),
            vec!["Region north: spec.parent: north would be above itself; name another parent, or none"],
        ),
        (
            both(placement("a", &after("b")), placement("b", &after("a"))),
            vec![
                "Placement a: spec.dependsOn: it would wait for itself: a waits for b waits for a; remove one of these",
            ],
        ),
    ]
}

#[tokio::test]
async fn what_can_never_work_is_refused_when_it_is_applied_with_the_field_and_the_way_out() {
    let fleet = Fleet::start_services().await;
    let right = config_map("right", "1");
    let cases = [expressions(), choices(), rollouts(), gates(), transforms(), circles()];
    for (text, said) in cases.into_iter().flatten() {
        let (_kept, path) = folder(&[("right.yaml", right.as_bytes()), ("wrong.yaml", text.as_bytes())]);
        check(&bounded(&fleet, &["apply", "-f", path.to_str().unwrap()]), 1, &said);
    }
    nothing_was_done(&fleet);
}
