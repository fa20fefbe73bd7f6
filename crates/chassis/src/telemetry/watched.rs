//! Exporters that say when a collector stops taking what they send, and when it takes it again: once each, and with a count
//! of what is lost. The work itself never waits for a collector.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use crate::registry::Registry;

/// What could not be sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Losses(Family<Labels, Counter>);

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    signal: Signal,
}

#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelValue)]
#[expect(non_camel_case_types, reason = "label values are written as they are named")]
pub(super) enum Signal {
    traces,
    metrics,
}

impl Losses {
    pub fn registered(registry: &Registry) -> Losses {
        let losses = Losses::default();
        let help = "Exports that no OpenTelemetry collector has taken";
        registry.register(|r| r.register("tributary_telemetry_failed_exports", help, losses.0.clone()));
        losses
    }
}

/// An exporter and what has become of its last export.
#[derive(Debug)]
pub(super) struct Watched<E> {
    exporter: E,
    signal: Signal,
    failing: AtomicBool,
    failed: Counter,
}

impl<E> Watched<E> {
    pub fn new(exporter: E, signal: Signal, losses: &Losses) -> Self {
        let failed = losses.0.get_or_create(&Labels { signal }).clone();
        Self { exporter, signal, failing: AtomicBool::new(false), failed }
    }

    fn note(&self, result: OTelSdkResult) -> OTelSdkResult {
        self.failed.inc_by(u64::from(result.is_err()));
        let signal = self.signal;
        let was_failing = self.failing.swap(result.is_err(), Ordering::Relaxed);
        match &result {
            Err(error) if !was_failing => {
                tracing::warn!(?signal, %error, "the OpenTelemetry collector takes nothing; going on without it");
            }
            Ok(()) if was_failing => tracing::info!(?signal, "the OpenTelemetry collector takes it again"),
            _ => {}
        }
        result
    }
}

impl<E: SpanExporter> SpanExporter for Watched<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.note(self.exporter.export(batch).await)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl<E: PushMetricExporter> PushMetricExporter for Watched<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.note(self.exporter.export(metrics).await)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}
