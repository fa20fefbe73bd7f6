//! Logs to standard error; traces and metrics over OTLP when the standard `OTEL_*` variables ask for it.
//!
//! There is no flag for it: a collector's operator sets `OTEL_EXPORTER_OTLP_ENDPOINT` (and friends), which every
//! other program understands too. Without it nothing is exported and no span is recorded.

mod bridge;

use std::io::{IsTerminal as _, stderr};
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::global;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer};

use crate::args::{Args, LogFormat};
use crate::error::Error;
use crate::registry::Registry;
use crate::telemetry::bridge::Bridge;

/// How long the last spans may take to leave: a collector that is gone must not hold up the end of a process.
const FLUSH: Duration = Duration::from_secs(3);

/// The process's telemetry. Owned by the frame; flushed once, at the end.
#[derive(Debug)]
pub(crate) struct Telemetry {
    traces: Option<SdkTracerProvider>,
    metrics: Option<(SdkMeterProvider, Arc<Bridge>)>,
    registry: Registry,
}

impl Telemetry {
    /// Sets the global subscriber. Needs a current runtime.
    pub(crate) fn start(service: &'static str, args: &Args) -> Result<Telemetry, Error> {
        global::set_text_map_propagator(TraceContextPropagator::new());
        let registry = Registry::default();
        let traces = wanted("TRACES").then(|| traces(service)).transpose()?;
        let metrics = wanted("METRICS").then(|| metrics(service, &registry)).transpose()?;
        let spans = traces.as_ref().map(|t| tracing_opentelemetry::layer().with_tracer(t.tracer(service)));
        let log = tracing_subscriber::fmt::layer().with_writer(stderr).with_ansi(stderr().is_terminal());
        let log = match args.log_format {
            LogFormat::Text => log.boxed(),
            LogFormat::Json => log.json().flatten_event(true).boxed(),
        };
        let filter = EnvFilter::try_new(&args.log_level).map_err(|e| Error::Configuration(e.to_string()))?;
        tracing_subscriber::registry()
            .with(filter)
            .with(log)
            .with(spans)
            .try_init()
            .map_err(|e| Error::Telemetry(e.into()))?;
        Ok(Telemetry { traces, metrics, registry })
    }

    pub(crate) fn registry(&self) -> Registry {
        self.registry.clone()
    }

    /// Sends what is still held, and gives up after [`FLUSH`] each.
    pub(crate) fn flush(&self) {
        let traces = self.traces.as_ref().map(|t| t.shutdown_with_timeout(FLUSH));
        let metrics = self.metrics.as_ref().map(|(provider, bridge)| {
            bridge.look();
            provider.shutdown_with_timeout(FLUSH)
        });
        for error in [traces, metrics].into_iter().flatten().filter_map(Result::err) {
            tracing::warn!(%error, "the last telemetry was not sent");
        }
    }
}

/// Whether the standard variables name an endpoint for a signal (`TRACES`, `METRICS`) and do not switch it off.
fn wanted(signal: &str) -> bool {
    let set = |name: &str| std::env::var(name).is_ok_and(|v| !v.is_empty());
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|v| v.eq_ignore_ascii_case(value));
    let named = set("OTEL_EXPORTER_OTLP_ENDPOINT") || set(&format!("OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"));
    named && !is("OTEL_SDK_DISABLED", "true") && !is(&format!("OTEL_{signal}_EXPORTER"), "none")
}

fn traces(service: &'static str) -> Result<SdkTracerProvider, Error> {
    let exporter = opentelemetry_otlp::SpanExporter::builder().with_tonic().build();
    let exporter = exporter.map_err(|e| Error::Telemetry(e.into()))?;
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource(service)).build())
}

fn metrics(service: &'static str, registry: &Registry) -> Result<(SdkMeterProvider, Arc<Bridge>), Error> {
    let exporter = opentelemetry_otlp::MetricExporter::builder().with_tonic().build();
    let exporter = exporter.map_err(|e| Error::Telemetry(e.into()))?;
    let provider =
        SdkMeterProvider::builder().with_periodic_exporter(exporter).with_resource(resource(service)).build();
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
