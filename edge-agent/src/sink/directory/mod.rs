//! Manifests as files of one folder, for anything that watches one: k3s, static pods, or people.
//!
//! One file is one object, named after it, flat, and owned whole: a file of Tributary's is exactly as it was written, or
//! it is drift. A file without the mark is somebody else's and stays as it is, unless the placement adopts it.

mod form;
mod name;
mod stamp;
mod watch;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use edge::{Entry, Inventory, Observed, Outcome};
use model::{ObjectKey, Phase};

use self::form::Mark;
use self::stamp::Stamps;
use self::watch::Watch;
pub use self::watch::Watching;
use crate::sink::{Applied, Deleted, Sink, Sought, Task};
use crate::{Error, atomic};

/// A folder with a location's manifests.
#[derive(Debug)]
pub struct Directory {
    folder: PathBuf,
    location: String,
    stamps: Stamps,
    watch: Watch,
    /// The folder has changed since it was last synced: a thousand files cost one sync of it.
    unsettled: bool,
}

impl Directory {
    /// Makes the folder where it is missing.
    pub fn open(folder: &Path, location: &str, watching: Watching) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(Error::file("make", folder))?;
        Ok(Self {
            folder: folder.to_owned(),
            location: location.to_owned(),
            stamps: Stamps::default(),
            watch: Watch::open(folder, watching),
            unsettled: false,
        })
    }

    fn path(&self, key: &ObjectKey) -> PathBuf {
        self.folder.join(name::of(key))
    }

    /// The bytes of a file that is there.
    fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::file("read", path)(error)),
        }
    }

    /// Whether what was adopted, or could be, agrees in every field; or whether what was written is still the same.
    fn agrees(&self, key: &ObjectKey, sought: &Sought<'_>, there: &[u8], manifest: &[u8]) -> bool {
        let written = sought.entry.is_some_and(|entry| !entry.adopted);
        if written {
            return form::render(&Mark::new(&self.location, key, sought.wish, sought.content), manifest)
                .is_ok_and(|bytes| bytes == there);
        }
        let wished = serde_json::from_slice(manifest).ok();
        wished.zip(form::parse(there)).is_some_and(|(wished, live)| edge::covers(&wished, &live))
    }
}

impl Sink for Directory {
    async fn observe(
        &mut self,
        key: &ObjectKey,
        sought: Option<Sought<'_>>,
        manifest: &mut (dyn FnMut() -> Option<Vec<u8>> + Send),
    ) -> Result<Observed, Error> {
        let path = self.path(key);
        let sought = sought.as_ref();
        let fresh = sought.and_then(|sought| self.stamps.agreed(&path, sought));
        if let Some(marked) = fresh {
            return Ok(Observed::Present { agrees: true, marked });
        }
        let seen = stamp::now();
        let Some(there) = Self::read(&path)? else { return Ok(Observed::Absent) };
        let marked = form::mark(&there).is_some_and(|mark| mark.is_of(&self.location, key));
        let compared = sought.and_then(|sought| Some((sought, manifest()?)));
        let agrees = compared.is_some_and(|(sought, manifest)| self.agrees(key, sought, &there, &manifest));
        if let Some(sought) = sought.filter(|_| agrees) {
            self.stamps.note(&path, sought, marked, seen);
        }
        Ok(Observed::Present { agrees, marked })
    }

    async fn apply(&mut self, tasks: Vec<Task<'_>>) -> Vec<Result<Applied, Error>> {
        tasks.into_iter().map(|task| self.write(&task)).collect()
    }

    async fn delete(&mut self, objects: Vec<(&Arc<ObjectKey>, &Entry)>) -> Vec<Result<Deleted, Error>> {
        let delete = |(key, _): (&Arc<ObjectKey>, &Entry)| {
            let path = self.path(key);
            self.stamps.forget(&path);
            self.unsettled = true;
            atomic::remove(&path).map(|()| Deleted::Gone)
        };
        objects.into_iter().map(delete).collect()
    }

    async fn settle(&mut self) -> Result<(), Error> {
        if self.unsettled {
            atomic::sync_folder(&self.folder)?;
            self.unsettled = false;
        }
        Ok(())
    }

    async fn health(&mut self, _key: &ObjectKey) -> Outcome {
        Outcome::healthy()
    }

    async fn live(&mut self, key: &ObjectKey) -> Result<Option<Vec<u8>>, Error> {
        let there = Self::read(&self.path(key))?;
        Ok(there.and_then(|bytes| Some(form::parse(&bytes)?.to_string().into_bytes())))
    }

    async fn survey(&mut self) -> Result<Inventory, Error> {
        let entries = fs::read_dir(&self.folder).map_err(Error::file("list", &self.folder))?;
        let names = entries.flatten().map(|entry| entry.file_name());
        let found = names.filter_map(|name| self.surveyed(&name));
        let shared = found.map(|(key, entry)| (Arc::new(key), entry));
        Ok(Inventory { entries: shared.collect() })
    }

    async fn changed(&mut self) {
        loop {
            let names = self.watch.changed().await;
            if names.is_none_or(|names| names.iter().any(|name| !self.stamps.is_own(&self.folder.join(name))))
            {
                return;
            }
        }
    }
}

impl Directory {
    fn write(&mut self, Task { key, wish, manifest }: &Task<'_>) -> Result<Applied, Error> {
        let mark = Mark::new(&self.location, key, wish, model::Digest::of(manifest));
        let refused = |reason| Error::Manifest { object: ObjectKey::clone(key), reason };
        let bytes = form::render(&mark, manifest).map_err(refused)?;
        fs::create_dir_all(&self.folder).map_err(Error::file("make", &self.folder))?;
        let path = self.path(key);
        atomic::replace(&path, &bytes)?;
        self.unsettled = true;
        let applied = |outcome| Ok(Applied { outcome, receipt: None });
        if Self::read(&path)?.as_deref() != Some(&bytes) {
            // It was written, so that it is ours; what came after is drift, which the watch tells of.
            self.stamps.forget(&path);
            let message = "another program changed the file as soon as it was written";
            return applied(Outcome::new(Phase::Progressing, "ChangedAtOnce", message));
        }
        self.stamps.written(&path);
        applied(Outcome::healthy())
    }

    /// A file with this location's mark under the name that the mark's object has; a copy under another name is not
    /// what Tributary wrote there.
    fn surveyed(&self, file: &OsString) -> Option<(ObjectKey, Entry)> {
        let bytes = fs::read(self.folder.join(file)).ok()?;
        let mark = form::mark(&bytes)?;
        let ours = mark.is_of(&self.location, &mark.object) && file.to_str() == Some(&name::of(&mark.object));
        ours.then(|| (mark.object.clone(), mark.entry(&bytes)))
    }
}
