//! Logs to standard error; traces and metrics over OTLP when the standard `OTEL_*` variables ask for it.
//!
//! There is no flag for it: a collector's operator sets `OTEL_EXPORTER_OTLP_ENDPOINT` (and friends), which every
//! other program understands too. Without it nothing is exported and no span is recorded.
//!
//! ```text
//!   trace::Span --queue (bounded, never waited for)--> a thread of the SDK --Watched--> OTLP, gRPC or HTTP
//!   Registry ----Bridge-------------------------------> another ------------Watched-->
//! ```

mod bridge;
mod export;
mod settings;
mod watched;

use std::io::{IsTerminal as _, stderr};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use opentelemetry::global;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::EnvFilter;

use crate::args::{Args, LogFormat};
use crate::error::Error;
use crate::registry::Registry;
use bridge::Bridge;
use settings::{Export, Settings};
use watched::{Losses, Signal, Watched};

/// How long the last spans may take to leave: a collector that is gone must not hold up the end of a process.
const FLUSH: Duration = Duration::from_secs(2);
/// The same for a command, whose user waits.
const FLUSH_COMMAND: Duration = Duration::from_millis(500);

/// What the process exports. Owned by the frame; flushed once, at the end.
#[derive(Debug, Default)]
pub(crate) struct Telemetry {
    traces: Option<SdkTracerProvider>,
    metrics: Option<(SdkMeterProvider, Arc<Bridge>)>,
    registry: Registry,
}

impl Telemetry {
    /// Sets the global subscriber of logs, and the global provider of spans. Needs a current runtime.
    pub(crate) fn start(service: &'static str, args: &Args) -> Result<Telemetry, Error> {
        log(args)?;
        let settings = Settings::read(|name| std::env::var(name).ok());
        settings.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
        let registry = Registry::default();
        if settings.traces.is_none() && settings.metrics.is_none() {
            return Ok(Telemetry { registry, ..Telemetry::default() });
        }
        let losses = Losses::registered(&registry);
        let traces = settings.traces.map(|export| traces(service, export, &losses)).transpose()?;
        let metrics = settings.metrics.map(|export| metrics(service, export, &losses, &registry));
        Ok(Telemetry { traces, metrics: metrics.transpose()?, registry })
    }

    pub(crate) fn registry(&self) -> Registry {
        self.registry.clone()
    }

    /// Sends what is still held, both signals at once, and gives up after [`FLUSH`].
    pub(crate) fn flush(self) {
        let Telemetry { traces, metrics, .. } = self;
        let traces = traces.map(|traces| ending(move || traces.shutdown_with_timeout(FLUSH)));
        let metrics = metrics.map(|(provider, bridge)| {
            ending(move || {
                bridge.look();
                provider.shutdown_with_timeout(FLUSH)
            })
        });
        let deadline = Instant::now() + FLUSH;
        for ended in [traces, metrics].into_iter().flatten() {
            let ended = ended.recv_timeout(deadline.saturating_duration_since(Instant::now()));
            if !matches!(ended, Ok(Ok(()))) {
                tracing::warn!("the last telemetry was not sent");
            }
        }
    }
}

/// Ends something in a thread that nobody waits for: what the SDK promises to end in time, it may still drop slowly.
fn ending(end: impl FnOnce() -> OTelSdkResult + Send + 'static) -> mpsc::Receiver<OTelSdkResult> {
    let (ended, result) = mpsc::sync_channel(1);
    std::thread::spawn(move || ended.send(end()));
    result
}

/// The traces of a command: it has no metrics, and no log but what it prints itself.
#[derive(Debug)]
pub struct Recording(Option<SdkTracerProvider>);

impl Recording {
    /// Starts to record if the standard variables ask for it. `Err`: what is wrong with them, and nothing is recorded;
    /// `warn` gets what is ignored. Needs a current runtime.
    pub fn start(command: &'static str, warn: impl FnMut(&str)) -> Result<Recording, Error> {
        let settings = Settings::read(|name| std::env::var(name).ok());
        settings.warnings.iter().map(String::as_str).for_each(warn);
        let traces = settings.traces.map(|export| traces(command, export, &Losses::default()));
        Ok(Recording(traces.transpose()?))
    }

    /// Sends what was recorded, or gives up soon.
    pub async fn end(self) {
        let Recording(Some(traces)) = self else { return };
        let ended = ending(move || traces.shutdown_with_timeout(FLUSH_COMMAND));
        // A collector that is not there is no news for whoever typed a command.
        tokio::task::spawn_blocking(move || ended.recv_timeout(FLUSH_COMMAND).is_ok()).await.ok();
    }
}

fn log(args: &Args) -> Result<(), Error> {
    let filter = EnvFilter::try_new(&args.log_level).map_err(|e| Error::Configuration(e.to_string()))?;
    let log = tracing_subscriber::fmt().with_writer(stderr).with_ansi(stderr().is_terminal());
    let log = log.with_env_filter(filter);
    match args.log_format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    }
    .map_err(Error::Telemetry)
}

fn traces(service: &'static str, export: Export, losses: &Losses) -> Result<SdkTracerProvider, Error> {
    let exporter = Watched::new(export::spans(export).map_err(Error::Telemetry)?, Signal::traces, losses);
    let builder = SdkTracerProvider::builder().with_batch_exporter(exporter);
    let provider = builder.with_resource(resource(service)).build();
    global::set_tracer_provider(provider.clone());
    Ok(provider)
}

fn metrics(
    service: &'static str,
    export: Export,
    losses: &Losses,
    registry: &Registry,
) -> Result<(SdkMeterProvider, Arc<Bridge>), Error> {
    let exporter = Watched::new(export::metrics(export).map_err(Error::Telemetry)?, Signal::metrics, losses);
    let builder = SdkMeterProvider::builder().with_periodic_exporter(exporter);
    let provider = builder.with_resource(resource(service)).build();
    let bridge = Bridge::start(&provider, registry.clone());
    Ok((provider, bridge))
}

/// `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` win over the process's own name.
fn resource(service: &'static str) -> Resource {
    let builder = Resource::builder();
    let named = Resource::builder().build();
    let unknown = named
        .get(&opentelemetry::Key::from_static_str("service.name"))
        .is_none_or(|name| name.as_str().starts_with("unknown_service"));
    if unknown { builder.with_service_name(service).build() } else { builder.build() }
}
