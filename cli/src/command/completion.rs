//! `tributary completion`.

use anyhow::Result;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Outcome;
use crate::{args::Cli, output};

const EXAMPLES: &str = "\
Examples:
  source <(tributary completion bash)
  tributary completion zsh > \"${fpath[1]}/_tributary\"
  tributary completion fish > ~/.config/fish/completions/tributary.fish";

/// Prints a script that makes the shell complete commands and flags.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Completion {
    shell: Shell,
}

impl Completion {
    pub fn run(self) -> Result<Outcome> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "tributary", &mut script);
        output::raw(&script)?;
        Ok(Outcome::Done)
    }
}
