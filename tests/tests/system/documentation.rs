//! The commands of the documentation, as they stand there, run by a shell against a real fleet with the real nats CLI.

use std::path::Path;
use std::process::Command;

use testbed::eventually;

use crate::fleet::{Fleet, SOON};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What stands in the blocks of a language on a page.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(Path::new(ROOT).join(page)).unwrap();
    let fence = format!("```{language}\n");
    let blocks = text.split(&fence).skip(1);
    blocks.filter_map(|rest| rest.split("```").next()).map(str::to_owned).collect()
}

/// The lines of all `sh` blocks of a page.
fn commands(page: &str) -> Vec<String> {
    let blocks = blocks(page, "sh");
    let lines = blocks.iter().flat_map(|block| block.lines()).map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
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

#[tokio::test]
async fn the_page_of_customization_does_what_it_says() {
    let fleet = Fleet::start().await;
    let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    std::fs::write(file.path(), blocks("docs/customization.md", "yaml").join("---\n")).unwrap();
    let applied = fleet.succeed(&["apply", "-f", file.path().to_str().unwrap()]);
    assert_eq!(applied.matches(" created").count(), 4, "{applied}");
    let commands = commands("docs/customization.md");
    assert!(commands.len() > 10, "{commands:?}");
    for line in &commands {
        paste(&fleet, line);
    }
    // The examples declare the store once more, without tills.
    fleet.succeed(&["set", "property", "store-1", "tills=4"]);
    let image = "mirror-eu.example:5000/corner/till:7";
    let pointer = "/spec/template/spec/containers/0/image";
    fleet.eventually_on_disk("store-1", "Deployment till", pointer, Some(image)).await;
    fleet.eventually_on_disk("store-1", "ConfigMap till", "/data/tills", Some("4")).await;
    assert_eq!(fleet.manifests("store-1")["Deployment till"]["spec"]["replicas"], 4);
    let till = &fleet.manifests("store-1")["ConfigMap till"]["data"];
    assert_eq!(
        (&till["store"], &till["literal"]),
        (&"store-1 in Lisbon".into(), &"${HOME} stays as it is".into())
    );
}

#[tokio::test]
async fn the_page_of_rollouts_does_what_it_says() {
    let fleet = Fleet::start().await;
    let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    std::fs::write(file.path(), blocks("docs/rollout.md", "yaml").join("---\n")).unwrap();
    fleet.succeed(&["apply", "-f", file.path().to_str().unwrap()]);
    let decided = eventually("it goes out", SOON, async || {
        let status = fleet.run(&["rollout", "status", "placement/menu"]);
        if status.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&status.stderr).into_owned())
        }
    });
    decided.await.unwrap();
    for line in commands("docs/rollout.md") {
        assert!(!paste(&fleet, &line).trim().is_empty(), "{line} prints nothing");
    }
    fleet.eventually_everywhere("ConfigMap menu", "/data/soup", Some("tomato")).await;
}

#[tokio::test]
async fn the_documents_of_the_page_about_objects_do_what_it_says() {
    let fleet = Fleet::start().await;
    let documents = blocks("docs/objects.md", "yaml").join("---\n");
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("objects.yaml");
    let apply = |text: &str| {
        std::fs::write(&file, text).unwrap();
        fleet.succeed(&["apply", "-f", file.to_str().unwrap()])
    };
    let first = apply(&documents);
    assert!(first.contains("healthrule/kruise-cloneset created"), "{first}");
    let again = apply(&documents);
    assert!(again.lines().all(|line| line.ends_with(" unchanged")), "{again}");
    let listed = fleet.succeed(&["get", "healthrules"]);
    assert!(listed.contains("kruise-statefulset") && listed.contains("CloneSet"), "{listed}");
    let described = fleet.succeed(&["describe", "healthrule", "kruise-cloneset"]);
    assert!(described.contains("status.updatedReadyReplicas"), "{described}");
    let jobs = || {
        fleet.healthy("shop");
        fleet.manifests("store-1").keys().filter(|name| name.starts_with("Job migrate-")).count()
    };
    assert_eq!(jobs(), 1);
    let changed = apply(&documents.replace("shop/migrate:v7", "shop/migrate:v8"));
    assert_eq!(changed.matches(" created").count(), 1, "{changed}");
    assert_eq!(jobs(), 2);
    fleet.succeed(&["delete", "-f", file.to_str().unwrap()]);
    fleet.verify().await;
}
