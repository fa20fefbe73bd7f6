//! Carries the process's Prometheus metrics into OTLP, so that each metric is defined once.
//!
//! Counters go out as counters and gauges as gauges; a histogram goes out as its `_bucket`, `_sum` and `_count`
//! series, which is how every Prometheus-shaped store keeps it. Instruments are made when a series first shows
//! up, which is looked for now and then: the SDK has no hook for "about to collect", and making an instrument
//! inside another one's callback is not allowed.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry_sdk::metrics::SdkMeterProvider;

use crate::registry::Registry;

/// Well under the 60 s that usually lie between two exports, so that a new series misses none.
const LOOK: Duration = Duration::from_secs(1);

/// Makes instruments of one meter for the series of a registry.
#[derive(Debug)]
pub(crate) struct Bridge {
    meter: Meter,
    registry: Registry,
    known: Mutex<BTreeSet<String>>,
}

impl Bridge {
    /// Exports what `registry` holds with each collection of `provider`. Needs a current runtime.
    pub(crate) fn start(provider: &SdkMeterProvider, registry: Registry) -> Arc<Bridge> {
        let bridge = Arc::new(Bridge { meter: provider.meter("chassis"), registry, known: Mutex::default() });
        let looking = bridge.clone();
        tokio::spawn(async move {
            let mut look = tokio::time::interval(LOOK);
            loop {
                look.tick().await;
                looking.look();
            }
        });
        bridge
    }

    /// Makes the instruments that are missing.
    pub(crate) fn look(&self) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for sample in samples(&self.registry.encode()) {
            if known.insert(sample.series.clone()) {
                self.instrument(sample);
            }
        }
    }

    fn instrument(&self, sample: Sample) {
        let registry = self.registry.clone();
        let series = sample.series.clone();
        let observe = move |report: &dyn Fn(f64, &[KeyValue])| {
            for sample in samples(&registry.encode()).into_iter().filter(|s| s.series == series) {
                report(sample.value, &sample.labels);
            }
        };
        match sample.kind {
            Kind::Counter => {
                let counter = self.meter.f64_observable_counter(sample.series);
                counter.with_callback(move |o| observe(&|value, labels| o.observe(value, labels))).build();
            }
            Kind::Gauge => {
                let gauge = self.meter.f64_observable_gauge(sample.series);
                gauge.with_callback(move |o| observe(&|value, labels| o.observe(value, labels))).build();
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
}

#[derive(Debug, PartialEq)]
struct Sample {
    series: String,
    kind: Kind,
    labels: Vec<KeyValue>,
    value: f64,
}

/// Reads the OpenMetrics text that the registry writes.
fn samples(text: &str) -> Vec<Sample> {
    let mut kind = Kind::Gauge;
    let mut found = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("# TYPE ").and_then(|rest| rest.rsplit_once(' ')) {
            Some((_, "counter" | "histogram")) => kind = Kind::Counter,
            Some(_) => kind = Kind::Gauge,
            None if line.starts_with('#') => {}
            None => found.extend(sample(line, kind)),
        }
    }
    found
}

/// `series{label="value",...} 1.5`
fn sample(line: &str, kind: Kind) -> Option<Sample> {
    let (name, value) = line.rsplit_once(' ')?;
    let (series, labels) = name.split_once('{').unwrap_or((name, ""));
    let labels = labels.trim_end_matches('}').split("\",").filter_map(|label| {
        let (key, value) = label.split_once("=\"")?;
        Some(KeyValue::new(key.to_owned(), value.trim_end_matches('"').to_owned()))
    });
    Some(Sample { series: series.to_owned(), kind, labels: labels.collect(), value: value.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use opentelemetry_sdk::error::OTelSdkResult;
    use opentelemetry_sdk::metrics::data::ResourceMetrics;
    use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
    use opentelemetry_sdk::metrics::{PeriodicReader, Temporality};
    use prometheus_client::metrics::counter::Counter;
    use prometheus_client::metrics::family::Family;
    use prometheus_client::metrics::gauge::Gauge;

    use super::*;

    /// Keeps what is exported, as text. (The SDK's own in-memory one needs a feature that would compile the SDK
    /// twice: once for tests, once for all else.)
    #[derive(Clone, Default)]
    struct Exported(Arc<Mutex<String>>);

    impl PushMetricExporter for Exported {
        async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
            *self.0.lock().unwrap() += &format!("{metrics:?}");
            Ok(())
        }

        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }

        fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
            Ok(())
        }

        fn temporality(&self) -> Temporality {
            Temporality::Cumulative
        }
    }

    fn filled() -> Registry {
        let registry = Registry::default();
        let rows = Family::<Vec<(String, String)>, Counter>::default();
        rows.get_or_create(&vec![("stream".to_owned(), "desired".to_owned())]).inc_by(5);
        let lag: Gauge = Gauge::default();
        lag.set(-2);
        registry.register(|r| {
            r.register("rows", "Rows folded", rows);
            r.register("lag", "Rows behind", lag);
        });
        registry
    }

    #[test]
    fn samples_keep_kind_labels_and_value() {
        let found = samples(&filled().encode());
        let label = KeyValue::new("stream", "desired");
        assert_eq!(
            found[0],
            Sample { series: "rows_total".into(), kind: Kind::Counter, labels: vec![label], value: 5.0 }
        );
        assert_eq!(found[1], Sample { series: "lag".into(), kind: Kind::Gauge, labels: vec![], value: -2.0 });
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn every_series_is_exported_once() {
        let exporter = Exported::default();
        let reader = PeriodicReader::builder(exporter.clone()).build();
        let provider = SdkMeterProvider::builder().with_reader(reader).build();
        let bridge = Bridge::start(&provider, filled());
        bridge.look();
        bridge.look();
        provider.force_flush().unwrap();
        let text = exporter.0.lock().unwrap().clone();
        assert_eq!(text.matches("name: \"rows_total\"").count(), 1, "{text}");
        assert_eq!(text.matches("name: \"lag\"").count(), 1, "{text}");
    }
}
