//! What a load test is asked to do.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use edge_agent::args::{PeriodArgs, SinkKind, label, nats_url};

use crate::Source;

/// Load for Tributary.
#[derive(Clone, Debug, Parser)]
#[command(name = "tributary-loadtest", version)]
pub struct Command {
    #[command(subcommand)]
    pub action: Action,
}

#[derive(Clone, Debug, Subcommand)]
pub enum Action {
    /// Runs many agents in this process until SIGTERM; prints `ready N` when all are attached.
    Host(Host),
}

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
    /// `memory`, or `directory:PATH` with a folder for each location below.
    #[arg(long, default_value = "memory")]
    pub sink: SinkKind,
    /// With a folder for each location below; without it, agents forget everything at their end.
    #[arg(long)]
    pub state_dir: Option<PathBuf>,
    /// Connections that the agents share.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub connections: u16,
    #[command(flatten)]
    pub periods: PeriodArgs,
}

#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Locations {
    /// One location a line: its name, and its region where it is not the first of `--regions`.
    #[arg(long)]
    pub locations_file: Option<PathBuf>,
    /// So many, numbered from 0.
    #[arg(long)]
    pub count: Option<usize>,
}

impl Host {
    /// Where the locations' names come from.
    pub fn source(&self) -> Source {
        match &self.locations.locations_file {
            Some(path) => Source::File(path.clone()),
            None => Source::Count { prefix: self.prefix.clone(), count: self.locations.count.unwrap_or(0) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
