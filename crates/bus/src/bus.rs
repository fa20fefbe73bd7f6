//! The connection that services, the gateway and the command line share.

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
    pub(crate) client: async_nats::Client,
}
