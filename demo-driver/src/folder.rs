//! `.demo/`, where everything is that the demo makes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// The folder of this run. Made new at the start; left behind at the end, to be looked at.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Removes what a former run left and claims the folder, unless a demo runs in it now.
    pub fn claim() -> anyhow::Result<Folder> {
        let folder = Folder(std::env::current_dir()?.join(".demo"));
        if let Some(id) = folder.running() {
            bail!("a demo runs here (process {id}): end it with Ctrl-C, or with ./demo --clean");
        }
        if folder.0.exists() {
            fs::remove_dir_all(&folder.0).with_context(|| format!("cannot remove {}", folder.0.display()))?;
        }
        folder.make("logs")?;
        fs::write(folder.path("id"), std::process::id().to_string())?;
        Ok(folder)
    }

    /// The id of the demo that has claimed the folder, if it still runs.
    fn running(&self) -> Option<u32> {
        let id: u32 = fs::read_to_string(self.path("id")).ok()?.trim().parse().ok()?;
        // An id is used again: only a process of this program counts.
        let theirs = fs::read_link(format!("/proc/{id}/exe")).ok()?;
        (theirs.file_name() == std::env::current_exe().ok()?.file_name()).then_some(id)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn make(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.path(name);
        fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(path)
    }

    pub fn write(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.path(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    pub fn log(&self, process: &str) -> PathBuf {
        self.path("logs").join(process).with_extension("log")
    }

    /// A path as the user types it, from the root of the checkout.
    pub fn shown(&self, path: &Path) -> String {
        let root = self.0.parent().unwrap_or(&self.0);
        path.strip_prefix(root).unwrap_or(path).display().to_string()
    }
}
