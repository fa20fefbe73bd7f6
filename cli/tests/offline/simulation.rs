//! What files would come to, without a server: `simulate`, `plan` and `test`.

use crate::{check, examples, run, run_with_stdin, stdout};

/// A fleet in files: so many stores, every tenth without a size.
fn fleet(stores: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let shop = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: prices, namespace: shop, annotations: {tributary.dev/expand: \"true\"}}\n\
                data: {size: \"${location.properties.size}\"}\n---\n\
                apiVersion: v1\nkind: ConfigMap\nmetadata: {name: menu, namespace: shop}\n---\n\
                apiVersion: tributary.dev/v1alpha1\nkind: Region\nmetadata: {name: eu}\n---\n\
                apiVersion: tributary.dev/v1alpha1\nkind: Placement\nmetadata: {name: shop}\n\
                spec: {what: [{namespaces: [shop]}], where: {locationSelectors: [{matchLabels: {tier: edge}}]}}\n";
    std::fs::write(folder.path().join("shop.yaml"), shop).unwrap();
    let mut table = "name,region,label:tier,property:size\noffice,eu,core,m\n".to_owned();
    for store in 0..stores {
        table += &format!("store-{store:05},eu,edge,{}\n", if store % 10 == 0 { "" } else { "l" });
    }
    std::fs::write(folder.path().join("stores.csv"), table).unwrap();
    folder
}

#[test]
fn a_simulation_tells_where_what_goes_and_what_would_fail_where() {
    let folder = fleet(100);
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let simulate = |more: &[&str]| {
        run(&[&["simulate", "-f", &path("shop.yaml"), "--locations", &path("stores.csv")], more].concat())
    };
    let overview = simulate(&[]);
    check(&overview, 1, &[]);
    let text = stdout(&overview);
    let row: Vec<_> = text.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row, ["shop", "100", "2", "1", "10"], "{text}");
    assert!(text.contains("10: store-00000, store-00010, store-00020"), "{text}");
    assert!(text.contains("`location.properties.size`: there is no `size`"), "{text}");

    let document: serde_json::Value = serde_json::from_slice(&simulate(&["-o", "json"]).stdout).unwrap();
    assert_eq!(document["placements"][0]["locations"].as_array().unwrap().len(), 100);
    assert_eq!(document["placements"][0]["withheld"][0]["locations"], 10);
    let chosen = simulate(&["--placement", "shop"]);
    assert!(stdout(&chosen).contains("store-00099  eu      by locationSelectors[0]"), "{}", stdout(&chosen));
    let office = simulate(&["--location", "office"]);
    check(&office, 0, &[]);
    assert!(
        stdout(&office).contains("no") && stdout(&office).contains("the location has \"core\""),
        "{}",
        stdout(&office)
    );
    let wrong = "apiVersion: tributary.dev/v1alpha1\nkind: Transform\nmetadata: {name: wrong}\nspec: {operations: [{remove: $}]}\n";
    let refused = run_with_stdin(&["simulate", "-f", "-"], wrong.as_bytes());
    check(&refused, 1, &["stdin:1: transform/wrong: spec.operations[0].remove: `$`, character 1: `$` alone"]);
    check(&simulate(&["--placement", "shpo"]), 1, &["declare no placement shpo; they declare [shop]"]);
    check(&run(&["simulate"]), 2, &["with -f"]);
}

#[test]
fn a_plan_tells_who_joins_leaves_and_changes_and_how_objects_differ() {
    let (before, after) = (fleet(0), fleet(0));
    let store = |name: &str, tier: &str, size: &str| {
        format!(
            "apiVersion: tributary.dev/v1alpha1\nkind: Location\nmetadata: {{name: {name}, labels: {{tier: {tier}}}}}\n\
                 spec: {{region: eu, properties: {{size: {size}}}}}\n---\n"
        )
    };
    let write = |folder: &tempfile::TempDir, stores: &[String]| {
        std::fs::write(folder.path().join("stores.yaml"), stores.concat()).unwrap();
    };
    write(
        &before,
        &[
            store("a", "edge", "l"),
            store("b", "edge", "l"),
            store("c", "edge", "l"),
            store("d", "core", "l"),
            store("e", "edge", "x"),
        ],
    );
    let path = |folder: &tempfile::TempDir| folder.path().to_str().unwrap().to_owned();
    let plan =
        |more: &[&str]| run(&[&["plan", "-f", &path(&after), "--against", &path(&before)], more].concat());
    write(
        &after,
        &[
            store("a", "edge", "m"),
            store("b", "edge", "m"),
            store("c", "core", "l"),
            store("d", "edge", "l"),
            store("e", "edge", "x"),
        ],
    );
    let told = plan(&[]);
    check(&told, 1, &[]);
    let text = stdout(&told);
    for part in [
        "placement/shop: 1 locations join, 1 leave, 2 change, 1 stay as they are",
        "objects: 2 created, 2 changed, 2 removed, 0 newly withheld",
        "join: d",
        "leave: c",
        "ConfigMap shop/prices at 2: a, b",
        "-  size: l",
        "+  size: m",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    let document: serde_json::Value = serde_json::from_slice(&plan(&["-o", "json"]).stdout).unwrap();
    assert_eq!(document["placements"][0]["joining"], serde_json::json!(["d"]));
    assert_eq!(document["placements"][0]["objects"]["changed"], 2);
    let same = run(&["plan", "-f", &path(&before), "--against", &path(&before)]);
    check(&same, 0, &[]);
    assert_eq!(stdout(&same), "nothing changes anywhere\n");
}

#[test]
fn cases_pass_and_fail_with_what_differs_and_wrong_ones_are_told_by_line() {
    let documented = examples().join("../docs/cases");
    check(&run(&["test", documented.to_str().unwrap()]), 0, &[]);
    let folder = fleet(3);
    let locations = run(&["simulate", "-f", folder.path().to_str().unwrap()]);
    check(&locations, 0, &[]);
    let stores = "apiVersion: tributary.dev/v1alpha1\nkind: Location\nmetadata: {name: store-1, labels: {tier: edge}}\n\
                  spec: {region: eu, properties: {size: l}}\n---\n\
                  apiVersion: tributary.dev/v1alpha1\nkind: Location\nmetadata: {name: store-2, labels: {tier: edge}}\nspec: {region: eu}\n---\n\
                  apiVersion: tributary.dev/v1alpha1\nkind: Location\nmetadata: {name: office}\nspec: {region: eu}\n";
    std::fs::write(folder.path().join("stores.yaml"), stores).unwrap();
    let cases = tempfile::tempdir().unwrap();
    let test = |text: &str| {
        let head = format!("files: [{}]\n", folder.path().display());
        std::fs::write(cases.path().join("cases.yaml"), head + text).unwrap();
        run(&["test", cases.path().to_str().unwrap()])
    };
    let right = test(
        "cases:\n- {name: exact, placement: shop, chosen: [store-1, store-2], count: 2, excludes: [office]}\n\
         - name: content\n  placement: shop\n  location: store-1\n  renders:\n  - {kind: ConfigMap, name: prices, namespace: shop, contains: {data: {size: l}}}\n\
         - name: withheld\n  placement: shop\n  location: store-2\n  withheld: [{kind: ConfigMap, name: prices, namespace: shop, because: there is no `size`}]\n",
    );
    check(&right, 0, &[]);
    assert!(stdout(&right).ends_with("3 passed, 0 failed\n"), "{}", stdout(&right));
    let wrong = test(
        "cases:\n- {name: too many, placement: shop, chosen: [store-1, office]}\n\
         - {name: slip, placement: shop, includes: [store-9]}\n\
         - name: content\n  placement: shop\n  location: store-1\n  renders:\n  - {kind: ConfigMap, name: prices, namespace: shop, contains: {data: {size: m}}}\n  - {kind: Secret, name: menu, namespace: shop}\n\
         - {name: not withheld, placement: shop, location: store-2}\n",
    );
    check(&wrong, 1, &[]);
    let text = stdout(&wrong);
    for part in [
        "- expected, but office not chosen: locationSelectors[0] wants tier In (edge), the location has no such label",
        "+ not expected, but store-2 chosen: by locationSelectors[0]",
        "the files declare no location store-9; they declare [office, store-1, store-2]",
        "--- expected: ConfigMap shop/prices",
        "-  size: m",
        "+  size: l",
        "- expected, but not there: Secret menu; there is ConfigMap shop/menu",
        "+ not expected, but withheld: ExpressionFailed: ConfigMap shop/prices",
        "0 passed, 4 failed",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    let slip = test("cases:\n- {name: a, placment: shop}\n");
    check(
        &slip,
        1,
        &["cases.yaml:3: cases[0].placment: unknown field `placment`; did you mean `placement`?"],
    );
}
