//! Why a call is refused, and what the caller is told.

use tonic::{Code, Status};

/// A refused or failed call. Its text says what is wrong, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request is wrong and stays so.
    #[error("{0}")]
    Invalid(String),
    #[error("{0} is not there")]
    NotFound(String),
    /// The state of things forbids it: change that first.
    #[error("{0}")]
    Precondition(String),
    /// Someone else changed the same thing: read it again, decide anew.
    #[error("{0}")]
    Changed(String),
    /// Not possible now: try again.
    #[error("{0}")]
    Unavailable(String),
    #[error("{0}")]
    Deadline(String),
    /// A change of several batches ended between them. The same call again completes it.
    #[error(
        "{stored} of {total} changes are stored and stay; {next} and what follows are not, or are not known to be; \
         repeat the call to complete it: {source}"
    )]
    Partly { stored: usize, total: usize, next: String, source: Box<Error> },
    #[error("the bus: {0}")]
    Bus(#[from] bus::Error),
    /// What is stored cannot be read.
    #[error("what is stored cannot be read: {0}")]
    Stored(#[from] wire::Error),
    #[error("{0}")]
    Internal(String),
}

impl Error {
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Invalid(_) => Code::InvalidArgument,
            Self::NotFound(_) => Code::NotFound,
            Self::Precondition(_) => Code::FailedPrecondition,
            Self::Changed(_) | Self::Bus(bus::Error::Conflict { .. }) => Code::Aborted,
            Self::Unavailable(_) => Code::Unavailable,
            Self::Bus(error) if error.is_transient() => Code::Unavailable,
            // What the bus finds wrong with a row is wrong with the request that it was made of.
            Self::Bus(bus::Error::Invalid(_)) => Code::InvalidArgument,
            Self::Deadline(_) => Code::DeadlineExceeded,
            Self::Partly { source, .. } => source.code(),
            Self::Bus(_) | Self::Internal(_) => Code::Internal,
            Self::Stored(_) => Code::DataLoss,
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let code = error.code();
        if matches!(code, Code::Internal | Code::DataLoss) {
            tracing::error!(error = %error, "a call failed");
        }
        Self::new(code, error.to_string())
    }
}
