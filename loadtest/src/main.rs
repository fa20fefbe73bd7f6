//! `tributary-loadtest`.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser as _;
use loadtest::args::{Action, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let command = match Command::try_parse() {
        Ok(command) => command,
        Err(error) => {
            error.print()?;
            return Ok(ExitCode::from(if error.use_stderr() { 64 } else { 0 }));
        }
    };
    // Thousands of agents say the same at once: only what is wrong.
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "error".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    match command.action {
        Action::Run(run) => loadtest::run::run(run).await?,
        Action::Host(host) => loadtest::host::run(host).await?,
        Action::Raw(raw) => loadtest::raw::run(raw).await?,
    }
    Ok(ExitCode::SUCCESS)
}
