//! The process's metrics: one set of definitions, read by `/metrics` and by the OTLP exporter.

use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::text;
use prometheus_client::registry::Registry as Metrics;

/// A handle on the process's metrics; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Registry(Arc<Mutex<Metrics>>);

impl Registry {
    /// Registers metrics: `registry.register(|r| r.register("tributary_flow_rows", "Rows folded", counter))`.
    ///
    /// Keep the metric itself (they are handles) and never register from a hot path: this takes a lock.
    pub fn register<T>(&self, with: impl FnOnce(&mut Metrics) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// All metrics in the OpenMetrics text format.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        let metrics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        text::encode(&mut text, &metrics).expect("a String takes any text");
        text
    }
}
