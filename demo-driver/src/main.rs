//! What `./demo` runs: a fleet on one machine, taken through a change, a breakage, an absence and a takeover.
//!
//! ```text
//!   main ── Fleet (processes) ── Eyes (follows the tables) ── Tributary (runs the CLI, as a user would)
//!       └── Clusters (Kubernetes) ── Kubectl (as a user would)
//!              └──────── story: acts in order, each shown, measured, and checked on disk and in the clusters ──> Figures
//! ```
//!
//! It decides nothing about workloads: all that happens is done through the command line, by processes that are
//! started, stopped and killed here. What it measures it reads from the tables that any user can read.

mod application;
mod args;
mod clusters;
mod disk;
mod eyes;
mod figures;
mod fleet;
mod folder;
mod inventory;
mod kubectl;
mod live;
mod quit;
mod say;
mod story;
mod tributary;

use std::process::ExitCode;

use crate::args::Args;
use crate::figures::Figures;
use crate::quit::Quit;
use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter("warn").init();
    let quit = match Quit::listen() {
        Ok(quit) => quit,
        Err(error) => return conclude(&args, Err(error.into())),
    };
    // Whatever is dropped here ends the processes that it owns.
    tokio::select! {
        told = story::tell(&args, &quit) => conclude(&args, told),
        () = quit.at_once() => if args.once { ExitCode::FAILURE } else { ExitCode::SUCCESS },
    }
}

fn conclude(args: &Args, told: anyhow::Result<Figures>) -> ExitCode {
    if let Err(error) = &told {
        say::failed(error);
    }
    if args.once {
        say::line(&told.as_ref().map_or_else(Figures::failure, Figures::json));
    }
    if told.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
