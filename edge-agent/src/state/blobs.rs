//! Content in use, by digest, and verified whenever it is read.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use model::Digest;

use super::Shelf;
use crate::site::Parsed;
use crate::{Error, atomic};

/// The blobs of the current document.
#[derive(Debug, Default)]
pub struct Blobs {
    /// `None`: in memory alone.
    folder: Option<PathBuf>,
    stored: BTreeSet<Digest>,
    /// What the disk would not take; it serves until the agent ends. A few, in the order of their digests: a host of many
    /// agents has one of these for each.
    memory: Vec<(Digest, Bytes)>,
    /// Of a host of many agents.
    shelf: Option<Shelf>,
}

impl Blobs {
    /// Those that are there. Files that are not named by a digest are left alone.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(Error::file("make", folder))?;
        let entries = fs::read_dir(folder).map_err(Error::file("list", folder))?;
        let name = |entry: fs::DirEntry| Digest::from_hex(entry.file_name().to_str()?);
        let stored = entries.flatten().filter_map(name).collect();
        Ok(Self { folder: Some(folder.to_owned()), stored, ..Self::default() })
    }

    /// In memory alone, and shared with other agents of this process.
    pub fn shared(shelf: Shelf) -> Self {
        Self { shelf: Some(shelf), ..Self::default() }
    }

    /// Whether it is here, of its own: what only others of this process have may be gone the next moment, or have come
    /// after it was looked for.
    pub fn contains(&self, digest: &Digest) -> bool {
        self.stored.contains(digest) || self.find(digest).is_ok()
    }

    /// Takes what another agent of this process has; whether it is here now.
    pub fn take(&mut self, digest: &Digest) -> bool {
        self.contains(digest) || self.take_shelved(digest).is_some()
    }

    fn take_shelved(&mut self, digest: &Digest) -> Option<Bytes> {
        let bytes = self.shelf.as_ref()?.get(digest)?;
        self.remember(*digest, bytes.clone());
        Some(bytes)
    }

    /// The content, if it is here and is what its name says; else it is lacked from now on.
    pub fn get(&mut self, digest: &Digest) -> Option<Bytes> {
        if let Ok(at) = self.find(digest) {
            return Some(self.memory[at].1.clone());
        }
        if let Some(bytes) = self.take_shelved(digest) {
            return Some(bytes);
        }
        let path = self.stored.contains(digest).then(|| self.path(digest))??;
        let intact = fs::read(&path).ok().filter(|bytes| Digest::of(bytes) == *digest);
        if intact.is_none() {
            tracing::warn!(blob = %digest, "stored blob is damaged; it is fetched again");
            self.stored.remove(digest);
        }
        intact.map(Bytes::from)
    }

    /// Keeps content that is verified already.
    pub fn put(&mut self, digest: Digest, bytes: Bytes) {
        match self.path(&digest).map(|path| atomic::write(&path, &bytes)) {
            Some(Ok(())) => {
                self.stored.insert(digest);
            }
            Some(Err(error)) => {
                tracing::warn!(blob = %digest, %error, "blob is kept in memory alone");
                self.remember(digest, bytes);
            }
            None => {
                let bytes = self.shelf.as_ref().map_or(bytes.clone(), |shelf| shelf.put(digest, bytes));
                self.remember(digest, bytes);
            }
        }
    }

    /// A bundle that an agent of this process has read already.
    pub fn parsed(&mut self, digest: &Digest) -> Option<Arc<Parsed>> {
        let parsed = self.shelf.as_ref()?.parsed(digest)?;
        // What is used is held.
        self.get(digest).map(|_| parsed)
    }

    /// Other agents of this process need not read it.
    pub fn set_parsed(&self, digest: Digest, bundle: &Arc<Parsed>) {
        if let Some(shelf) = &self.shelf {
            shelf.set_parsed(digest, bundle);
        }
    }

    fn find(&self, digest: &Digest) -> Result<usize, usize> {
        self.memory.binary_search_by_key(digest, |(there, _)| *there)
    }

    fn remember(&mut self, digest: Digest, bytes: Bytes) {
        match self.find(&digest) {
            Ok(at) => self.memory[at].1 = bytes,
            Err(at) => {
                self.memory.reserve_exact(1);
                self.memory.insert(at, (digest, bytes));
            }
        }
    }

    /// Drops all but those in use.
    pub fn retain(&mut self, used: &BTreeSet<Digest>) {
        let dropped: BTreeSet<Digest> = self
            .memory
            .extract_if(.., |(digest, _)| !used.contains(digest))
            .map(|(digest, _)| digest)
            .collect();
        if let Some(shelf) = &self.shelf {
            shelf.drop_unused(&dropped);
        }
        for digest in self.stored.difference(used) {
            if let Some(Err(error)) = self.path(digest).map(|path| atomic::remove(&path)) {
                tracing::warn!(blob = %digest, %error, "unused blob stays");
            }
        }
        self.stored.retain(|digest| used.contains(digest));
    }

    fn path(&self, digest: &Digest) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(digest.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_content_is_there_once_and_goes_with_the_last_who_uses_it() {
        let shelf = Shelf::default();
        let (mut one, mut other) = (Blobs::shared(shelf.clone()), Blobs::shared(shelf.clone()));
        let digest = Digest::of(b"content");
        one.put(digest, Bytes::copy_from_slice(b"content"));
        assert!(!other.contains(&digest) && other.take(&digest) && other.contains(&digest));
        assert_eq!(one.get(&digest).unwrap().as_ptr(), other.get(&digest).unwrap().as_ptr());
        one.retain(&BTreeSet::new());
        assert!(other.contains(&digest));
        other.retain(&BTreeSet::new());
        assert!(!one.take(&digest) && shelf.get(&digest).is_none());
    }

    #[test]
    fn a_damaged_blob_is_lacked_and_unused_ones_are_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let mut blobs = Blobs::open(folder.path()).unwrap();
        let (one, two) = (Digest::of(b"one"), Digest::of(b"two"));
        blobs.put(one, Bytes::from_static(b"one"));
        blobs.put(two, Bytes::from_static(b"two"));

        let mut blobs = Blobs::open(folder.path()).unwrap();
        fs::write(folder.path().join(one.to_string()), b"oops").unwrap();
        assert_eq!(blobs.get(&one), None);
        assert!(!blobs.contains(&one) && blobs.contains(&two));
        blobs.retain(&BTreeSet::new());
        assert!(!Blobs::open(folder.path()).unwrap().contains(&two));
    }
}
