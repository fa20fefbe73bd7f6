//! What users write under `where`, and what they are told.

use model::{GroupBy, ScoreBy, Spec, Taint, TaintEffect, Toleration, TolerationOperator, Where, parse};

const HEAD: &str = "apiVersion: tributary.dev/v1alpha1\nkind: Placement\nmetadata: {name: shop}\nspec:\n  what: [{kinds: [\"*\"]}]\n  where:\n    locationSelectors: [{}]\n";

fn read(lines: &str) -> Result<Where, Vec<String>> {
    let indented: String = lines.lines().map(|line| format!("    {line}\n")).collect();
    let documents = parse::documents("f.yaml", &format!("{HEAD}{indented}"), "default")
        .map_err(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    match &documents[0].resource.spec {
        Spec::Placement(spec) => Ok(spec.where_.clone()),
        other => Err(vec![format!("{other:?}")]),
    }
}

fn check(lines: &str, expected: &[&str]) {
    assert_eq!(read(lines).expect_err(lines), expected, "{lines}");
}

#[test]
fn a_choice_is_read_as_it_is_written() {
    let where_ = read(
        "expression: location.region == 'eu'
numberOfLocations: 3
tolerations: [{operator: Exists}, {key: drain, value: soon, effect: NoSelectIfNew}]
spread: [{key: region, maxSkew: 1}, {key: property:zone, minGroups: 2, maxGroups: 3}]
prioritizers: [{name: Steady, weight: 3}, {name: Capacity:cpu}, {name: Property:age, weight: -1}]",
    )
    .expect("it is valid");
    assert_eq!(where_.number_of_locations, Some(3));
    assert_eq!(where_.tolerations[1].operator, TolerationOperator::Equal);
    assert_eq!(where_.prioritizers.iter().map(|p| p.weight).collect::<Vec<_>>(), [3, 1, -1]);
    let json = serde_json::to_value(&where_).expect("it has a text");
    assert_eq!(serde_json::from_value::<Where>(json).expect("its own text"), where_);
}

#[test]
fn an_expression_alone_selects() {
    let text = HEAD.replace("locationSelectors: [{}]", "expression: 'true'");
    assert!(parse::documents("f.yaml", &text, "default").is_ok());
}

#[test]
fn a_count_is_at_least_one() {
    check(
        "numberOfLocations: 0",
        &[
            "f.yaml:8: spec.where.numberOfLocations: it must be at least 1; remove it to take all; delete the placement to take none",
        ],
    );
    let found = read("numberOfLocations: -1").expect_err("it is negative");
    assert!(
        found[0].starts_with(
            "f.yaml:8: spec.where.numberOfLocations: integer `-1`, expected a whole number, not below zero"
        ),
        "{found:?}"
    );
    check(
        "spread: [{key: zone, maxSkew: 0}]",
        &["f.yaml:8: spec.where.spread[0].maxSkew: it must be at least 1; remove it to set no bound"],
    );
}

#[test]
fn a_spread_that_cannot_be_or_asks_for_nothing_is_refused() {
    check(
        "spread: [{key: zone, minGroups: 3, maxGroups: 2}]",
        &[
            "f.yaml:8: spec.where.spread[0].minGroups: 3 is more than maxGroups, 2: no choice could satisfy both; lower minGroups or raise maxGroups",
        ],
    );
    check(
        "spread: [{key: zone, maxSkew: 1}, {key: label:zone, maxSkew: 2}]",
        &["f.yaml:8: spec.where.spread: element 1 is there already; keep one of them"],
    );
    check(
        "numberOfLocations: 2\nspread: [{key: zone, minGroups: 3}]",
        &[
            "f.yaml:9: spec.where.spread[0].minGroups: 3 groups take more than 2 locations; lower minGroups or raise numberOfLocations",
        ],
    );
    check(
        "spread: [{key: zone}]",
        &["f.yaml:8: spec.where.spread[0]: it asks for nothing; add maxSkew, minGroups or maxGroups"],
    );
    check(
        "spread: [{key: 'annotation:zone', maxSkew: 1}]",
        &[
            "f.yaml:8: spec.where.spread[0].key: `annotation:zone` is no key; write region, property:NAME, label:NAME or the key of a label",
        ],
    );
}

#[test]
fn an_unknown_prioritizer_is_told_with_what_was_meant() {
    let choice = "numberOfLocations: 1\nprioritizers: ";
    check(
        &format!("{choice}[{{name: steady}}]"),
        &[
            "f.yaml:9: spec.where.prioritizers[0].name: there is no prioritizer `steady`; did you mean `Steady`?",
        ],
    );
    check(
        &format!("{choice}[{{name: 'Capacty:cpu'}}]"),
        &[
            "f.yaml:9: spec.where.prioritizers[0].name: there is no prioritizer `Capacty:cpu`; did you mean `Capacity:cpu`?",
        ],
    );
    check(
        &format!("{choice}[{{name: Steady, weight: -1}}]"),
        &[
            "f.yaml:9: spec.where.prioritizers[0].weight: Steady below zero would move workload for ever; write a weight above zero",
        ],
    );
    let found = read(&format!("{choice}[{{name: Balance, weight: 0}}]")).expect_err("zero");
    assert!(found[0].contains("weight: 0 is not between 1 and 100"), "{found:?}");
    let found = read("prioritizers: [{name: Steady}]").expect_err("nothing to choose");
    assert!(found[0].contains("without numberOfLocations or spread"), "{found:?}");
}

#[test]
fn a_toleration_says_which_taints() {
    check(
        "tolerations: [{key: a, operator: Exist}]",
        &["f.yaml:8: spec.where.tolerations[0].operator: unknown value `Exist`; did you mean `Exists`?"],
    );
    check(
        "tolerations: [{value: a}]",
        &[
            "f.yaml:8: spec.where.tolerations[0].key: it is required unless the operator is Exists; name the taint's key, or write operator: Exists to tolerate every taint",
        ],
    );
    check(
        "tolerations: [{key: a, operator: Exists, value: b}]",
        &[
            "f.yaml:8: spec.where.tolerations[0].value: Exists takes no value; remove it, or write operator: Equal",
        ],
    );
}

#[test]
fn tolerations_accept_what_kubernetes_accepts() {
    let taint = Taint { key: "drain".into(), value: "soon".into(), effect: TaintEffect::NoSelect };
    let toleration = |key: &str, operator, value: &str, effect| Toleration {
        key: key.into(),
        operator,
        value: value.into(),
        effect,
    };
    let (equal, exists) = (TolerationOperator::Equal, TolerationOperator::Exists);
    for (tolerates, toleration) in [
        (true, toleration("drain", equal, "soon", None)),
        (false, toleration("drain", equal, "", None)),
        (true, toleration("drain", exists, "", None)),
        (true, toleration("", exists, "", Some(TaintEffect::NoSelect))),
        (false, toleration("", exists, "", Some(TaintEffect::PreferNoSelect))),
        (false, toleration("other", exists, "", None)),
    ] {
        assert_eq!(toleration.tolerates(&taint), tolerates, "{toleration:?}");
    }
}

#[test]
fn keys_and_names_say_where_a_value_comes_from() {
    assert_eq!(GroupBy::parse("region"), GroupBy::Region);
    assert_eq!(GroupBy::parse("label:region"), GroupBy::Label("region".into()));
    assert_eq!(GroupBy::parse("example.com/zone"), GroupBy::Label("example.com/zone".into()));
    assert_eq!(GroupBy::parse("property:zone"), GroupBy::Property("zone".into()));
    assert_eq!(ScoreBy::parse("Capacity:cpu"), Some(ScoreBy::Capacity("cpu".into())));
    assert_eq!(ScoreBy::parse("Capacity:"), None);
}
