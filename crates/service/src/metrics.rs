//! The loop's counters on `/metrics`: read when asked for, under the names that the loop gives them.

use std::sync::Arc;

use bus::flow::{Kind, Reading, Stats};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// What one loop counts.
#[derive(Debug)]
pub struct Loop(Arc<Stats>);

impl Loop {
    /// Shows `stats` from now on.
    pub fn register(registry: &chassis::Registry, stats: &Arc<Stats>) {
        let it = Box::new(Self(stats.clone()));
        registry.register(|r| r.register_collector(it));
    }
}

impl Collector for Loop {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let readings = self.0.readings();
        readings.chunk_by(|one, next| one.name == next.name).try_for_each(|them| encode(&mut encoder, them))
    }
}

/// Readings of one name: one, or one for each reason.
fn encode(encoder: &mut DescriptorEncoder<'_>, readings: &[Reading]) -> std::fmt::Result {
    let Some(first) = readings.first() else { return Ok(()) };
    let name = format!("tributary_flow_{}", first.name);
    let kind = match first.kind {
        Kind::Total => MetricType::Counter,
        Kind::Gauge => MetricType::Gauge,
    };
    let mut encoder = encoder.encode_descriptor(&name, first.help, None, kind)?;
    if first.reason.is_none() {
        return value(encoder, first);
    }
    readings.iter().try_for_each(|reading| {
        let labels = [("reason", reading.reason.unwrap_or_default())];
        value(encoder.encode_family(&labels)?, reading)
    })
}

fn value(encoder: MetricEncoder<'_>, reading: &Reading) -> std::fmt::Result {
    match reading.kind {
        Kind::Total => ConstCounter::new(reading.value).encode(encoder),
        Kind::Gauge => ConstGauge::new(i64::try_from(reading.value).unwrap_or(i64::MAX)).encode(encoder),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_a_loop_counts_is_shown() {
        let (registry, stats) = (chassis::Registry::default(), Arc::<Stats>::default());
        Loop::register(&registry, &stats);
        stats.messages.store(7, std::sync::atomic::Ordering::Relaxed);
        let text = registry.encode();
        assert!(text.contains("tributary_flow_messages_total 7\n"), "{text}");
        assert!(text.contains("tributary_flow_lag_rows 0\n"), "{text}");
        assert!(text.contains("tributary_flow_not_stored_total{reason=\"full\"} 0\n"), "{text}");
        for reading in stats.readings() {
            assert_eq!(
                text.matches(&format!("# TYPE tributary_flow_{} ", reading.name)).count(),
                1,
                "{text}"
            );
        }
    }
}
