//! Why something did not happen, as closed lists: what counters are labelled with.

use crate::Error;

/// A closed list of reasons.
pub trait Reason: Copy + Ord + 'static {
    const ALL: &'static [Self];

    /// As metrics show it.
    fn label(self) -> &'static str;
}

/// Why the server did not store something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A condition did not hold.
    Changed,
    /// The lease is another's.
    Fenced,
    /// Too many requests or open batches, or a batch of which something was lost on the way.
    Busy,
    /// A limit of the stream, the account, the server or its disk.
    Full,
    /// No leader, no such stream, nobody answers.
    Unavailable,
    /// No answer in time.
    Timeout,
    /// The link was away.
    Disconnected,
    /// It will never be stored like this.
    Refused,
}

impl Cause {
    /// The reason behind an error.
    pub fn of(error: &Error) -> Self {
        match error {
            Error::Conflict { .. } => Self::Changed,
            Error::Fenced { .. } => Self::Fenced,
            Error::Busy { .. } => Self::Busy,
            Error::Full { .. } => Self::Full,
            Error::Unavailable { .. } => Self::Unavailable,
            Error::Timeout { .. } => Self::Timeout,
            Error::Connect { .. } | Error::Disconnected => Self::Disconnected,
            _ => Self::Refused,
        }
    }
}

impl Reason for Cause {
    const ALL: &'static [Self] = &[
        Self::Changed,
        Self::Fenced,
        Self::Busy,
        Self::Full,
        Self::Unavailable,
        Self::Timeout,
        Self::Disconnected,
        Self::Refused,
    ];

    fn label(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Fenced => "fenced",
            Self::Busy => "busy",
            Self::Full => "full",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Disconnected => "disconnected",
            Self::Refused => "refused",
        }
    }
}

/// Why following a stream had to begin again, after the last row that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interruption {
    /// The link broke, or the server closed it on a reader that was too slow.
    Reconnected,
    /// Rows were lost on the way: more came than the subscription holds.
    Overrun,
    /// Nothing came, not even a heartbeat.
    Silent,
    /// The server ended the consumer.
    Ended,
    /// The stream was re-created or has lost rows.
    Replaced,
    /// The server could not serve it.
    Refused,
}

impl Reason for Interruption {
    const ALL: &'static [Self] =
        &[Self::Reconnected, Self::Overrun, Self::Silent, Self::Ended, Self::Replaced, Self::Refused];

    fn label(self) -> &'static str {
        match self {
            Self::Reconnected => "reconnected",
            Self::Overrun => "overrun",
            Self::Silent => "silent",
            Self::Ended => "ended",
            Self::Replaced => "replaced",
            Self::Refused => "refused",
        }
    }
}

/// Why a core message was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// More came than the process took in.
    Unread,
    /// More was to be sent than the link took.
    Unsent,
}

impl Reason for Loss {
    const ALL: &'static [Self] = &[Self::Unread, Self::Unsent];

    fn label(self) -> &'static str {
        match self {
            Self::Unread => "unread",
            Self::Unsent => "unsent",
        }
    }
}
