//! The messages of one change by a bare NATS client, without any of our code: what the server and the client can do.
//!
//! ```text
//!   writer --batches of 1,000 under a fence--> [ raw-desired ] --republished--> sites, each with its subscriptions
//!                                                    '--> reader                  |  direct gets, as many as a change needs
//!   reader <-- the end, with the last row <-- [ raw-status ] <--compare-and-set---'
//! ```
//!
//! The streams are configured as the real ones, beside them on the same server. All is played twice: the first round
//! makes the rows that the second one, which is timed, replaces. It is a process of its own, as a host of agents is, so
//! that neither shares a runtime with what is compared.

mod args;
mod client;
mod filler;
mod marks;
mod outcome;
mod reader;
mod round;
mod sites;
mod sizes;
mod streams;
mod writer;

use std::io::Write as _;

pub use args::Args;
pub use outcome::Outcome;
pub use sizes::Sizes;

use round::Round;
use streams::Streams;

/// Before the outcome on the one line that has it.
pub const OUTCOME: &str = "outcome ";

/// Plays both rounds and prints the outcome of the second one.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let mut streams = Streams::connect(&args.nats_url).await?;
    let outcome = play(&args, &mut streams).await;
    streams.delete().await?;
    let line = serde_json::to_string(&outcome?)?;
    writeln!(std::io::stdout(), "{OUTCOME}{line}")?;
    Ok(())
}

async fn play(args: &Args, streams: &mut Streams) -> anyhow::Result<Outcome> {
    streams.copy(args).await?;
    let mut round = Round::prepare(args).await?;
    round.play().await?;
    round.timed(args.server_process).await
}
