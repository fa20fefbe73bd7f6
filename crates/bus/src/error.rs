//! What can go wrong with the bus, and what a caller may do about it.

/// An operation on the bus that did not succeed.
///
/// Each variant says whether it makes sense to try again. After [`Error::Timeout`] and [`Error::Unavailable`] a write
/// may or may not have been stored: only its condition makes trying again safe.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection could be made. May be tried again.
    #[error("cannot connect to NATS at {url}; check that the server runs and that the address is right")]
    Connect { url: String, source: Box<dyn std::error::Error + Send + Sync> },
    /// The link is away right now. May be tried again when it is back.
    #[error("no connection to NATS")]
    Disconnected,
    /// Nobody answered in time. May be tried again, after a pause.
    #[error("no answer from NATS for {operation} of {subject} within {seconds} s")]
    Timeout { operation: &'static str, subject: String, seconds: u64 },
    /// The server could not serve it now (no leader, too busy, no stream of that name yet). May be tried again.
    #[error("{operation} of {subject} is not possible now: {reason}")]
    Unavailable { operation: &'static str, subject: String, reason: String },
    /// The server has too many requests or open batches, or lacks a part of one: nothing was stored. May be tried again, after a
    /// pause.
    #[error("{operation} of {subject} is not possible now, the server is busy: {reason}")]
    Busy { operation: &'static str, subject: String, reason: String },
    /// A limit of the stream, the account, the server or its disk is reached: nothing was stored. May be tried again, and
    /// succeeds once there is room.
    #[error("{operation} of {subject} is not possible now, there is no room: {reason}")]
    Full { operation: &'static str, subject: String, reason: String },
    /// A write's condition does not hold: the key has changed. Read it again and decide anew.
    #[error("{subject} has changed meanwhile{}", current.map(|seq| format!(" (now at sequence {seq})")).unwrap_or_default())]
    Conflict { subject: String, current: Option<u64> },
    /// The lease that a batch was fenced by is no longer held: nothing was stored. Take the lease again before writing.
    #[error("the lease {lease} is held by another")]
    Fenced { lease: String },
    /// The server refused it, and would refuse it again.
    #[error("{operation} of {subject} was refused: {reason} (code {code})")]
    Refused { operation: &'static str, subject: String, code: u64, reason: String },
    /// The request itself is not possible; no retry helps.
    #[error("{0}")]
    Invalid(String),
    /// The streams that hold the truth are not there.
    #[error(
        "the truth is missing ({missing}); run `tributary admin init` once for a new installation, or restore a backup"
    )]
    NoTruth { missing: String },
    /// Derived tables stand beside an empty truth: starting would withdraw everything.
    #[error(
        "the truth is empty beside tables that are not ({tables}); restore a backup, or delete those streams if this \
         is meant to be a new installation"
    )]
    EmptyTruth { tables: String },
    /// A stream of this name exists with a configuration that cannot be changed into the wanted one.
    #[error("stream {stream} has {difference}, which cannot be changed in place; nothing was touched")]
    Incompatible { stream: String, difference: String },
    /// What was read is not what it should be.
    #[error("reading {subject}")]
    Wire { subject: String, source: wire::Error },
}

impl Error {
    /// Whether the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Connect { .. }
                | Self::Disconnected
                | Self::Timeout { .. }
                | Self::Unavailable { .. }
                | Self::Busy { .. }
                | Self::Full { .. }
        )
    }
}
