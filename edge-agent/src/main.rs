//! `tributary-agent`: reads its configuration, takes up its state, and runs until it is told to stop.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use bus::link::{Link, Mode};
use clap::Parser as _;
use edge_agent::args::{Command, SinkKind};
use edge_agent::sink::{Directory, Memory, Sink, Watching};
use edge_agent::state::State;
use edge_agent::{Periods, Signals, Site};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// `EX_USAGE`: the configuration is wrong, and trying again does not help.
const USAGE: u8 = 64;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let command = match Command::try_parse() {
        Ok(command) => command,
        Err(error) => {
            // Nobody is left to tell if this cannot be printed.
            error.print().ok();
            return if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
        }
    };
    if command.print_config {
        return print(&command.print());
    }
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    match run(command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "agent cannot run");
            ExitCode::FAILURE
        }
    }
}

fn print(text: &str) -> ExitCode {
    use std::io::Write as _;
    std::io::stdout().write_all(text.as_bytes()).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
}

async fn run(command: Command) -> anyhow::Result<()> {
    match &command.sink {
        SinkKind::Directory(path) => {
            serve(Directory::open(path, &command.location, Watching::Events)?, &command).await
        }
        SinkKind::Memory => serve(Memory::default(), &command).await,
    }
}

async fn serve(sink: impl Sink, command: &Command) -> anyhow::Result<()> {
    let site = Site::open(State::open(&command.state_dir)?, sink, &command.region).await?;
    let name = format!("agent {}", command.location);
    let link = Link::connect(bus::Options { url: command.nats_url.clone(), name }, Mode::Exact).await?;
    let attachment = link.attach(site.region(), &command.location);
    tracing::info!(location = command.location, region = site.region(), sink = %command.sink, "agent runs");
    let signals = Signals { shutdown: stopped()?, attached: None, rests: None };
    edge_agent::run(site, attachment, Periods::from(&command.periods), signals).await;
    tracing::info!("agent has stopped");
    Ok(())
}

/// Turns true on SIGTERM and SIGINT.
fn stopped() -> std::io::Result<watch::Receiver<bool>> {
    let (sender, receiver) = watch::channel(false);
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        sender.send_replace(true);
    });
    Ok(receiver)
}
