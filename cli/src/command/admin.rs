//! `tributary admin`: what an operator does once.

use anyhow::Result;
use bus::{Bus, Options};
use clap::{Args, Subcommand};

use serde_json::json;

use super::Outcome;
use crate::{args::Global, busy, moment, output};

const EXAMPLES: &str = "\
Examples:
  tributary admin init --nats-url nats://127.0.0.1:4222
  tributary admin init --nats-url nats://hub:4222 --replicas 3";

/// Prepares a hub.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
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
    /// The NATS of the hub.
    #[arg(long, env = "TRIBUTARY_NATS_URL", default_value = "nats://127.0.0.1:4222", value_name = "URL")]
    nats_url: String,
    /// Copies of each table; 3 in production.
    #[arg(long, default_value_t = 1)]
    replicas: usize,
}

impl Admin {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let What::Init(init) = self.what;
        let options = Options { url: init.nats_url.clone(), name: "tributary admin".to_owned() };
        let initialising = async {
            let bus = Bus::connect(options).await?.replicated(init.replicas);
            bus.init(moment::now_ms() / 1000).await
        };
        let made = busy::while_waiting("creating the tables", initialising).await?;
        if let Some(format) = global.document_format() {
            let changes: Vec<_> = made.iter().map(ToString::to_string).collect();
            output::document(format, &json!({"changes": changes}))?;
            return Ok(Outcome::Done);
        }
        if made.is_empty() {
            output::line("everything is there already")?;
        }
        for change in made {
            output::line(change)?;
        }
        Ok(Outcome::Done)
    }
}
