//! The commands of the documentation, as they stand there, run by a shell against a real fleet with the real nats CLI.

use std::path::Path;
use std::process::Command;

use crate::fleet::Fleet;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The lines of all `sh` blocks of a page.
fn commands(page: &str) -> Vec<String> {
    let text = std::fs::read_to_string(Path::new(ROOT).join(page)).unwrap();
    let blocks = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    let lines =
        blocks.flat_map(str::lines).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

/// Runs a line as a user would paste it; what it printed.
fn paste(fleet: &Fleet, line: &str) -> String {
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(ROOT).env("PATH", path()).env("NATS_URL", fleet.nats.url());
    shell.env("TRIBUTARY_NATS_URL", fleet.nats.url()).env("TRIBUTARY_ADDRESS", fleet.address());
    let output = shell.output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{line}\n{said}");
    said
}

/// Our binaries and the pinned tools before everything else.
fn path() -> std::ffi::OsString {
    let ours = testbed::binary("tributary").unwrap().parent().map(Path::to_owned);
    std::env::join_paths(ours.into_iter().chain(std::env::split_paths(testbed::path()))).unwrap()
}

#[tokio::test]
async fn the_page_of_flows_shows_what_it_says() {
    let mut fleet = Fleet::start().await;
    let url = fleet.nats.url();
    ["store-4", "store-5"].into_iter().for_each(|store| fleet.start_agent(store, "us", &url));
    fleet.succeed(&["apply", "-f", &format!("{ROOT}/examples")]);
    fleet.healthy("shop");
    let commands = commands("docs/flows.md");
    assert!(commands.len() > 10, "{commands:?}");
    for line in &commands {
        let said = paste(&fleet, line);
        assert!(!said.contains("unknown subject") && !said.contains("cannot be decoded"), "{line}\n{said}");
        assert!(!said.trim().is_empty(), "{line} prints nothing");
    }
}

#[tokio::test]
async fn the_commands_of_the_readme_and_of_the_examples_work() {
    let fleet = Fleet::start().await;
    for line in ["tributary diff -f examples; test $? = 1", "tributary apply -f examples"] {
        paste(&fleet, line);
    }
    for line in [
        "tributary wait placement/shop --for updated --ignore-offline",
        "tributary get placements",
        "tributary get locations -l tier=edge",
        "tributary describe placement shop",
        "tributary events",
        "tributary get errors --location store-1",
        "tributary agent rbac --location store-1",
        "tributary agent rbac -f examples",
        "tributary explain placement shop --location store-1",
        "tributary render --placement shop --location store-1",
        "tributary render -f examples --placement shop --location store-4",
        "tributary completion bash",
        "tributary verify",
    ] {
        assert!(!paste(&fleet, line).trim().is_empty(), "{line} prints nothing");
    }
}
