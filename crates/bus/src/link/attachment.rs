//! One location's end of a connection.

use bytes::Bytes;

/// A connection for one agent or for many.
#[derive(Clone, Debug)]
pub struct Link {
    pub(crate) mode: Mode,
}

/// How documents and questions are subscribed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Each location's own subjects: all that an agent is allowed.
    Exact,
    /// One wildcard for each region, told apart here: for hosts of many agents.
    Hosting,
}

/// One location on a link.
#[derive(Debug)]
pub struct Attachment {
    pub(crate) link: Link,
}

/// What reaches an agent.
#[derive(Debug)]
pub enum Inbound {
    /// The newest document; older ones that were not taken in time are skipped.
    Document(Bytes),
    /// A question, to be given to [`Attachment::answer`] with the answer.
    Ask {
        payload: Bytes,
        reply: Reply,
    },
    /// The link is up, at the start and after each reconnect: read the document.
    Connected,
    Disconnected,
}

/// Where an answer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply(pub(crate) String);
