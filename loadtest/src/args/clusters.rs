//! The flags of the scenarios with real API servers.

use std::path::PathBuf;

use clap::Args;

/// Each number is played for itself, with an API server of its own.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Clusters")]
pub struct ClusterArgs {
    /// Agents of `kubernetes`, a process each; several numbers are played one after the other.
    #[arg(long, value_delimiter = ',', default_value = "10", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub agents: Vec<u32>,
    /// Objects that the agent of `cluster` has; several numbers are played one after the other.
    #[arg(long, value_delimiter = ',', default_value = "20,100", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub cluster_objects: Vec<u32>,
    /// Changes of single objects in `cluster`, one after the other.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub changes: u32,
    /// The agent, as it is shipped: built with `--profile agent`. Without it, the one beside this program.
    #[arg(long, value_name = "FILE")]
    pub agent_binary: Option<PathBuf>,
}
