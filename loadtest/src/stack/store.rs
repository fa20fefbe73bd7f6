//! How much disk the server takes.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::Stack;

/// As `stat` counts.
const BLOCK: u64 = 512;
/// Folders of streams in a store: of the only account.
const STREAMS: &str = "store/jetstream/$G/streams";

impl Stack {
    /// Bytes of all files in the server's store, as the file system has allocated them.
    pub fn disk(&self) -> anyhow::Result<u64> {
        allocated(&self.folder.join("store"))
    }

    /// The same by stream.
    pub fn disk_by_stream(&self) -> anyhow::Result<BTreeMap<String, u64>> {
        by_folder(&self.folder.join(STREAMS))
    }
}

fn by_folder(folder: &Path) -> anyhow::Result<BTreeMap<String, u64>> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let one = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry?;
        Ok((entry.file_name().to_string_lossy().into_owned(), allocated(&entry.path())?))
    };
    entries.map(one).collect()
}

/// What goes away meanwhile is not counted.
fn allocated(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let entry = entry?;
        let Ok(metadata) = entry.metadata() else { continue };
        bytes += match metadata.is_dir() {
            true => allocated(&entry.path())?,
            false => metadata.blocks() * BLOCK,
        };
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_all_folders_below_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        std::fs::write(folder.path().join("a/b"), [1; 100_000]).unwrap();
        assert!(allocated(folder.path()).unwrap() >= 100_000);
        assert_eq!(allocated(&folder.path().join("none")).unwrap(), 0);
        let by_folder = by_folder(folder.path()).unwrap();
        assert!(by_folder.len() == 1 && by_folder["a"] >= 100_000);
    }
}
