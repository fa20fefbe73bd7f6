//! The connection that services, the gateway and the command line share.

use std::time::Duration;

use async_nats::HeaderMap;
use bytes::Bytes;

use crate::connection::{CAPACITY, Connection, Habit, Session};
use crate::exchange::Request;
use crate::{Error, Key};

/// How to reach the bus.
#[derive(Clone, Debug)]
pub struct Options {
    /// `nats://host:port`, several separated by commas.
    pub url: String,
    /// What the server's connection list shows.
    pub name: String,
}

/// A connection to the bus. Clones share it.
#[derive(Clone, Debug)]
pub struct Bus {
    pub(crate) connection: Connection,
    /// Of each stream that this process provisions; `None`: as many as the truth has.
    pub(crate) replicas: Option<usize>,
}

/// Services are few and must notice a dead server soon.
pub(crate) const HABIT: Habit = Habit {
    background: false,
    ping: Duration::from_secs(5),
    first: Duration::from_millis(50),
    pause: Duration::from_secs(1),
    capacity: CAPACITY,
};

impl Bus {
    /// Connects; whether to try again is the caller's choice. Once connected, it reconnects by itself for ever.
    pub async fn connect(options: Options) -> Result<Self, Error> {
        let connection = Connection::open(&options, HABIT).await?;
        Ok(Self { connection, replicas: None })
    }

    /// The same connection, provisioning all streams with this many replicas (3 in production). Others keep what there
    /// is, and give new streams as many as the truth has: what `admin init` was told holds for all.
    pub fn replicated(self, replicas: usize) -> Self {
        Self { replicas: Some(replicas), ..self }
    }

    /// Whether the link is up now.
    pub fn is_up(&self) -> bool {
        self.connection.is_up()
    }

    /// Asks whoever listens on a core subject; `None`: nobody does, or nobody answered in time.
    pub async fn request(
        &self,
        key: &Key,
        payload: Bytes,
        timeout: Duration,
    ) -> Result<Option<Bytes>, Error> {
        self.ask(&key.subject(), payload, timeout).await
    }

    /// The same on a subject that is a user's.
    pub async fn ask(
        &self,
        subject: &str,
        payload: Bytes,
        timeout: Duration,
    ) -> Result<Option<Bytes>, Error> {
        let (subject, headers) = (subject.to_owned(), HeaderMap::new());
        let request = Request { operation: "asking", subject, headers, payload, timeout };
        match self.connection.ask(request).await {
            Ok(message) => Ok(Some(message.payload)),
            Err(Error::Timeout { .. } | Error::Unavailable { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Messages that came faster than this process took them in.
    pub(crate) fn dropped(&self) -> u64 {
        *self.connection.dropped().borrow()
    }

    pub(crate) fn session(&self) -> tokio::sync::watch::Receiver<Session> {
        self.connection.session()
    }
}
