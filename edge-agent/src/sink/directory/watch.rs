//! Hearing of changes in the folder: inotify where the kernel gives it, else a look every second.

use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Drift is corrected within about a second also without inotify (its instances are few per user).
const POLL: Duration = Duration::from_secs(1);

/// How changes are noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watching {
    /// At once, as far as the kernel has instances of inotify left.
    Events,
    /// Within a second; for hosts of many agents, which would take all instances.
    Looks,
}

/// The watch over one folder.
#[derive(Debug)]
pub struct Watch {
    folder: PathBuf,
    watching: Watching,
    events: Option<AsyncFd<OwnedFd>>,
}

impl Watch {
    pub fn open(folder: &Path, watching: Watching) -> Self {
        let mut watch = Self { folder: folder.to_owned(), watching, events: None };
        watch.arm();
        watch
    }

    /// Returns when something has happened: the names of files, or `None` when anything may have.
    pub async fn changed(&mut self) -> Option<Vec<String>> {
        let Some(events) = &self.events else {
            tokio::time::sleep(POLL).await;
            self.arm();
            return None;
        };
        let read = events.async_io(Interest::READABLE, |fd| Ok(read(fd)?)).await;
        match read {
            Ok(Batch::Names(names)) => Some(names),
            // The folder itself has gone or was replaced, or events were lost: watch anew.
            Ok(Batch::Anything) | Err(_) => {
                self.events = None;
                None
            }
        }
    }

    fn arm(&mut self) {
        if self.watching == Watching::Looks {
            return;
        }
        self.events = watch(&self.folder)
            .inspect_err(|error| tracing::debug!(%error, "no inotify; looking every second"))
            .ok();
    }
}

enum Batch {
    Names(Vec<String>),
    Anything,
}

#[expect(
    deprecated,
    reason = "its successor is unsafe for the sake of types whose descriptor may change; an OwnedFd's does not"
)]
fn asynchronous(fd: OwnedFd) -> std::io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(fd, Interest::READABLE)
}

/// Files count when they are closed after writing, moved or deleted: not while somebody is still writing them.
fn watch(folder: &Path) -> std::io::Result<AsyncFd<OwnedFd>> {
    let fd = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
    let flags = WatchFlags::CLOSE_WRITE
        | WatchFlags::MOVE
        | WatchFlags::DELETE
        | WatchFlags::DELETE_SELF
        | WatchFlags::MOVE_SELF
        | WatchFlags::ONLYDIR;
    inotify::add_watch(&fd, folder, flags)?;
    asynchronous(fd)
}

fn read(fd: &OwnedFd) -> Result<Batch, rustix::io::Errno> {
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut reader = inotify::Reader::new(fd, &mut buffer);
    let mut names = Vec::new();
    loop {
        let event = reader.next()?;
        match event.file_name() {
            // Temporary files, ours and those of editors.
            Some(name) if name.to_bytes().starts_with(b".") => {}
            Some(name) => names.push(name.to_string_lossy().into_owned()),
            None => return Ok(Batch::Anything),
        }
        let lost = ReadFlags::IGNORED | ReadFlags::QUEUE_OVERFLOW | ReadFlags::UNMOUNT;
        if event.events().intersects(lost) {
            return Ok(Batch::Anything);
        }
        if reader.is_buffer_empty() {
            return Ok(Batch::Names(names));
        }
    }
}
