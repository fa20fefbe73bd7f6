//! `tributary admin`: what an operator does once.

use anyhow::Result;
use bus::{Bus, Options};
use clap::{Args, Subcommand};

use super::Outcome;
use crate::{moment, output};

const EXAMPLES: &str = "\
Examples:
  tributary admin init --nats-url nats://127.0.0.1:4222
  tributary admin init --nats-url nats://hub:4222 --replicas 3";

/// Prepares a hub.
#[derive(Debug, Args)]
pub struct Admin {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Init(Init),
}

/// Creates the tables of a new hub, on its NATS. Services refuse to start without: an empty truth is never assumed.
///
/// What is there already is left alone, so that running it twice does no harm.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
struct Init {
    #[arg(long, env = "TRIBUTARY_NATS_URL", default_value = "nats://127.0.0.1:4222")]
    nats_url: String,
    /// Copies of each table; 3 in production.
    #[arg(long, default_value_t = 1)]
    replicas: usize,
}

impl Admin {
    pub async fn run(self) -> Result<Outcome> {
        let What::Init(init) = self.what;
        let options = Options { url: init.nats_url.clone(), name: "tributary admin".to_owned() };
        let bus = Bus::connect(options).await?.replicated(init.replicas);
        let made = bus.init(moment::now_ms() / 1000).await?;
        if made.is_empty() {
            output::line("everything is there already")?;
        }
        for change in made {
            output::line(change)?;
        }
        Ok(Outcome::Done)
    }
}
