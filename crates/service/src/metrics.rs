//! The loop's counters on `/metrics`: read when asked for, under the names that the loop gives them.

use std::sync::Arc;

use bus::flow::{Kind, Reading, Stats};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
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
        self.0.readings().iter().try_for_each(|reading| match reading.kind {
            Kind::Total => encode(&mut encoder, reading, &ConstCounter::new(reading.value)),
            Kind::Gauge => {
                let value = i64::try_from(reading.value).unwrap_or(i64::MAX);
                encode(&mut encoder, reading, &ConstGauge::new(value))
            }
        })
    }
}

fn encode(
    encoder: &mut DescriptorEncoder<'_>,
    reading: &Reading,
    metric: &impl EncodeMetric,
) -> std::fmt::Result {
    let name = format!("tributary_flow_{}", reading.name);
    metric.encode(encoder.encode_descriptor(&name, reading.help, None, metric.metric_type())?)
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
        assert_eq!(text.matches("# TYPE").count(), stats.readings().len(), "{text}");
    }
}
