//! W3C trace context as the one string that travels in message headers and rows (`traceparent`).
//!
//! Without an exporter there is no context: [`current`] is `None` and [`link`] does nothing, so that a process
//! whose telemetry is off passes on what it received and invents nothing.

use std::collections::BTreeMap;

use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

const HEADER: &str = "traceparent";

/// The `traceparent` of the current span, if it is recorded.
pub fn current() -> Option<String> {
    let mut headers = std::collections::HashMap::new();
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut headers);
    headers.remove(HEADER)
}

/// Makes what `traceparent` names the parent of `span`: for a request, whose caller waits. Has to be called
/// before the span is entered. A text that is not a `traceparent` is ignored, as the W3C recommendation asks.
pub fn set_parent(span: &Span, traceparent: &str) {
    if let Some(context) = extract(traceparent) {
        // The only refusal is a span that has begun or is not recorded; neither harms the work.
        span.set_parent(context).ok();
    }
}

/// Links `span` to what `traceparent` names: for a message, whose producer has moved on.
pub fn link(span: &Span, traceparent: &str) {
    if let Some(context) = extract(traceparent) {
        span.add_link(context.span().span_context().clone());
    }
}

fn extract(traceparent: &str) -> Option<opentelemetry::Context> {
    let headers = BTreeMap::from([(HEADER.to_owned(), traceparent.to_owned())]);
    let context = TraceContextPropagator::new().extract(&Headers(headers));
    context.span().span_context().is_valid().then_some(context)
}

struct Headers(BTreeMap<String, String>);

impl opentelemetry::propagation::Extractor for Headers {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_traceparent_is_a_context() {
        assert!(extract("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").is_some());
        assert!(extract("00-00000000000000000000000000000000-00f067aa0ba902b7-01").is_none());
        assert!(extract("nonsense").is_none());
        assert!(extract("").is_none());
    }

    #[test]
    fn without_an_exporter_there_is_no_context_to_pass_on() {
        assert_eq!(current(), None);
    }
}
