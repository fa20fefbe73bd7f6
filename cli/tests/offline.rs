//! What the command line does without any server: the built binary, run as users run it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

fn tributary(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tributary"));
    command.args(arguments).env_remove("TRIBUTARY_ADDRESS").stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    tributary(arguments).output().unwrap()
}

fn run_with_stdin(arguments: &[&str], stdin: &[u8]) -> Output {
    let mut command = tributary(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin).unwrap();
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn check(output: &Output, code: i32, on_stderr: &[&str]) {
    let text = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    on_stderr.iter().for_each(|part| assert!(text.contains(part), "no {part:?} in {text}"));
}

fn render(location: &str, more: &[&str]) -> Output {
    let examples = examples();
    let arguments =
        ["render", "-f", examples.to_str().unwrap(), "--placement", "shop", "--location", location];
    run(&[&arguments[..], more].concat())
}

#[test]
fn the_example_renders_for_a_location_without_a_server() {
    let output = render("store-3", &["-o", "json"]);
    check(&output, 0, &[]);
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let items = list["items"].as_array().unwrap();
    // A namespace, and four objects of each of twelve services.
    assert_eq!(items.len(), 49);
    let of = |kind: &str, name: &str| {
        items.iter().find(|item| item["kind"] == kind && item["metadata"]["name"] == name).unwrap()
    };
    assert_eq!(of("Deployment", "cart")["spec"]["replicas"], 3);
    assert_eq!(of("ConfigMap", "storefront")["data"]["GREETING"], "Welcome to Ghent");
    assert_eq!(of("ConfigMap", "prices")["data"]["CURRENCY"], "EUR");
    assert_eq!(of("ConfigMap", "storefront")["metadata"]["labels"]["shop.example/region"], "eu");
}

#[test]
fn a_transform_applies_where_its_condition_holds() {
    for (location, mirror) in [("store-3", false), ("store-4", true)] {
        let output = render(location, &[]);
        check(&output, 0, &[]);
        assert_eq!(stdout(&output).contains("mirror-us"), mirror, "{location}");
    }
}

#[test]
fn what_is_rendered_can_be_read_again() {
    let output = render("store-1", &[]);
    let documents = model::parse::documents("rendered.yaml", stdout(&output), "default").unwrap();
    assert_eq!(documents.len(), 49);
}

#[test]
fn a_location_that_is_not_chosen_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        "apiVersion: tributary.dev/v1alpha1\nkind: Location\nmetadata: {name: office}\nspec: {region: eu}\n";
    std::fs::write(folder.path().join("office.yaml"), text).unwrap();
    let more = ["-f", folder.path().to_str().unwrap()];
    let mut arguments = vec!["render", "--placement", "shop", "--location", "office"];
    let examples = examples();
    arguments.extend(["-f", examples.to_str().unwrap()]);
    arguments.extend(more);
    check(&run(&arguments), 1, &["shop is not for office", "tier", "no such label"]);
    check(&render("nowhere", &[]), 1, &["declare no location nowhere", "store-1"]);
}

#[test]
fn bad_input_is_told_with_file_line_path_and_help() {
    let text = "apiVersion: tributary.dev/v1alpha1\nkind: Placement\nmetadata: {name: shop}\nspec:\n  what: [{}]\n  were: {}\n";
    let output = run_with_stdin(&["apply", "-f", "-"], text.as_bytes());
    check(
        &output,
        1,
        &[
            "stdin:5: spec.what[0]: a clause without any test would take everything; add a test",
            "stdin:6: spec.were: unknown field `were`; did you mean `where`?",
            "nothing was sent",
        ],
    );
}

#[test]
fn the_same_resource_twice_is_refused() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: default}\n";
    let output = run_with_stdin(&["diff", "-f", "-"], text.as_bytes());
    check(&output, 1, &["stdin:5: secret/a in default is declared twice; the first is stdin:1"]);
}

#[test]
fn wrong_usage_is_exit_code_2() {
    for arguments in [
        &["aply"][..],
        &["apply"],
        &["apply", "--nope"],
        &["get"],
        &["get", "widgets"],
        &["get", "placements", "-l", "a=b=c"],
        &["delete", "placements"],
        &["delete", "-l", "a=b"],
        &["wait", "placement/a", "--timeout", "soon"],
        &["import", "locations", "stores.txt"],
        &["get", "regions", "--address", "nonsense"],
        &[],
    ] {
        assert_eq!(run(arguments).status.code(), Some(2), "{arguments:?}");
    }
    let examples = examples();
    for narrowed in [&["-l", "team=a"][..], &["placement", "shop"], &["--all"], &["-n", "shop"]] {
        let output = run(&[&["delete", "-f", examples.to_str().unwrap()], narrowed].concat());
        check(&output, 2, &["-f deletes all that the files declare", "leave out"]);
    }
}

#[test]
fn without_a_server_the_address_and_a_way_out_are_told() {
    // A port that was free a moment ago, and that nobody listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("http://127.0.0.1:{port}");
    for arguments in
        [&["get", "placements"][..], &["wait", "placement/shop"], &["events"], &["delete", "region", "eu"]]
    {
        let output = run(&[arguments, &["--address", &address]].concat());
        check(&output, 1, &[&address, "start one", "--address", "TRIBUTARY_ADDRESS"]);
    }
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let output = run(&["get", "regions", "--request-timeout", "200ms", "--address", &address]);
    check(&output, 1, &[&address]);
}

#[test]
fn an_import_tells_every_wrong_line() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("stores.csv");
    std::fs::write(&csv, "name,region,label:tier\nstore-1,eu,edge\nStore_2,eu,\nstore-1,eu,edge\n").unwrap();
    let output = run(&["import", "locations", csv.to_str().unwrap()]);
    check(
        &output,
        1,
        &[
            "stores.csv:3: metadata.name: `Store_2` is not a DNS label",
            "stores.csv:4: location store-1 is also on line 2",
        ],
    );
    let lines = folder.path().join("stores.jsonl");
    std::fs::write(&lines, "{\"name\": \"a\", \"region\": \"eu\"}\n{\"name\": \"b\", \"regio\": \"eu\"}\n")
        .unwrap();
    check(
        &run(&["import", "locations", lines.to_str().unwrap()]),
        1,
        &["stores.jsonl:2: region: it is required"],
    );
}

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

#[test]
fn properties_and_labels_are_named_as_pairs() {
    for (arguments, words) in [
        (&["set", "property", "store-1"][..], "KEY=VALUE"),
        (&["set", "property", "a=b"], "name locations"),
        (&["set", "property", "store-1", "a=b", "-l", "c"], "not both"),
        (&["label", "location", "store-1", "a=b", "a-"], "each key once"),
        (&["label", "location", "a=b"], "name a kind"),
        (&["apply", "-f", "x", "--prune"], "--set"),
        (&["apply", "-f", "x", "--set", "No"], "lower-case"),
        (&["diff", "--set", "a", "--location", "l", "deploy/x"], "sets are kept at the hub"),
        (&["get", "locations", "--placement", "shop"], "--placement is for errors"),
    ] {
        check(&run(arguments), 2, &[words]);
    }
}

#[test]
fn a_message_of_the_bus_is_decoded() {
    let output = run_with_stdin(&["decode", "--subject", "trib.v1.epoch"], b"");
    check(&output, 0, &[]);
    assert!(stdout(&output).contains("Epoch"), "{}", stdout(&output));
}

#[test]
fn a_message_of_the_bus_is_decoded_as_json_too() {
    let output = run_with_stdin(&["decode", "--subject", "trib.v1.epoch", "-o", "json"], b"\x08\x07");
    check(&output, 0, &[]);
    let decoded: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(decoded["body"]["epoch"], 7, "{decoded}");
    check(&run_with_stdin(&["decode", "--subject", "x", "-o", "json"], b""), 1, &["unknown subject"]);
}

#[test]
fn every_command_teaches_with_examples() {
    let help = run(&["--help"]);
    let commands = stdout(&help).split("Commands:").nth(1).unwrap().split("Options").next().unwrap();
    let commands: Vec<_> =
        commands.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    let commands: Vec<_> = commands.into_iter().filter(|it| !it.is_empty() && *it != "help").collect();
    assert!(commands.len() >= 15, "{commands:?}");
    for command in commands {
        let output = run(&[command, "--help"]);
        assert!(stdout(&output).contains("Examples:"), "{command}");
        assert!(stdout(&output).contains(&format!("tributary {command}")), "{command}");
    }
}

#[test]
fn completions_know_the_commands_and_their_flags() {
    for (shell, part) in
        [("zsh", "#compdef tributary"), ("fish", "complete -c tributary"), ("bash", "render")]
    {
        assert!(stdout(&run(&["completion", shell])).contains(part), "{shell}");
    }
    let script = "source <(\"$0\" completion bash); COMP_WORDS=(tributary \"$@\"); COMP_CWORD=$#
        _tributary tributary \"${!#}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"; echo \"${COMPREPLY[@]}\"";
    for (words, completed) in [
        (&["des"][..], "describe"),
        (&["get", "--sel"], "--selector"),
        (&["wait", "placement/shop", "--for", ""], "updated healthy"),
        (&["get", "placements", "-o", "y"], "yaml"),
        (&["import", "loc"], "locations"),
        (&["set", "prop"], "property"),
        (&["apply", "--pru"], "--prune"),
    ] {
        let mut bash = Command::new("bash");
        bash.args(["-c", script, env!("CARGO_BIN_EXE_tributary")]).args(words);
        let output = bash.output().unwrap();
        assert_eq!(stdout(&output).trim(), completed, "{words:?}: {}", stderr(&output));
    }
}

#[test]
fn the_rights_of_an_agent_follow_from_files_without_a_server() {
    let examples = examples();
    let rbac = |more: &[&str]| {
        let output = run(&[&["agent", "rbac", "-f", examples.to_str().unwrap()], more].concat());
        check(&output, 0, &[]);
        stdout(&output).to_owned()
    };
    let all = rbac(&[]);
    assert!(all.contains("\"deployments\"") && !all.contains('*'), "{all}");
    assert_eq!(rbac(&["--placement", "shop"]), all);
    let one = rbac(&["--location", "store-3"]);
    assert!(
        one.contains("resourceNames: [\"tributary.store-3\"]") && one.contains("\"deployments\""),
        "{one}"
    );
    assert!(rbac(&["--cluster-admin"]).contains("name: cluster-admin"));
    let output = run(&["agent", "rbac", "-f", examples.to_str().unwrap(), "-P", "shpo"]);
    check(&output, 1, &["there is no placement shpo; there are [shop]"]);
    check(&run(&["agent", "rbac", "--namespace", "No"]), 2, &["lower-case"]);
}

#[test]
fn what_is_asked_of_a_location_has_to_name_it_and_one_object() {
    for (args, words) in [
        (&["get", "errors"][..], "name a location"),
        (&["get", "object", "cart", "--location", "l"], "name one object"),
        (&["get", "placement", "shop", "--location", "l"], "is kept at the hub"),
        (&["get", "deployment", "cart", "--show-managed-fields"], "--location"),
        (&["diff", "--location", "l"], "name one object"),
        (&["diff", "-f", "x", "--location", "l"], "cannot be used with"),
        (&["events", "--warnings"], "--location"),
        (&["events", "-l", "a=b", "--location", "l"], "labels select placements"),
    ] {
        check(&run(args), 2, &[words]);
    }
}
