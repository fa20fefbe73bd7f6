//! What can go wrong at the edge.

use std::path::{Path, PathBuf};

use model::ObjectKey;

/// An operation of the agent that did not succeed. None of them ends the agent once it runs: objects are retried
/// with backoff, and what cannot be stored is reported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not to be retried by the same process: the other one has to go.
    #[error("another agent is running on the state folder {}; each agent needs its own", .0.display())]
    Locked(PathBuf),
    #[error("cannot {operation} {}: {source}", path.display())]
    File { operation: &'static str, path: PathBuf, source: std::io::Error },
    #[error("{object} cannot be written as a manifest: {reason}")]
    Manifest { object: ObjectKey, reason: String },
    #[error("the document of this location cannot be read")]
    Document(#[source] wire::Error),
}

impl Error {
    pub(crate) fn file(operation: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { operation, path, source }
    }
}
