//! What a load test is asked to do.

mod clusters;
mod host;
mod run;

use clap::{Parser, Subcommand};

pub use clusters::ClusterArgs;
pub use host::{Host, Locations};
pub use run::{Run, Scenario};

/// Load for Tributary: a real server, the real services and fleets of real agents on this machine, and figures
#[derive(Clone, Debug, Parser)]
#[command(name = "tributary-loadtest", version)]
pub struct Command {
    #[command(subcommand)]
    pub action: Action,
}

#[derive(Clone, Debug, Subcommand)]
pub enum Action {
    /// Starts everything, plays scenarios, checks that nothing was lost, and prints figures
    Run(Run),
    /// Runs many agents in this process until SIGTERM; prints `ready N` when all are attached
    Host(Host),
    /// The messages of a change without any of our code; started by the scenario of that name
    #[command(hide = true)]
    Raw(crate::raw::Args),
}
