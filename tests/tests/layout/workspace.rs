//! The workspace as `cargo metadata` sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};

/// The root of the checkout.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the root").to_owned()
}

pub struct Workspace {
    metadata: Metadata,
}

/// Which kinds of dependency are followed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kinds {
    /// What ends up in the crate's own code.
    Normal,
    /// Build scripts and tests too.
    All,
}

impl Workspace {
    pub fn read() -> Workspace {
        // Without a platform, Cargo would fetch what only other systems need, to say that it exists.
        let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let metadata = MetadataCommand::new()
            .manifest_path(root().join("Cargo.toml"))
            .other_options(["--locked".to_owned(), format!("--filter-platform={platform}")])
            .exec()
            .unwrap();
        Workspace { metadata }
    }

    /// All packages that anything here is built from.
    pub fn all(&self) -> &[Package] {
        &self.metadata.packages
    }

    pub fn members(&self) -> Vec<&Package> {
        self.metadata.workspace_packages()
    }

    /// The folder of a member, from the root: `crates/bus`.
    pub fn folder(&self, package: &Package) -> String {
        let folder = package.manifest_path.parent().expect("a manifest lies in a folder");
        folder.strip_prefix(&self.metadata.workspace_root).expect("members lie in the root").to_string()
    }

    /// Members below a folder.
    pub fn below(&self, folder: &str) -> Vec<&Package> {
        self.members().into_iter().filter(|p| self.folder(p).starts_with(folder)).collect()
    }

    pub fn member(&self, name: &str) -> &Package {
        let found = self.members().into_iter().find(|p| p.name == name);
        found.unwrap_or_else(|| panic!("no package {name} in the workspace"))
    }

    /// Names of the members that `package` depends on directly.
    pub fn ours(&self, package: &Package, kinds: Kinds) -> BTreeSet<String> {
        let members: BTreeSet<_> = self.members().into_iter().map(|p| p.name.to_string()).collect();
        direct(package, kinds).into_iter().filter(|name| members.contains(name)).collect()
    }

    /// Names of all packages that end up in `package`, directly or not.
    pub fn closure(&self, package: &Package) -> BTreeSet<String> {
        let resolve = self.metadata.resolve.as_ref().expect("metadata with dependencies");
        let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
        let (mut seen, mut queue) = (BTreeSet::new(), vec![&package.id]);
        while let Some(id) = queue.pop() {
            let normal = |d: &&cargo_metadata::NodeDep| {
                d.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
            };
            let deps = nodes[id].deps.iter().filter(normal).map(|d| &d.pkg);
            queue.extend(deps.filter(|id| seen.insert(*id)));
        }
        seen.into_iter().map(|id| self.metadata[id].name.to_string()).collect()
    }
}

/// Names of the packages that `package` names in its manifest.
pub fn direct(package: &Package, kinds: Kinds) -> BTreeSet<String> {
    let wanted = |kind| kinds == Kinds::All || kind == DependencyKind::Normal;
    package.dependencies.iter().filter(|d| wanted(d.kind)).map(|d| d.name.clone()).collect()
}
