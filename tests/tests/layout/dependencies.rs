//! The direction of dependencies.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::workspace::{Kinds, Package, Workspace, built_alone};

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Members that depend directly on `library`, in any way.
fn users(workspace: &Workspace, library: &str) -> BTreeSet<String> {
    let uses = |p: &&Package| p.direct(Kinds::All).contains(library);
    workspace.members().filter(uses).map(|p| p.name.clone()).collect()
}

#[test]
fn domain_crates_decide_and_cannot_do_io() {
    let workspace = Workspace::read();
    let io = set(&[
        "tokio",
        "async-nats",
        "prost",
        "tonic",
        "kube",
        "axum",
        "hyper",
        "reqwest",
        "mio",
        "futures-util",
        "wire",
        "bus",
        "chassis",
        "opentelemetry",
        "tracing-subscriber",
        "clap",
        "tempfile",
    ]);
    for package in workspace.below("domain/") {
        let found: Vec<_> = workspace.closure(package).intersection(&io).cloned().collect();
        assert!(found.is_empty(), "{} reaches {found:?}", package.name);
    }
}

#[test]
fn domain_crates_know_only_the_model_of_ours_and_two_of_them_expressions() {
    let workspace = Workspace::read();
    for package in workspace.below("domain/") {
        let allowed = match package.name.as_str() {
            "model" => set(&[]),
            "placement" | "translation" => set(&["model", "expression"]),
            _ => set(&["model"]),
        };
        let ours = workspace.ours(package, Kinds::Normal);
        assert!(ours.is_subset(&allowed), "{} depends on {ours:?}", package.name);
    }
}

#[test]
fn wire_knows_the_model_and_bus_knows_the_wire() {
    let workspace = Workspace::read();
    assert_eq!(workspace.ours(workspace.member("wire"), Kinds::Normal), set(&["model"]));
    assert_eq!(workspace.ours(workspace.member("bus"), Kinds::Normal), set(&["model", "wire"]));
}

#[test]
fn the_process_frame_and_the_test_servers_know_none_of_ours() {
    let workspace = Workspace::read();
    for name in ["chassis", "testbed"] {
        assert_eq!(workspace.ours(workspace.member(name), Kinds::Normal), set(&[]), "{name}");
    }
}

#[test]
fn the_frame_of_services_knows_the_loop_and_no_table() {
    let workspace = Workspace::read();
    assert_eq!(workspace.ours(workspace.member("service"), Kinds::Normal), set(&["bus", "chassis"]));
}

#[test]
fn services_do_not_know_each_other() {
    let workspace = Workspace::read();
    let services: BTreeSet<_> = workspace.below("services/").map(|p| p.name.clone()).collect();
    for package in workspace.below("services/") {
        let ours = workspace.ours(package, Kinds::Normal);
        let known: Vec<_> = ours.intersection(&services).collect();
        assert!(known.is_empty(), "{} depends on {known:?}", package.name);
    }
}

#[test]
fn a_service_that_writes_a_table_knows_one_deciding_crate() {
    let workspace = Workspace::read();
    for name in ["placement", "translation", "summarization"] {
        let ours = workspace.ours(workspace.member(&format!("{name}-service")), Kinds::Normal);
        let allowed = set(&[name, "model", "wire", "bus", "chassis", "service"]);
        assert!(ours.is_subset(&allowed), "{name}-service depends on {ours:?}");
    }
}

#[test]
fn only_bus_knows_the_nats_client() {
    // In any way, tests included: testbed starts servers and speaks nothing with them. The load test measures `bus`
    // too, and is never part of what is shipped: see the next rule.
    assert_eq!(users(&Workspace::read(), "async-nats"), set(&["bus", "loadtest"]));
}

#[test]
fn the_load_test_knows_the_nats_client_only_where_it_measures() {
    // Its baseline is a bare client: with `bus` in it, a loss there would be in what it is compared with. And it reads
    // tables with the server's times of their rows, which nobody else needs and `bus` does not tell.
    let workspace = Workspace::read();
    let package = workspace.member("loadtest");
    let measures = |file: &&PathBuf| {
        file.starts_with(package.path().join("src/raw")) || **file == package.path().join("src/tables.rs")
    };
    let knows = |file: &&PathBuf| std::fs::read_to_string(file).unwrap().contains("async_nats");
    let (allowed, others): (Vec<_>, Vec<_>) = package.sources().into_iter().partition(|f| measures(&f));
    assert!(allowed.iter().any(|file| knows(&file)), "the places of this rule have moved");
    let found: Vec<_> = others.iter().filter(knows).collect();
    assert!(found.is_empty(), "async_nats is known in {found:?}");
}

#[test]
fn only_wire_compiles_protobuf() {
    let workspace = Workspace::read();
    for library in ["prost-build", "protox", "tonic-prost-build"] {
        let users = users(&workspace, library);
        assert!(users.is_subset(&set(&["wire"])), "{library} is used by {users:?}");
    }
}

#[test]
fn only_placement_asks_over_http() {
    // Gates of users. All others speak gRPC, or export by OpenTelemetry's own client.
    let workspace = Workspace::read();
    for library in ["hyper", "http-body-util"] {
        assert_eq!(users(&workspace, library), set(&["placement-service"]), "{library}");
    }
}

#[test]
fn only_the_agent_knows_the_client_of_kubernetes() {
    let workspace = Workspace::read();
    for library in ["kube", "k8s-openapi"] {
        assert_eq!(users(&workspace, library), set(&["edge-agent"]), "{library}");
    }
}

#[test]
fn the_agent_carries_no_server_and_no_exporter() {
    let heavy = set(&["tonic", "axum", "opentelemetry", "opentelemetry_sdk", "chassis", "moka", "roaring"]);
    let found: Vec<_> = built_alone("edge-agent").intersection(&heavy).cloned().collect();
    assert!(found.is_empty(), "the agent reaches {found:?}");
}

#[test]
fn nothing_that_runs_depends_on_what_tests_need() {
    let workspace = Workspace::read();
    let only_tests = set(&["proptest", "insta", "tests"]);
    // The demo and the load test start real servers as tests do, in folders that go away with them.
    let servers = set(&["testbed", "tempfile"]);
    let start_servers = set(&["testbed", "demo-driver", "loadtest"]);
    for package in workspace.members() {
        let starts = start_servers.contains(&package.name);
        let refused = if starts { only_tests.clone() } else { &only_tests | &servers };
        let found: Vec<_> = workspace.closure(package).intersection(&refused).cloned().collect();
        assert!(found.is_empty(), "{} reaches {found:?}", package.name);
    }
}

#[test]
fn a_version_is_said_once_with_a_reason() {
    let manifest = std::fs::read_to_string(crate::workspace::root().join("Cargo.toml")).unwrap();
    let (_, section) = manifest.split_once("[workspace.dependencies]\n").unwrap();
    let (section, _) = section.split_once("\n[").unwrap();
    // A comment says why for the lines that follow it; more than that many, and nobody knows what for.
    let mut left = 0;
    for line in section.lines().filter(|l| !l.contains("path = ")) {
        if line.starts_with('#') {
            left = 10;
        } else if line.contains(" = ") {
            assert!(left > 0, "no comment near `{line}` says why it is needed");
            left -= 1;
        }
    }
}

#[test]
fn members_take_versions_from_the_workspace() {
    let workspace = Workspace::read();
    for package in workspace.members() {
        let manifest = std::fs::read_to_string(&package.manifest).unwrap();
        let (_, rest) = manifest.split_once("[dependencies]").unwrap_or_default();
        // Examples and benches, which come last, have paths of their own.
        let dependencies = rest.split("\n[[").next().unwrap_or_default();
        for line in dependencies.lines().filter(|l| l.contains('=') && !l.starts_with('#')) {
            assert!(!line.contains("version = ") && !line.contains("path = "), "{}: {line}", package.name);
        }
    }
}
