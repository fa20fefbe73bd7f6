//! What was measured: flat, by name. What was not measured is absent.

use serde_json::{Map, Value};

use crate::latency::Latencies;

/// The figures of one scenario, and what a report draws of them.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    values: Map<String, Value>,
    /// Distributions by name.
    pub distributions: Vec<(String, Latencies)>,
}

impl Figures {
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.values.insert(name.to_owned(), value.into());
    }

    /// Any number, to four digits behind the point.
    pub fn measure(&mut self, name: &str, value: f64) {
        self.set(name, (value * 1e4).round() / 1e4);
    }

    /// The same, but for a figure that is there already.
    pub fn measure_if_absent(&mut self, name: &str, value: f64) {
        if !self.values.contains_key(name) {
            self.measure(name, value);
        }
    }

    /// Seconds, to the tenth of a millisecond.
    pub fn seconds(&mut self, name: &str, seconds: f64) {
        self.measure(name, seconds);
    }

    /// Milliseconds, to the hundredth.
    pub fn milliseconds(&mut self, name: &str, seconds: f64) {
        self.set(name, (seconds * 1e5).round() / 1e2);
    }

    /// Median, tail and greatest of `latencies` as `<name>_p50_s` and so on; nothing where nothing was measured.
    pub fn distribution(&mut self, name: &str, latencies: Latencies) {
        for (suffix, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999), ("max", 1.0)] {
            if let Some(seconds) = latencies.quantile(share) {
                self.seconds(&format!("{name}_{suffix}_s"), seconds);
            }
        }
        self.distributions.push((name.to_owned(), latencies));
    }

    /// The figure of this name.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.values.get(name).and_then(Value::as_f64)
    }

    pub fn json(&self) -> Value {
        Value::Object(self.values.clone())
    }

    /// One line for each.
    pub fn lines(&self) -> impl Iterator<Item = (&str, String)> {
        self.values.iter().map(|(name, value)| (name.as_str(), text(value)))
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_absent() {
        let mut figures = Figures::default();
        figures.distribution("nothing", Latencies::default());
        figures.distribution("change", Latencies::new(vec![0.12345, 2.0]));
        assert_eq!(figures.number("nothing_p50_s"), None);
        assert_eq!(figures.number("change_p50_s"), Some(0.1235));
        assert_eq!(figures.number("change_max_s"), Some(2.0));
    }
}
