//! Spans, and W3C trace context as the one string that travels in message headers and rows (`traceparent`).
//!
//! A change is followed by one trace through processes that never call each other: each row carries the `traceparent` of
//! what caused it, and whoever writes the next row begins a span below it. Such a span lasts from when the cause was
//! taken in until what follows from it is stored, so it begins in the past and has several rows: see [`Work`].
//!
//! Without an exporter nothing is recorded, and a process passes on what it received and invents nothing.

mod work;

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{FutureExt as _, Status, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_sdk::propagation::TraceContextPropagator;

pub use opentelemetry::trace::SpanKind as Kind;
pub use work::Work;

const HEADER: &str = "traceparent";
/// Where a command finds the trace that it is part of, by the specification's rules for environments.
const VARIABLE: &str = "TRACEPARENT";
/// The flags of a `traceparent` whose trace is recorded.
const SAMPLED: &str = "-01";

/// A piece of work in a trace. It ends when dropped, unless it was ended before.
#[derive(Debug)]
pub struct Span(Context);

impl Span {
    /// Begins now, below `parent`; without one it begins a trace.
    pub fn begin(name: impl Into<Cow<'static, str>>, kind: Kind, parent: Option<&str>) -> Span {
        Span::begun(name, kind, parent, SystemTime::now())
    }

    /// Began at `start`.
    pub fn begun(
        name: impl Into<Cow<'static, str>>,
        kind: Kind,
        parent: Option<&str>,
        start: SystemTime,
    ) -> Span {
        let tracer = global::tracer_provider().tracer("tributary");
        let parent = parent.and_then(extract).unwrap_or_default();
        let builder = tracer.span_builder(name).with_kind(kind).with_start_time(start);
        let span = tracer.build_with_context(builder, &parent);
        Span(parent.with_span(span))
    }

    /// What to write where work goes on elsewhere; `None` unless it is recorded or known not to be.
    pub fn traceparent(&self) -> Option<String> {
        inject(&self.0)
    }

    /// Whether anybody will see it.
    pub fn is_recording(&self) -> bool {
        self.0.span().is_recording()
    }

    pub fn set(&self, key: &'static str, value: impl Into<opentelemetry::Value>) {
        self.0.span().set_attribute(KeyValue::new(key, value));
    }

    /// It came to nothing.
    pub fn fail(&self, why: impl Into<Cow<'static, str>>) {
        self.0.span().set_status(Status::error(why));
    }

    pub fn end_at(self, end: SystemTime) {
        self.0.span().end_with_timestamp(end);
    }

    /// Does `work`, in which this is [`current`].
    pub async fn within<F: Future>(&self, work: F) -> F::Output {
        work.with_context(self.0.clone()).await
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        self.0.span().end();
    }
}

/// The `traceparent` of the span that this is done within.
pub fn current() -> Option<String> {
    inject(&Context::current())
}

/// The `traceparent` that whoever started this process has set.
pub fn inherited() -> Option<String> {
    std::env::var(VARIABLE).ok().filter(|text| extract(text).is_some())
}

/// Whether what `traceparent` names is recorded.
pub fn is_sampled(traceparent: &str) -> bool {
    traceparent.ends_with(SAMPLED)
}

/// The trace that `traceparent` is of; empty if it is none.
pub fn id(traceparent: &str) -> &str {
    traceparent.split('-').nth(1).unwrap_or_default()
}

fn inject(context: &Context) -> Option<String> {
    let mut headers = std::collections::HashMap::new();
    TraceContextPropagator::new().inject_context(context, &mut headers);
    headers.remove(HEADER)
}

/// A text that is not a `traceparent` is ignored, as the W3C recommendation asks.
fn extract(traceparent: &str) -> Option<Context> {
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &Header(traceparent));
    context.span().span_context().is_valid().then_some(context)
}

struct Header<'a>(&'a str);

impl Extractor for Header<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == HEADER).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![HEADER]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn only_a_well_formed_traceparent_is_a_context() {
        assert!(extract(PARENT).is_some());
        assert!(extract("00-00000000000000000000000000000000-00f067aa0ba902b7-01").is_none());
        assert!(extract("nonsense").is_none());
        assert!(extract("").is_none());
        assert_eq!(id(PARENT), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(id("nonsense"), "");
        assert!(is_sampled(PARENT));
    }

    #[test]
    fn without_an_exporter_there_is_no_context_to_pass_on() {
        assert_eq!(current(), None);
        assert!(!Span::begin("work", Kind::Internal, None).is_recording());
        assert_eq!(Span::begin("work", Kind::Internal, None).traceparent(), None);
    }
}
