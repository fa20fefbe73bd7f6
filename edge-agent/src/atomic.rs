//! Files that are either as they were or as they should be, whatever happens in between.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::Error;

/// Replaces `path` by `bytes` for good: it is on disk when this returns.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    replace(path, bytes).and_then(|()| path.parent().map_or(Ok(()), sync_folder))
}

/// Replaces `path` by `bytes`: written beside it, synced and renamed over it, so that neither a crash nor a power failure
/// leaves half a file. Which of the two is there after a power failure is certain once the folder is synced. A reader
/// that lists the folder skips the temporary file by its dot.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let temporary = temporary(path);
    let written = fill(&temporary, bytes)
        .map_err(Error::file("write", path))
        .and_then(|()| fs::rename(&temporary, path).map_err(Error::file("replace", path)));
    if written.is_err() {
        // What is left of it only takes space; that it cannot be removed either is told by the first error.
        fs::remove_file(&temporary).ok();
    }
    written
}

/// Removes `path`; one that is not there is fine.
pub fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::file("delete", path)(error)),
        Ok(()) => Ok(()),
    }
}

/// What was replaced and removed in the folder before this is so after a power failure.
pub fn sync_folder(folder: &Path) -> Result<(), Error> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::file("sync", folder))
}

fn fill(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn temporary(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Cut, because the longest name that a file system takes must still fit with what is added to it.
    path.with_file_name(format!(".{}.new", edge::cut(&name, 200)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_replaced_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::create_dir(&path).unwrap();
        assert!(write(&path, b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn writing_replaces_and_removing_twice_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        remove(&path).unwrap();
        remove(&path).unwrap();
    }
}
