//! The gateway put together: connection, loop, server.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use bus::flow::{self, Config, Hooks, Stats};
use bus::{Bus, Options};
use chassis::{Frame, Registry};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tonic::transport::server::TcpIncoming;
use wire::api::tributary_service_server::TributaryServiceServer;

use crate::{
    admission::Admission, args::Args, leaving, metrics::Metrics, service::Service, state::Shared,
    view::Follower, writer::Writer,
};

/// Bytes of one request: a large apply is tens of megabytes of manifests.
const MAX_MESSAGE: usize = 64 << 20;
const SERVICE: &str = "gateway";

/// A running gateway.
#[derive(Debug)]
pub struct Gateway {
    /// Where it listens.
    pub address: SocketAddr,
    /// Of following the tables.
    stats: Arc<Stats>,
    server: JoinHandle<Result<(), tonic::transport::Error>>,
    follower: JoinHandle<Result<(), bus::Error>>,
}

/// Runs in the frame until it is told to end.
pub async fn run(args: Args, frame: Frame) -> anyhow::Result<()> {
    let gateway = start(&args, frame.shutdown, frame.ready, &frame.registry).await?;
    tracing::info!(listen = %gateway.address, "serving");
    ::service::tell_lacks(&frame.lack, &gateway.stats);
    gateway.ended().await
}

/// Connects, starts to follow and to serve. Calls are refused until the tables are read.
pub async fn start(
    args: &Args,
    shutdown: watch::Receiver<bool>,
    ready: Arc<dyn Fn(bool) + Send + Sync>,
    registry: &Registry,
) -> anyhow::Result<Gateway> {
    let bus =
        Bus::connect(Options { url: args.nats_url.clone(), name: "tributary-gateway".to_owned() }).await?;
    bus.check().await?;
    let shared = Shared::new();
    let stats = Arc::new(Stats::default());
    let metrics = Metrics::registered(registry, &stats);
    let view = Follower { shared: shared.clone(), metrics: metrics.clone() };
    let hooks = Hooks { shutdown: shutdown.clone(), ready: caught_up(&shared, ready), stats: stats.clone() };
    let config = Config::new(SERVICE, ::service::holder(SERVICE));
    let follower = tokio::spawn(flow::run(bus.clone(), view, config, hooks));
    let listener = tokio::net::TcpListener::bind(args.listen).await;
    let listener = listener.with_context(|| format!("cannot listen on {}", args.listen))?;
    let address = listener.local_addr()?;
    let writer = Writer::new(&bus, &stats);
    let admission = Admission::registered(registry);
    let service = Service { bus, shared, writer, metrics, shutdown: shutdown.clone() };
    // Ends with the shutdown; until then it only tries again.
    tokio::spawn(leaving::run(service.clone()));
    let server = tokio::spawn(serve(service, admission, listener, shutdown)?);
    Ok(Gateway { address, stats, server, follower })
}

impl Gateway {
    /// Waits for its end; an error if that was not asked for.
    pub async fn ended(self) -> anyhow::Result<()> {
        let Self { mut server, mut follower, .. } = self;
        tokio::select! {
            ended = &mut server => ended.context("the server ended")??,
            ended = &mut follower => {
                ended.context("following the tables ended")??;
                server.await.context("the server ended")??;
            }
        }
        Ok(())
    }
}

/// Opens the state to calls the first time, and tells the frame each time.
fn caught_up(shared: &Shared, ready: Arc<dyn Fn(bool) + Send + Sync>) -> Arc<dyn Fn(bool) + Send + Sync> {
    let shared = shared.clone();
    Arc::new(move |is| {
        if is {
            shared.caught_up();
        }
        ready(is);
    })
}

fn serve(
    service: Service,
    admission: Admission,
    listener: tokio::net::TcpListener,
    mut shutdown: watch::Receiver<bool>,
) -> anyhow::Result<impl Future<Output = Result<(), tonic::transport::Error>>> {
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(wire::FILE_DESCRIPTOR_SET)
        .build_v1()
        .context("the descriptors that are built in are not valid")?;
    let service = TributaryServiceServer::new(service)
        .max_decoding_message_size(MAX_MESSAGE)
        // Its size follows from that of the request: a change that is stored must not fail because of its answer.
        .max_encoding_message_size(usize::MAX);
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let router =
        tonic::transport::Server::builder().add_service(reflection).add_service(admission.guard(service));
    Ok(router.serve_with_incoming_shutdown(incoming, async move {
        // A sender that is gone is an end too.
        shutdown.wait_for(|stop| *stop).await.ok();
    }))
}
