//! What can be typed.

use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use model::LabelSelector;

use crate::command;

const EXAMPLES: &str = "\
Examples:
  tributary apply -f examples                        declare everything below a folder
  tributary wait placement/shop --for healthy        until every location runs it
  tributary get placements                           how each placement fares
  tributary explain placement shop --location s1     why s1 is chosen, or why not
  tributary render -f examples --placement shop --location store-4
                                                     what a location would get; needs no server

Exit codes: 0 done; 1 the request failed, or the answer is no; 2 wrong usage.";

/// Of the flags that every command has, so that its own stand out.
const HEADING: &str = "Options of every command";

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
    #[arg(short, long, global = true, value_enum, help_heading = HEADING)]
    pub output: Option<Output>,
    /// The space (tenant) to work in.
    #[arg(long, global = true, default_value = model::DEFAULT_SPACE, value_parser = dns_label, help_heading = HEADING)]
    pub space: String,
    /// Where the gateway listens.
    #[arg(
        long,
        global = true,
        env = "TRIBUTARY_ADDRESS",
        default_value = "http://127.0.0.1:7800",
        value_name = "URL",
        help_heading = HEADING
    )]
    pub address: String,
    /// How long any one call to the gateway may take.
    #[arg(
        long,
        global = true,
        value_name = "DURATION",
        default_value = "30s",
        value_parser = humantime::parse_duration,
        help_heading = HEADING
    )]
    pub request_timeout: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Columns for people, as wide as the terminal.
    Table,
    /// All columns, uncut.
    Wide,
    Json,
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

/// Labels that select, for commands that know several of a kind.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Labels {
    /// Only those with these labels: app=x,tier in (a,b),!c
    #[arg(
        short = 'l',
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "LABELS",
        value_parser = selector
    )]
    pub selector: String,
}

/// A label selector, kept as it was written.
fn selector(text: &str) -> Result<String, String> {
    LabelSelector::from_text(text).map(|_| text.to_owned()).map_err(|violation| violation.to_string())
}

/// The name of a space, or of a set.
pub fn dns_label(text: &str) -> Result<String, String> {
    let is_name = model::name::is_dns_label(text);
    is_name.then(|| text.to_owned()).ok_or_else(|| "a name has lower-case letters, digits and `-`".to_owned())
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
    Rollout(command::rollout::RolloutCommand),
    Wait(command::wait::Wait),
    Watch(command::watch::Watch),
    Events(command::events::Events),
    Import(command::import::Import),
    Set(command::set::Set),
    Label(command::label::Label),
    Plan(command::plan::Plan),
    Simulate(command::simulate::Simulate),
    Test(command::test::Test),
    Verify(command::verify::Verify),
    Admin(command::admin::Admin),
    Agent(command::agent::Agent),
    Decode(command::decode::Decode),
    Completion(command::completion::Completion),
}
