//! The commands, one module each.

pub mod admin;
pub mod agent;
pub mod apply;
pub mod completion;
pub mod decode;
pub mod delete;
pub mod describe;
pub mod diff;
mod edit;
pub mod events;
pub mod explain;
mod follow;
pub mod get;
pub mod import;
pub mod label;
mod live;
mod located;
mod offline;
mod placements;
pub mod plan;
mod progress;
pub mod render;
pub mod rollout;
mod selection;
pub mod set;
mod sets;
pub mod simulate;
mod state;
pub mod test;
pub mod verify;
pub mod wait;
pub mod watch;

use anyhow::Result;

use crate::args::{Cli, Command};

/// How a command ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// It was a question, and the answer is no: conditions unmet, differences, objects withheld.
    No,
}

/// Runs the command that was typed.
pub async fn run(cli: Cli) -> Result<Outcome> {
    let global = &cli.global;
    match cli.command {
        Command::Apply(command) => command.run(global).await,
        Command::Diff(command) => command.run(global).await,
        Command::Get(command) => command.run(global).await,
        Command::Describe(command) => command.run(global).await,
        Command::Delete(command) => command.run(global).await,
        Command::Explain(command) => command.run(global).await,
        Command::Render(command) => command.run(global).await,
        Command::Rollout(command) => command.run(global).await,
        Command::Wait(command) => command.run(global).await,
        Command::Watch(command) => command.run(global).await,
        Command::Events(command) => command.run(global).await,
        Command::Import(command) => command.run(global).await,
        Command::Set(command) => command.run(global).await,
        Command::Label(command) => command.run(global).await,
        Command::Plan(command) => command.run(global).await,
        Command::Simulate(command) => command.run(global),
        Command::Test(command) => command.run(global),
        Command::Verify(command) => command.run(global).await,
        Command::Admin(command) => command.run(global).await,
        Command::Agent(command) => command.run(global).await,
        Command::Decode(command) => command.run(global),
        Command::Completion(command) => command.run(),
    }
}
