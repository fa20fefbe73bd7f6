//! What the command line does without any server: the built binary, run as users run it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod simulation;

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
