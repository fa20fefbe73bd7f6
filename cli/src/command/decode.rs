//! `tributary decode`: any message of the bus as text.

use std::io::{self, Read as _};

use anyhow::{Context as _, Result};
use clap::Args;

use super::Outcome;
use crate::output;

const EXAMPLES: &str = "\
Examples:
  nats stream get decision --last-for trib.v1.decision.eu.0.default.shop --raw \\
    | tributary decode --subject trib.v1.decision.eu.0.default.shop";

/// Shows a message of the bus, read from stdin, as text. Needs no server.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Decode {
    /// The message's subject: it says what the bytes are.
    #[arg(long)]
    subject: String,
}

impl Decode {
    pub fn run(self) -> Result<Outcome> {
        let mut payload = Vec::new();
        io::stdin().lock().read_to_end(&mut payload).context("cannot read stdin")?;
        output::raw(wire::describe(&self.subject, &payload).as_bytes())?;
        Ok(Outcome::Done)
    }
}
