//! `tributary decode`: any message of the bus as text.

use std::io::{self, Read as _};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use super::Outcome;
use crate::{args::Global, output};

const EXAMPLES: &str = "\
Examples:
  nats stream get decision --last-for trib.v1.decision.eu.0.default.shop --raw \\
    | tributary decode --subject trib.v1.decision.eu.0.default.shop
  nats kv get locations store-1 --raw | tributary decode --subject '$KV.locations.store-1' -o json";
/// Far more than the bus takes.
const MAX_BYTES: u64 = 64 << 20;

/// Shows a message of the bus, read from stdin, as text. Needs no server.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Decode {
    /// The message's subject: it says what the bytes are.
    #[arg(long)]
    subject: String,
}

impl Decode {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let mut payload = Vec::new();
        io::stdin().lock().take(MAX_BYTES).read_to_end(&mut payload).context("cannot read stdin")?;
        let Some(format) = global.document_format() else {
            output::raw(wire::describe(&self.subject, &payload).as_bytes())?;
            return Ok(Outcome::Done);
        };
        let Some(document) = wire::describe_json(&self.subject, &payload) else {
            bail!("{}: an unknown subject, or not such a message", self.subject);
        };
        output::document(format, &document)?;
        Ok(Outcome::Done)
    }
}
