//! The state folder: files that prove themselves intact, and a lock against a second agent.
//!
//! A file is one line, `tributary-state 1 <SHA-256 of the rest>`, and the rest. One that is torn, cut or changed does
//! not match; it is set aside under `.damaged` for whoever wants to know, and counts as lost.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use model::Digest;

use crate::{Error, atomic};

const MAGIC: &str = "tributary-state 1 ";

/// An agent's state folder, its own as long as this lives.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

/// What became of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    Absent,
    Intact(Vec<u8>),
    /// It was set aside.
    Damaged,
}

impl Folder {
    /// Makes the folder where it is missing, and takes the lock.
    pub fn open(path: &Path) -> Result<Self, Error> {
        fs::create_dir_all(path).map_err(Error::file("make", path))?;
        let lock = path.join("lock");
        let file = File::create(&lock).map_err(Error::file("open", &lock))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: file }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(Error::file("lock", &lock)(source)),
        }
    }

    /// Where `name` is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Reads a file; a damaged one is set aside.
    pub fn read(&self, name: &str) -> Result<Found, Error> {
        let path = self.path(name);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Found::Absent),
            Err(error) => return Err(Error::file("read", &path)(error)),
        };
        if let Some(content) = verified(&bytes) {
            return Ok(Found::Intact(content.to_vec()));
        }
        let aside = self.path(&format!("{name}.damaged"));
        fs::rename(&path, &aside).map_err(Error::file("set aside", &path))?;
        tracing::error!(file = %path.display(), "state file is damaged; it is set aside and rebuilt");
        Ok(Found::Damaged)
    }

    /// Replaces a file; it is on disk when this returns.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        let mut bytes = format!("{MAGIC}{}\n", Digest::of(content)).into_bytes();
        bytes.extend_from_slice(content);
        atomic::write(&self.path(name), &bytes)
    }
}

fn verified(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    let digest = std::str::from_utf8(&bytes[..end]).ok()?.strip_prefix(MAGIC)?;
    let content = &bytes[end + 1..];
    (Digest::from_hex(digest)? == Digest::of(content)).then_some(content)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_second_agent_is_refused_until_the_first_has_gone() {
        let folder = tempfile::tempdir().unwrap();
        let first = Folder::open(folder.path()).unwrap();
        assert!(matches!(Folder::open(folder.path()), Err(Error::Locked(_))));
        drop(first);
        Folder::open(folder.path()).unwrap();
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_counts_as_lost() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::open(temporary.path()).unwrap();
        folder.write("inventory", b"content").unwrap();
        assert_eq!(folder.read("inventory").unwrap(), Found::Intact(b"content".to_vec()));
        fs::write(folder.path("inventory"), b"garbage").unwrap();
        assert_eq!(folder.read("inventory").unwrap(), Found::Damaged);
        assert_eq!(folder.read("inventory").unwrap(), Found::Absent);
        assert!(folder.path("inventory.damaged").exists());
    }

    proptest! {
        #[test]
        fn any_cut_or_changed_byte_is_noticed(content in prop::collection::vec(any::<u8>(), 0..50), at: prop::sample::Index, flip in 1..=255_u8) {
            let mut bytes = format!("{MAGIC}{}\n", Digest::of(&content)).into_bytes();
            bytes.extend_from_slice(&content);
            let at = at.index(bytes.len());
            prop_assert_eq!(verified(&bytes), Some(content.as_slice()));
            prop_assert_eq!(verified(&bytes[..at]), None);
            bytes[at] ^= flip;
            prop_assert_eq!(verified(&bytes), None);
        }
    }
}
