//! Finding the servers that tests run. Nothing is installed from here: `./test` and `./demo` do that.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::bail;

/// Where versions are pinned; the cache folder carries the same one in its name.
const PINNED: &str = include_str!("../../../tools/go.mod");

const INSTALL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/install");

/// The oldest server with what the design rests on: fenced batches that are synced once (2.15).
const OLDEST: (u32, u32) = (2, 15);

/// The nats-server to run: of `TRIBUTARY_TOOLS` (a folder), of `PATH`, or of the cache that `./test` fills.
pub fn nats_server() -> anyhow::Result<PathBuf> {
    let mut refused = String::new();
    for candidate in candidates() {
        match version(&candidate) {
            Some(version) if version >= OLDEST => return Ok(candidate),
            Some((major, minor)) => {
                refused += &format!("\n  {} is {major}.{minor}, too old", candidate.display());
            }
            None => refused += &format!("\n  {} is not there, or does not run", candidate.display()),
        }
    }
    let (major, minor) = OLDEST;
    bail!(
        "no nats-server {major}.{minor} or newer:{refused}\n\
         run tools/install (./test and ./demo do): it builds one, with Go, in about a minute"
    )
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

/// A pinned tool, to be run.
pub fn tool(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env("PATH", path());
    command
}

fn candidates() -> Vec<PathBuf> {
    let folder = std::env::var_os("TRIBUTARY_TOOLS").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut all: Vec<PathBuf> = folder.into_iter().chain(std::env::split_paths(&path)).collect();
    all.retain(|dir| dir.join("nats-server").exists());
    all.extend(cache());
    all.into_iter().map(|dir| dir.join("nats-server")).collect()
}

/// `${XDG_CACHE_HOME:-~/.cache}/tributary/tools/nats-server-<version>`, as in `tools/install`.
fn cache() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home)?;
    let pinned =
        PINNED.lines().find_map(|line| line.trim().strip_prefix("github.com/nats-io/nats-server/v2 v"))?;
    Some(cache.join("tributary/tools").join(format!("nats-server-{pinned}")))
}

fn version(server: &Path) -> Option<(u32, u32)> {
    let output = Command::new(server).arg("--version").output().ok()?;
    parse(&String::from_utf8_lossy(&output.stdout))
}

/// `nats-server: v2.15.2` as `(2, 15)`.
fn parse(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().rsplit_once('v')?.1.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_says_its_version() {
        assert_eq!(parse("nats-server: v2.15.2\n"), Some((2, 15)));
        assert_eq!(parse("nats-server: v2.9.10\n"), Some((2, 9)));
        assert_eq!(parse("command not found"), None);
    }

    #[test]
    fn the_cache_folder_carries_the_pinned_version() {
        let folder = cache().unwrap();
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with("nats-server-2."), "{name}");
    }
}
