//! What can be typed.

use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::command;

const EXAMPLES: &str = "\
Examples:
  tributary apply -f examples                        declare everything below a folder
  tributary wait placement/shop --for healthy        until every location runs it
  tributary get placements                           how each placement fares
  tributary explain placement shop --location s1     why s1 is chosen, or why not
  tributary render -f examples --placement shop --location store-4
                                                     what a location would get; needs no server

Exit codes: 0 success; 1 failure, or the answer is no; 2 wrong usage.";

/// Declares what runs where on fleets of edge clusters and devices, and shows how it fares there.
#[derive(Debug, Parser)]
#[command(name = "tributary", version, after_help = EXAMPLES)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// How to print; each command has a default that suits it.
    #[arg(short, long, global = true, value_enum)]
    pub output: Option<Output>,
    /// The space (tenant) to work in.
    #[arg(long, global = true, default_value = model::DEFAULT_SPACE)]
    pub space: String,
    /// Where the gateway listens.
    #[arg(long, global = true, env = "TRIBUTARY_ADDRESS", default_value = "http://127.0.0.1:7800")]
    pub address: String,
    /// How long any one call to the gateway may take.
    #[arg(long, global = true, value_name = "DURATION", default_value = "30s", value_parser = humantime::parse_duration)]
    pub request_timeout: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Columns for people.
    Table,
    /// More columns.
    Wide,
    Json,
    /// What can be applied again.
    Yaml,
}

impl Global {
    /// Whether tables have all their columns.
    pub fn is_wide(&self) -> bool {
        self.output == Some(Output::Wide)
    }

    /// JSON or YAML; `None`: for people.
    pub fn document_format(&self) -> Option<Output> {
        self.output.filter(|output| matches!(output, Output::Json | Output::Yaml))
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Apply(command::apply::Apply),
    Diff(command::diff::Diff),
    Get(command::get::Get),
    Describe(command::describe::Describe),
    Delete(command::delete::Delete),
    Explain(command::explain::Explain),
    Render(command::render::Render),
    Wait(command::wait::Wait),
    Watch(command::watch::Watch),
    Events(command::events::Events),
    Import(command::import::Import),
    Verify(command::verify::Verify),
    Admin(command::admin::Admin),
    Decode(command::decode::Decode),
    Completion(command::completion::Completion),
}
