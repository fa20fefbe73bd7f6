//! What can go wrong at the edge.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use edge::Outcome;
use model::{ObjectKey, Phase};

/// An operation of the agent that did not succeed. None of them ends the agent once it runs: objects are retried
/// with backoff, and what cannot be stored is reported.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Not to be retried by the same process: the other one has to go.
    #[error("another agent is running on the state folder {}; each agent needs its own", .0.display())]
    Locked(PathBuf),
    #[error("cannot {operation} {}: {source}", path.display())]
    File { operation: &'static str, path: PathBuf, source: Arc<std::io::Error> },
    #[error("{object} cannot be written as a manifest: {reason}")]
    Manifest { object: ObjectKey, reason: String },
    /// Not to be retried in this turn: what is remembered in the cluster is no longer what this agent has written.
    #[error("another agent has taken over for this location, or its cluster was set back")]
    Succeeded,
    /// The way to the cluster is not known.
    #[error("{0}")]
    Cluster(String),
    /// The cluster does not take it, in its own words.
    #[error("{}", .0.message)]
    Refused(Box<Refusal>),
    #[error("the document of this location cannot be read")]
    Document(#[source] Arc<wire::Error>),
}

/// What a cluster says against an operation.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub phase: Phase,
    /// Stable, in CamelCase.
    pub reason: &'static str,
    pub message: String,
    /// The cluster tells when trying again makes sense.
    pub waits: bool,
}

impl Refusal {
    /// Whether it may be of a server that restarts or has too much to do.
    pub fn may_pass(&self) -> bool {
        let passing = ["ServerError", "Timeout", "TooManyRequests", "Unavailable", "Unreachable"];
        passing.contains(&self.reason)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl Error {
    /// What an object is reported as; `reason`: where the error has none of its own.
    pub fn outcome(&self, reason: &str) -> Outcome {
        match self {
            Self::Refused(refusal) => Outcome::new(refusal.phase, refusal.reason, refusal.message.clone()),
            other => Outcome::new(Phase::Failed, reason, other.to_string()),
        }
    }

    /// Whether it is the cluster that stands against it, or the way to it.
    pub fn is_of_cluster(&self) -> bool {
        matches!(self, Self::Succeeded | Self::Cluster(_) | Self::Refused(_))
    }

    /// Whether the cluster does not let this agent do it.
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.reason == "Forbidden")
    }

    /// Whether there is nothing to do until the sink tells of a change.
    pub fn waits(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.waits)
    }

    pub(crate) fn file(operation: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { operation, path, source: Arc::new(source) }
    }
}
