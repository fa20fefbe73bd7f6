//! The life of a process: parse, set up, run the body, end.

use std::fmt;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::admin::{self, Lack, Readiness};
use crate::args::Args;
use crate::config;
use crate::error::{Error, exit_code};
use crate::registry::Registry;
use crate::shutdown::Signals;
use crate::telemetry::Telemetry;

/// What the frame hands to the body of a process.
pub struct Frame {
    /// Becomes true at the first SIGTERM or SIGINT; the body then ends within the grace period.
    pub shutdown: watch::Receiver<bool>,
    /// Tells `/readyz` whether the process does its work now. Not ready until it is called.
    pub ready: Arc<dyn Fn(bool) + Send + Sync>,
    /// Tells `/readyz` what is waited for.
    pub lack: Lack,
    /// The process's metrics.
    pub registry: Registry,
    /// Where the admin endpoints listen.
    pub admin: SocketAddr,
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame").field("admin", &self.admin).finish_non_exhaustive()
    }
}

/// All of `fn main()`: parses `A`, then [`run`]s `body`.
pub fn main<A, F, Fut>(service: &'static str, body: F) -> ExitCode
where
    A: clap::Parser + AsRef<Args>,
    F: FnOnce(A, Frame) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    match config::parse::<A>() {
        Ok(args) => {
            let frame = args.as_ref().clone();
            run(service, &frame, |frame| body(args, frame))
        }
        Err(code) => code,
    }
}

/// Runs `body` in the frame until it ends. `service` is the process's name in telemetry.
///
/// Ends with 0 when the body does without an error, 64 when configuration is to blame ([`Error::Configuration`]
/// from the body included), 1 for any other error and when the body had to be cut off.
pub fn run<F, Fut>(service: &'static str, args: &Args, body: F) -> ExitCode
where
    F: FnOnce(Frame) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return before_logging(&Error::Process(error).into()),
    };
    // Exporters bind to the runtime that is current when they are built.
    let telemetry = match runtime.block_on(async { Telemetry::start(service, args) }) {
        Ok(telemetry) => telemetry,
        Err(error) => return before_logging(&error.into()),
    };
    let code = match runtime.block_on(framed(service, args, &telemetry, body)) {
        Ok(code) => code,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "ended with an error");
            exit_code(&error)
        }
    };
    telemetry.flush();
    // A blocked task must not keep a process alive that has ended.
    runtime.shutdown_background();
    code
}

async fn framed<F, Fut>(
    service: &'static str,
    args: &Args,
    telemetry: &Telemetry,
    body: F,
) -> anyhow::Result<ExitCode>
where
    F: FnOnce(Frame) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let signals = Signals::listen()?;
    let (stop, shutdown) = watch::channel(false);
    let said = Arc::new(AtomicBool::new(false));
    let registry = telemetry.registry();
    let lack = Lack::default();
    let readiness = Readiness { said: said.clone(), lack: lack.clone(), shutdown: shutdown.clone() };
    let admin = admin::serve(args.admin_listen, readiness, registry.clone()).await?;
    tracing::info!(service, admin = %admin, version = env!("CARGO_PKG_VERSION"), "started");
    let ready = Arc::new(move |is: bool| said.store(is, Ordering::Relaxed));
    tokio::select! {
        ended = body(Frame { shutdown, ready, lack, registry, admin }) => ended.map(|()| {
            tracing::info!("ended");
            ExitCode::SUCCESS
        }),
        reason = signals.conduct(stop, args.grace_period) => {
            tracing::warn!(reason, "ended before the work was handed over");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// There is no subscriber yet that could log it.
#[expect(clippy::print_stderr, reason = "logging is not set up yet")]
fn before_logging(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    exit_code(error)
}
