//! The flags of a host of agents.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use edge_agent::args::{PeriodArgs, SinkKind, label, nats_url};

use crate::{Member, Source, fleet};

#[derive(Clone, Debug, Args)]
pub struct Host {
    /// The NATS server.
    #[arg(long, env = "TRIBUTARY_NATS_URL", default_value = "nats://127.0.0.1:4222", value_parser = nats_url)]
    pub nats_url: String,
    /// Regions; numbered locations are dealt to them in turn.
    #[arg(long, alias = "region", value_delimiter = ',', required = true, value_parser = label)]
    pub regions: Vec<String>,
    #[command(flatten)]
    pub locations: Locations,
    /// What numbered locations are called before their number.
    #[arg(long, default_value = "store-")]
    pub prefix: String,
    /// The number of the first one.
    #[arg(long, default_value_t = 0)]
    pub first: u32,
    /// Numbered locations that are left without an agent: those whose number modulo 100 is below this.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=99))]
    pub offline: u32,
    /// `memory`, or `directory:PATH` with a folder for each location below.
    #[arg(long, default_value = "memory", value_parser = hosted)]
    pub sink: SinkKind,
    /// With a folder for each location below; without it, agents forget everything at their end.
    #[arg(long)]
    pub state_dir: Option<PathBuf>,
    /// Connections that the agents share.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub connections: u32,
    /// Content is kept once for all agents of this process.
    #[arg(long)]
    pub shared_blob_cache: bool,
    /// An agent that has had nothing to do for so long keeps only what it needs to go on; without it, all are always awake.
    #[arg(long, value_parser = humantime::parse_duration)]
    pub rest_after: Option<Duration>,
    /// Where agents rest, how many may wake at a time.
    #[arg(long, default_value_t = 4000, value_parser = clap::value_parser!(u32).range(1..))]
    pub awake: u32,
    /// Where commands are taken: `drop`, `flap?rate=R&seconds=S`; port 0 takes a free one, which is logged.
    #[arg(long)]
    pub control: Option<SocketAddr>,
    #[command(flatten)]
    pub periods: PeriodArgs,
}

/// A sink that many agents of one process may have.
fn hosted(text: &str) -> Result<SinkKind, String> {
    match text.parse()? {
        SinkKind::Kubernetes => Err("a cluster has an agent process of its own: tributary-agent".to_owned()),
        sink => Ok(sink),
    }
}

#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Locations {
    /// One location a line: its name, and its region where it is not the first of `--regions`.
    #[arg(long)]
    pub locations_file: Option<PathBuf>,
    /// So many, numbered from `--first`.
    #[arg(long)]
    pub count: Option<u32>,
}

impl Host {
    /// See [`fleet::shares_subscriptions`].
    pub fn shares_subscriptions(&self) -> bool {
        fleet::shares_subscriptions(self.connections, &self.regions)
    }

    /// Which connection the agent with this number, as which location, uses.
    pub fn link(&self, number: usize, member: &Member) -> usize {
        let region = || self.regions.iter().position(|region| *region == member.region);
        let shared = self.shares_subscriptions().then(region).flatten();
        shared.unwrap_or(number) % self.connections as usize
    }

    /// Where the locations' names come from.
    pub fn source(&self) -> Source {
        match &self.locations.locations_file {
            Some(path) => Source::File(path.clone()),
            None => Source::Count {
                prefix: self.prefix.clone(),
                first: self.first,
                count: self.locations.count.unwrap_or(0),
                offline: self.offline,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::args::Command;

    #[test]
    fn locations_come_from_a_file_or_a_count() {
        let parse = |extra: &[&str]| {
            Command::try_parse_from(["loadtest", "host", "--regions=eu,us"].iter().chain(extra))
        };
        assert!(parse(&["--count=3"]).is_ok());
        assert!(parse(&["--locations-file=f"]).is_ok());
        assert!(parse(&[]).is_err());
        assert!(parse(&["--count=3", "--locations-file=f"]).is_err());
    }
}
