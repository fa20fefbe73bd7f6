//! Which files are certainly as they were when they were last compared, by what the file system says of them.
//!
//! A resync of a thousand unchanged files is a thousand calls of `stat` instead of as many reads, parses and
//! comparisons. A stamp counts only when the file was at rest for a while before it was compared: a change within the
//! file system's clock tick would not show.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use edge::Owner;
use model::{Deletion, Digest};

use crate::sink::Sought;

/// Longer than the clock tick of any file system that is likely under a sink.
const REST: Duration = Duration::from_secs(2);

/// What was seen of each file.
#[derive(Debug, Default)]
pub struct Stamps {
    agreed: BTreeMap<PathBuf, Agreed>,
    /// Files as this process left them, so that it does not take its own writes for somebody else's.
    own: BTreeMap<PathBuf, Stamp>,
}

#[derive(Debug, PartialEq, Eq)]
struct Agreed {
    stamp: Stamp,
    with: With,
    marked: bool,
}

/// All of a wish that a file's bytes depend on.
#[derive(Debug, PartialEq, Eq)]
struct With {
    content: Digest,
    owners: Arc<BTreeSet<Owner>>,
    deletion: Deletion,
    written: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// The clock that stamps are of; taken before a file is read.
pub fn now() -> SystemTime {
    SystemTime::now()
}

impl Stamps {
    /// Whether the file was found to agree with `sought` and has not been touched since: then, whether it is marked.
    pub fn agreed(&self, path: &Path, sought: &Sought<'_>) -> Option<bool> {
        let agreed = self.agreed.get(path)?;
        (agreed.with == With::of(sought) && Stamp::of(path) == Some(agreed.stamp)).then_some(agreed.marked)
    }

    /// Notes that the file, as read after `seen`, agrees.
    pub fn note(&mut self, path: &Path, sought: &Sought<'_>, marked: bool, seen: SystemTime) {
        let Some(stamp) = Stamp::of(path).filter(|stamp| stamp.rested(seen)) else { return };
        self.agreed.insert(path.to_owned(), Agreed { stamp, with: With::of(sought), marked });
    }

    /// Notes that this process has just written the file.
    pub fn written(&mut self, path: &Path) {
        self.agreed.remove(path);
        match Stamp::of(path) {
            Some(stamp) => self.own.insert(path.to_owned(), stamp),
            None => self.own.remove(path),
        };
    }

    /// Whether the file is as this process left it; also one that it has deleted, and that is gone.
    pub fn is_own(&self, path: &Path) -> bool {
        Stamp::of(path) == self.own.get(path).copied()
    }

    /// The file is deleted.
    pub fn forget(&mut self, path: &Path) {
        self.agreed.remove(path);
        self.own.remove(path);
    }
}

impl With {
    fn of(sought: &Sought<'_>) -> Self {
        Self {
            content: sought.content,
            owners: sought.wish.owners.clone(),
            deletion: sought.wish.deletion,
            written: sought.entry.is_some_and(|entry| !entry.adopted),
        }
    }
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::symlink_metadata(path).ok()?;
        Some(Self {
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    fn rested(&self, seen: SystemTime) -> bool {
        let seen = seen.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let changed = Duration::from_secs(u64::try_from(self.changed.0).unwrap_or(u64::MAX));
        changed.checked_add(REST).is_some_and(|rested| rested <= seen)
    }
}
