//! The command line of Tributary: what users type, and what they read.
//!
//! ```text
//!   args --> command::*  --> client (gRPC, every call with a timeout) --> gateway
//!                 |  \--> input (files, through model::parse)
//!                 |  \--> offline: the functions of placement and translation, without a server
//!                 '-----> output (all of stdout: tables, YAML, JSON)
//! ```
//!
//! It decides nothing that the server decides too: offline commands call the same domain functions. It does not know
//! how tables are stored; `verify` and `admin` alone talk to the bus.

mod args;
mod busy;
mod client;
mod command;
mod input;
mod kinds;
mod moment;
mod output;
mod picture;
mod table;
mod terminal;
mod trace;
mod unified;
mod usage;

use std::{error::Error as _, io, process::ExitCode};

use clap::Parser as _;

use args::Cli;
use command::Outcome;

/// As clap has it for what it refuses itself.
const WRONG_USAGE: u8 = 2;

/// Parses the arguments and runs the command: 0 for success, 1 for a failure or a "no", 2 for wrong usage.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(trace::run(cli)));
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::No) => ExitCode::FAILURE,
        // Whoever reads has seen enough: `tributary get … | head` is no failure.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            if usage::is_usage(&error) { ExitCode::from(WRONG_USAGE) } else { ExitCode::FAILURE }
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let mut source = error.downcast_ref::<io::Error>();
    while let Some(error) = source {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return true;
        }
        source = error.source().and_then(|inner| inner.downcast_ref());
    }
    false
}
