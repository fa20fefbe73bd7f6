//! `tributary-agent`: reads its configuration, takes up its state, and runs until it is told to stop.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use anyhow::Context as _;
use bus::link::{Link, Mode};
use edge_agent::args::{ClusterArgs, Command, SinkKind};
use edge_agent::lease::{self, Lease};
use edge_agent::sink::{Cluster, Directory, Kubernetes, Memory, Sink, Watching};
use edge_agent::state::{self, Blobs, State};
use edge_agent::{Periods, Signals, Site};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// `EX_USAGE`: the configuration is wrong, and trying again does not help.
const USAGE: u8 = 64;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let command = match Command::read(std::env::args_os()) {
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
    let stop = on_signal()?;
    match &command.sink {
        SinkKind::Directory(path) => {
            let sink = Directory::open(path, &command.location, Watching::Events)?;
            serve(sink, folder(&command)?, &command, stop).await
        }
        SinkKind::Memory => serve(Memory::default(), folder(&command)?, &command, stop).await,
        SinkKind::Kubernetes => in_turn(&command, stop).await,
    }
}

/// State in a folder.
fn folder(command: &Command) -> anyhow::Result<(State, Blobs)> {
    let folder = command.state_dir.as_deref().context("--state-dir is missing")?;
    Ok(State::open(folder)?)
}

async fn serve(
    sink: impl Sink,
    state: (State, Blobs),
    command: &Command,
    shutdown: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let site = Site::open(state, sink, &command.region).await?;
    let name = format!("agent {}", command.location);
    let link = Link::connect(bus::Options { url: command.nats_url.clone(), name }, Mode::Exact).await?;
    let attachment = link.attach(site.region(), &command.location);
    tracing::info!(location = command.location, region = site.region(), sink = %command.sink, "agent runs");
    let signals = Signals { shutdown, attached: None, rests: None };
    edge_agent::run(site, attachment, Periods::from(&command.periods), signals).await;
    tracing::info!("agent has stopped");
    Ok(())
}

/// Acts for the location whenever it is this agent's turn.
async fn in_turn(command: &Command, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let ClusterArgs { namespace, lease_duration, holder, .. } = &command.cluster;
    let holder = holder.clone().unwrap_or_else(lease::own_name);
    // A configuration that cannot be read from the start ends it.
    let mut lease = Lease::new(&connect(command).await?, namespace, &holder, *lease_duration);
    let mut first = true;
    while !*stop.borrow() {
        tracing::info!(holder, namespace, "waiting for the lease");
        let ended = turn(&mut lease, command, &mut stop).await;
        if let Err(error) = ended {
            if !is_passing(&error, first) {
                return Err(error);
            }
            tracing::warn!(error = format!("{error:#}"), "this agent cannot act for the location now");
            tokio::select! {
                () = lease.pause() => {}
                () = edge_agent::stopped(&mut stop) => {}
            }
        }
        first = false;
    }
    Ok(())
}

/// By what the configuration says now: tokens and certificates are replaced, clusters rebuilt.
async fn connect(command: &Command) -> Result<Cluster, edge_agent::Error> {
    Cluster::connect(command.cluster.kubeconfig.as_deref(), &command.location).await
}

/// Waits until it is this agent's turn, and acts until it is over.
async fn turn(lease: &mut Lease, command: &Command, stop: &mut watch::Receiver<bool>) -> anyhow::Result<()> {
    let cluster = connect(command).await?;
    let namespace = &command.cluster.namespace;
    lease.reach(&cluster, namespace);
    let acquired = async {
        state::ensure_namespace(&cluster, namespace).await?;
        lease.acquire().await
    };
    let mut held = tokio::select! {
        held = acquired => held?,
        () = edge_agent::stopped(stop) => return Ok(()),
    };
    tracing::info!("this agent acts for the location");
    tokio::select! {
        biased;
        // At once: another agent may act from now on.
        () = held.lost() => {
            tracing::warn!("lease is lost: another agent may act for the location");
            Ok(())
        }
        served = act(&cluster, command, stop.clone()) => {
            held.release().await;
            served
        }
    }
}

async fn act(cluster: &Cluster, command: &Command, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let cache = command.state_dir.as_deref();
    let (state, blobs) = State::in_cluster(cluster, &command.cluster.namespace, cache).await?;
    let succeeded = state.succeeded();
    tokio::select! {
        served = serve(Kubernetes::new(cluster.clone()), (state, blobs), command, stop) => served,
        () = succeeded => Err(edge_agent::Error::Succeeded.into()),
    }
}

/// Whether an agent that cannot act may be able to later: what a cluster answers changes, and so do the files that tell how to
/// reach it. One that lacks rights from the start ends, so that somebody sees it.
fn is_passing(error: &anyhow::Error, first: bool) -> bool {
    let error = error.downcast_ref::<edge_agent::Error>();
    error.is_some_and(|error| error.is_of_cluster() && !(first && error.is_forbidden()))
}

/// Turns true on SIGTERM and SIGINT.
fn on_signal() -> std::io::Result<watch::Receiver<bool>> {
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
