//! Names and sizes: where a reader expects what, and how much of it at once.

use std::path::PathBuf;

use crate::workspace::{Package, Workspace};

/// Non-test lines of a file. A longer one has two concepts.
const LONGEST: usize = 400;

#[test]
fn a_package_is_called_as_its_directory() {
    let workspace = Workspace::read();
    for package in workspace.members() {
        let folder = package.folder();
        let last = folder.rsplit('/').next().unwrap();
        let expected =
            if folder.starts_with("services/") { format!("{last}-service") } else { last.to_owned() };
        assert_eq!(package.name, expected, "in {folder}");
    }
}

#[test]
fn only_what_leaves_the_repository_is_called_tributary() {
    for package in Workspace::read().members() {
        for target in &package.targets {
            let leaves = target.kind == "bin" && package.name != "demo-driver";
            let named = target.name == "tributary" || target.name.starts_with("tributary-");
            assert_eq!(named, leaves, "target {} of {}", target.name, package.name);
        }
    }
}

#[test]
fn no_module_is_a_drawer_for_everything() {
    let drawers = ["util", "utils", "common", "helpers", "misc", "types", "manager", "data", "info"];
    for file in sources() {
        let stem = file.file_stem().unwrap().to_str().unwrap();
        assert!(!drawers.contains(&stem), "{}", file.display());
    }
}

#[test]
fn a_file_holds_one_concept() {
    for file in sources() {
        let text = std::fs::read_to_string(&file).unwrap();
        let lines = text.lines().position(|line| line == "mod tests {").unwrap_or(text.lines().count());
        assert!(lines <= LONGEST, "{} has {lines} lines: split it by concept", file.display());
    }
}

#[test]
fn every_crate_says_what_it_is() {
    for package in Workspace::read().members() {
        let targets = package.targets.iter().filter(|t| t.kind == "lib");
        for target in targets {
            let text = std::fs::read_to_string(&target.source).unwrap();
            let said = text.lines().take_while(|line| line.starts_with("//!")).count();
            assert!(said >= 3, "{} says only {said} lines about itself", target.source.display());
        }
    }
}

fn sources() -> Vec<PathBuf> {
    Workspace::read().members().flat_map(Package::sources).collect()
}
