//! The flags of the bare program.

use edge_agent::args::nats_url;

use crate::fleet;

/// Measured by the run that starts it, so that what is sent has the sizes of the real messages.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The NATS server.
    #[arg(long, value_parser = nats_url)]
    pub nats_url: String,
    /// Its process, whose CPU time is told.
    #[arg(long)]
    pub server_process: u32,
    /// Regions whose streams are copied; locations are dealt to them in turn.
    #[arg(long, value_delimiter = ',', required = true)]
    pub regions: Vec<String>,
    /// Documents of a round.
    #[arg(long)]
    pub locations: u32,
    /// Locations that nobody listens for: those whose number modulo 100 is below this.
    #[arg(long, default_value_t = 0)]
    pub offline: u32,
    /// Hosts of agents that are stood in for.
    #[arg(long, default_value_t = 1)]
    pub hosts: u32,
    /// Connections of each of them.
    #[arg(long)]
    pub connections: u32,
    #[arg(long)]
    pub document_bytes: usize,
    #[arg(long)]
    pub row_bytes: usize,
    /// Of each blob that a location fetches.
    #[arg(long, value_delimiter = ',')]
    pub blob_bytes: Vec<usize>,
    /// Each location fetches blobs of its own, which are stored before its document.
    #[arg(long)]
    pub own_blobs: bool,
}

impl Args {
    /// As agents do: see [`fleet::shares_subscriptions`].
    pub fn shares_subscriptions(&self) -> bool {
        fleet::shares_subscriptions(self.connections, &self.regions)
    }

    /// The region of a numbered location.
    pub fn region(&self, number: u32) -> &str {
        &self.regions[number as usize % self.regions.len()]
    }

    /// Locations in a region, those that nobody listens for included.
    pub fn in_region<'a>(&'a self, region: &'a str) -> impl Iterator<Item = u32> + 'a {
        (0..self.locations).filter(move |number| self.region(*number) == region)
    }

    /// Whose blobs a location fetches.
    pub fn blobs_of(&self, location: u32) -> Option<u32> {
        self.own_blobs.then_some(location)
    }

    /// Locations that somebody listens for.
    pub fn live(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.locations).filter(|number| fleet::is_live(*number, self.offline))
    }
}
