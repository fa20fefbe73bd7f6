//! `tributary agent`: what somebody needs who sets up an agent.

mod manifests;
mod plural;
mod rbac;
mod rights;
mod rule;
mod workload;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::Outcome;
use crate::args::Global;

/// Prepares a cluster for its agent.
#[derive(Debug, Args)]
#[command(after_help = rbac::EXAMPLES)]
pub struct Agent {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Rbac(rbac::Rbac),
}

impl Agent {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let What::Rbac(rbac) = self.what;
        rbac.run(global).await
    }
}
