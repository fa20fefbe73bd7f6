//! Many agents in one process.

mod control;

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::bail;
use bus::link::{Link, Mode};
use edge_agent::args::SinkKind;
use edge_agent::sink::{Directory, Memory, Sink, Watching};
use edge_agent::state::{Blobs, Shelf, State};
use edge_agent::{Periods, Rests, Signals, Site};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::JoinSet;

use self::control::Controlled;
use crate::Member;
use crate::args::Host;

/// Between two words on how far it is.
const PROGRESS: Duration = Duration::from_secs(5);

/// Runs the agents until SIGTERM or SIGINT.
pub async fn run(host: Host) -> anyhow::Result<()> {
    let members = host.source().members(&host.regions)?;
    let links = connect(&host).await?;
    let (stop, shutdown) = watch::channel(false);
    let (mut agents, mut attached, mut switches) = (JoinSet::new(), JoinSet::new(), Vec::new());
    let shelf = host.shared_blob_cache.then(Shelf::default);
    let awake = Arc::new(Semaphore::new(host.awake as usize));
    let rests = host.rest_after.map(|after| Rests { after, awake });
    let boot = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    for (number, member) in members.iter().enumerate() {
        let (sender, receiver) = oneshot::channel();
        let signals = Signals { shutdown: shutdown.clone(), attached: Some(sender), rests: rests.clone() };
        let state = state(host.state_dir.as_deref(), member, boot, shelf.as_ref())?;
        let link = &links[host.link(number, member)];
        let periods = Periods::from(&host.periods);
        match &host.sink {
            SinkKind::Kubernetes => bail!("--sink kubernetes: an agent of a cluster is a process of its own"),
            SinkKind::Memory => {
                let sink = Memory::default();
                switches.push(sink.switch());
                start(&mut agents, sink, state, member, link, (periods, signals)).await?
            }
            SinkKind::Directory(path) => {
                let sink = Directory::open(&path.join(&member.location), &member.location, Watching::Looks)?;
                start(&mut agents, sink, state, member, link, (periods, signals)).await?;
            }
        }
        attached.spawn(receiver);
    }
    if let Some(address) = host.control {
        control::serve(address, Controlled { links, switches }).await?;
    }
    let mut stopped = std::pin::pin!(stopped());
    tokio::select! {
        ready = ready(attached, members.len()) => {
            ready?;
            stopped.await?;
        }
        stopped = &mut stopped => stopped?,
    }
    stop.send_replace(true);
    while agents.join_next().await.is_some() {}
    Ok(())
}

async fn connect(host: &Host) -> anyhow::Result<Vec<Link>> {
    let mode = if host.shares_subscriptions() { Mode::Hosting } else { Mode::Exact };
    let mut links = Vec::new();
    for number in 0..host.connections {
        let options = bus::Options { url: host.nats_url.clone(), name: format!("host {number}") };
        links.push(Link::connect(options, mode).await?);
    }
    Ok(links)
}

/// A state that forgets counts its starts by the clock: any later life is ahead of any earlier one.
fn state(
    folder: Option<&Path>,
    member: &Member,
    boot: u64,
    shelf: Option<&Shelf>,
) -> anyhow::Result<(State, Blobs)> {
    Ok(match folder {
        Some(folder) => State::open(&folder.join(&member.location))?,
        None => (State::Nowhere { boot }, shelf.cloned().map(Blobs::shared).unwrap_or_default()),
    })
}

async fn start<S: Sink>(
    agents: &mut JoinSet<()>,
    sink: S,
    state: (State, Blobs),
    member: &Member,
    link: &Link,
    (periods, signals): (Periods, Signals),
) -> anyhow::Result<()> {
    let site = Site::open(state, sink, &member.region).await?;
    let attachment = link.attach(site.region(), &member.location);
    agents.spawn(edge_agent::run(site, attachment, periods, signals));
    Ok(())
}

/// Says how far it is, and `ready N` when all are attached.
async fn ready(
    mut attached: JoinSet<Result<(), oneshot::error::RecvError>>,
    all: usize,
) -> anyhow::Result<()> {
    let mut progress = tokio::time::interval(PROGRESS);
    progress.tick().await;
    loop {
        tokio::select! {
            next = attached.join_next() => if next.is_none() {
                return say(&format!("ready {all}"));
            },
            _ = progress.tick() => {
                writeln!(std::io::stderr(), "{} of {all} agents are attached", all - attached.len())?;
            }
        }
    }
}

async fn stopped() -> std::io::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

fn say(line: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{line}")?;
    Ok(std::io::stdout().flush()?)
}
