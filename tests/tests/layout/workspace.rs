//! The workspace as `cargo metadata` sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The root of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A package: a member or one that members are built from.
pub struct Package {
    id: String,
    pub name: String,
    pub version: String,
    pub license: Option<String>,
    pub manifest: PathBuf,
    pub targets: Vec<Target>,
    /// What its manifest names.
    dependencies: Vec<Dependency>,
    /// What its own code is built with, by id.
    resolved: BTreeSet<String>,
}

pub struct Target {
    pub name: String,
    pub kind: String,
    pub source: PathBuf,
}

struct Dependency {
    name: String,
    is_normal: bool,
}

/// Which kinds of dependency are followed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kinds {
    /// What ends up in the crate's own code.
    Normal,
    /// Build scripts and tests too.
    All,
}

pub struct Workspace {
    packages: BTreeMap<String, Package>,
    members: BTreeSet<String>,
}

impl Workspace {
    pub fn read() -> Workspace {
        let metadata = metadata();
        let resolved: BTreeMap<String, BTreeSet<String>> =
            list(&metadata["resolve"]["nodes"]).map(|node| (text(&node["id"]), normal(node))).collect();
        let packages = list(&metadata["packages"]).map(|p| package(p, &resolved));
        Workspace {
            packages: packages.map(|p| (p.id.clone(), p)).collect(),
            members: list(&metadata["workspace_members"]).map(text).collect(),
        }
    }

    /// All packages that anything here is built from.
    pub fn all(&self) -> impl Iterator<Item = &Package> {
        self.packages.values()
    }

    pub fn members(&self) -> impl Iterator<Item = &Package> {
        self.members.iter().map(|id| &self.packages[id])
    }

    /// Members below a folder.
    pub fn below(&self, folder: &str) -> impl Iterator<Item = &Package> {
        self.members().filter(move |p| p.folder().starts_with(folder))
    }

    pub fn member(&self, name: &str) -> &Package {
        let found = self.members().find(|p| p.name == name);
        found.unwrap_or_else(|| panic!("no package {name} in the workspace"))
    }

    /// Names of the members that `package` depends on directly.
    pub fn ours(&self, package: &Package, kinds: Kinds) -> BTreeSet<String> {
        let members: BTreeSet<_> = self.members().map(|p| p.name.clone()).collect();
        package.direct(kinds).into_iter().filter(|name| members.contains(name)).collect()
    }

    /// Names of all packages that end up in `package`, directly or not.
    pub fn closure(&self, package: &Package) -> BTreeSet<String> {
        let (mut seen, mut queue) = (BTreeSet::new(), vec![&package.id]);
        while let Some(id) = queue.pop() {
            queue.extend(self.packages[id].resolved.iter().filter(|id| seen.insert(*id)));
        }
        seen.into_iter().map(|id| self.packages[id].name.clone()).collect()
    }
}

impl Package {
    /// The folder of a member, from the root: `crates/bus`.
    pub fn folder(&self) -> String {
        let folder = self.path().strip_prefix(root()).unwrap();
        folder.to_str().unwrap().to_owned()
    }

    /// The same, wherever the checkout is.
    pub fn path(&self) -> &Path {
        self.manifest.parent().unwrap()
    }

    /// All files of Rust in it, tests included.
    pub fn sources(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        walk(self.path(), &mut files);
        files
    }

    /// Names of the packages that its manifest names.
    pub fn direct(&self, kinds: Kinds) -> BTreeSet<String> {
        let wanted = self.dependencies.iter().filter(|d| kinds == Kinds::All || d.is_normal);
        wanted.map(|d| d.name.clone()).collect()
    }
}

/// Names of what a member is built from when it is built by itself, with its own choice of features: `cargo
/// metadata` shows the features of the whole workspace.
pub fn built_alone(member: &str) -> BTreeSet<String> {
    let tree = cargo(&["tree", "--locked", "--package", member, "--edges=normal", "--prefix=none"]);
    let text = String::from_utf8(tree).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn metadata() -> Value {
    // Without a platform, Cargo would fetch what only other systems need, to say that it exists.
    let platform = format!("--filter-platform={}-unknown-linux-gnu", std::env::consts::ARCH);
    serde_json::from_slice(&cargo(&["metadata", "--format-version=1", "--locked", &platform])).unwrap()
}

fn cargo(args: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO")).args(args).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

fn package(value: &Value, resolved: &BTreeMap<String, BTreeSet<String>>) -> Package {
    let id = text(&value["id"]);
    Package {
        name: text(&value["name"]),
        version: text(&value["version"]),
        license: value["license"].as_str().map(str::to_owned),
        manifest: text(&value["manifest_path"]).into(),
        targets: list(&value["targets"]).map(target).collect(),
        dependencies: list(&value["dependencies"]).map(dependency).collect(),
        resolved: resolved.get(&id).cloned().unwrap_or_default(),
        id,
    }
}

fn target(value: &Value) -> Target {
    Target {
        name: text(&value["name"]),
        kind: text(&value["kind"][0]),
        source: text(&value["src_path"]).into(),
    }
}

fn dependency(value: &Value) -> Dependency {
    Dependency { name: text(&value["name"]), is_normal: value["kind"].is_null() }
}

/// Ids of the normal dependencies of a node.
fn normal(node: &Value) -> BTreeSet<String> {
    let is_normal = |d: &&Value| list(&d["dep_kinds"]).any(|kind| kind["kind"].is_null());
    list(&node["deps"]).filter(is_normal).map(|d| text(&d["pkg"])).collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
