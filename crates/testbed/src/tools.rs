//! Finding the servers and tools that tests run, as `tools/pinned` lists them. Nothing is installed from here: `./test`
//! and `./demo` do that.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

use anyhow::{Context as _, bail};

const INSTALL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/install");

const PINNED: &str = include_str!("../../../tools/pinned");

/// Where versions are, by the folder that `tools/pinned` names; the cache folder carries the same one in its name.
const MODULES: [(&str, &str); 3] = [
    (".", include_str!("../../../tools/go.mod")),
    ("kubernetes", include_str!("../../../tools/kubernetes/go.mod")),
    ("helm", include_str!("../../../tools/helm/go.mod")),
];

/// A line of `tools/pinned`.
#[derive(Debug)]
struct Tool {
    name: &'static str,
    version: &'static str,
    /// None: no other version would do.
    oldest: Option<Version>,
}

/// `2.15.2`, of any length.
type Version = Vec<u64>;

/// The nats-server to run.
pub fn nats_server() -> anyhow::Result<PathBuf> {
    pinned("nats-server")
}

/// The program of a tool that `tools/pinned` lists: of `TRIBUTARY_TOOLS` (a folder), of `PATH`, if it is new enough
/// there, or of the cache that `./test` fills.
pub fn pinned(name: &str) -> anyhow::Result<PathBuf> {
    // Asking a server for its version takes as long as some tests.
    static FOUND: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    let found = FOUND.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
    if let Some(path) = found {
        return Ok(path);
    }
    let path = find(&Tool::listed(name)?)?;
    FOUND.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), path.clone());
    Ok(path)
}

/// A pinned tool, to be run with the others on its `PATH`.
pub fn tool(name: &str) -> Command {
    // What is not there is an error when it is run.
    let mut command = Command::new(pinned(name).unwrap_or_else(|_| name.into()));
    command.env("PATH", path());
    command
}

/// A `PATH` with the pinned tools before everything else, as `tools/install` says where they are.
pub fn path() -> &'static OsStr {
    static PATH: OnceLock<OsString> = OnceLock::new();
    PATH.get_or_init(|| {
        let install = Command::new(INSTALL).arg("--path").output();
        let tools = install.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        let inherited = std::env::var("PATH").unwrap_or_default();
        tools.map_or_else(|_| inherited.clone(), |tools| format!("{tools}:{inherited}")).into()
    })
}

impl Tool {
    fn listed(name: &str) -> anyhow::Result<Tool> {
        let lines = PINNED.lines().filter(|line| !line.starts_with('#'));
        let mut fields = lines.map(|line| line.split_whitespace().collect::<Vec<_>>());
        let found = fields.find(|fields| fields.first() == Some(&name));
        let fields = found.with_context(|| format!("tools/pinned lists no {name}"))?;
        let [name, _, folder, module, _, oldest, ..] = fields[..] else {
            bail!("tools/pinned: the line of {name} is too short");
        };
        let version = version_of(folder, module);
        let version = version.with_context(|| format!("tools/{folder}/go.mod does not pin {module}"))?;
        Ok(Tool { name, version, oldest: parse(oldest) })
    }

    /// `${XDG_CACHE_HOME:-~/.cache}/tributary/tools/<tool>-<version>/<tool>`, as in `tools/install`.
    fn cached(&self) -> Option<PathBuf> {
        let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home)?;
        Some(cache.join(format!("tributary/tools/{0}-{1}/{0}", self.name, self.version)))
    }

    /// What stands in the folder of the user, or along the user's path.
    fn elsewhere(&self) -> Vec<PathBuf> {
        let folder = std::env::var_os("TRIBUTARY_TOOLS").map(PathBuf::from);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let all = folder.into_iter().chain(std::env::split_paths(&path)).map(|dir| dir.join(self.name));
        all.filter(|path| path.is_file()).collect()
    }
}

fn find(tool: &Tool) -> anyhow::Result<PathBuf> {
    let (cached, mut refused) = (tool.cached(), String::new());
    if let Some(oldest) = &tool.oldest {
        for path in tool.elsewhere() {
            match version(&path) {
                _ if Some(&path) == cached.as_ref() => return Ok(path),
                Some(version) if version >= *oldest => return Ok(path),
                Some(_) => refused += &format!("\n  {} is too old", path.display()),
                None => refused += &format!("\n  {} does not tell its version", path.display()),
            }
        }
    }
    if let Some(path) = cached {
        if path.is_file() {
            return Ok(path);
        }
        refused += &format!("\n  {} is not there", path.display());
    }
    let name = tool.name;
    bail!(
        "no {name} that would do:{refused}\nrun `tools/install {name}`: it builds it, with Go, into that folder"
    )
}

/// The version that a `go.mod` pins a module at.
fn version_of(folder: &str, module: &str) -> Option<&'static str> {
    let (_, text) = MODULES.iter().find(|(name, _)| *name == folder)?;
    let mut lines = text.lines().map(|line| line.trim().trim_start_matches("require "));
    lines.find_map(|line| line.strip_prefix(module)?.strip_prefix(" v")?.split(' ').next())
}

fn version(program: &Path) -> Option<Version> {
    let output = Command::new(program).arg("--version").output().ok()?;
    parse(&String::from_utf8_lossy(&output.stdout))
}

/// The first number in a text, as `[2, 15, 2]` in `nats-server: v2.15.2`.
fn parse(text: &str) -> Option<Version> {
    let text = &text[text.find(|c: char| c.is_ascii_digit())?..];
    let end = text.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].trim_end_matches('.').split('.').map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_say_their_versions() {
        assert_eq!(parse("nats-server: v2.15.2\n"), Some(vec![2, 15, 2]));
        assert_eq!(parse("Kubernetes v1.36.3\n"), Some(vec![1, 36, 3]));
        assert_eq!(parse("etcd Version: 3.6.8\nGit SHA: 1\n"), Some(vec![3, 6, 8]));
        assert_eq!(parse("command not found"), None);
    }

    #[test]
    fn what_is_listed_is_pinned() {
        for line in PINNED.lines().filter(|line| !line.starts_with('#')) {
            let name = line.split_whitespace().next().unwrap();
            let tool = Tool::listed(name).unwrap();
            assert!(
                parse(tool.version).is_some_and(|pinned| tool.oldest.is_none_or(|oldest| pinned >= oldest))
            );
        }
    }

    #[test]
    fn what_is_not_listed_is_named() {
        assert_eq!(pinned("kubelett").unwrap_err().to_string(), "tools/pinned lists no kubelett");
    }

    #[test]
    fn the_cache_folder_carries_the_pinned_version() {
        let path = Tool::listed("nats-server").unwrap().cached().unwrap();
        let folder = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
        assert!(folder.starts_with("nats-server-2."), "{folder}");
    }
}
