//! One change is one trace, in a fleet of processes and a collector that takes OTLP.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use testbed::collector::Span;
use testbed::{Collector, eventually};
use tokio::net::TcpListener;

use crate::fleet::{Fleet, SOON, STORES, placement, settings};

const APPLY: &str = "tributary apply";
const EDGE: &str = "edge";
const REGION: &str = "summarization region";
const HUB: &str = "summarization hub";
/// From the summary that first became true up to the command.
const WAY: [&str; 7] = [
    HUB,
    REGION,
    EDGE,
    "translation write",
    "placement decide",
    "tributary.api.v1.TributaryService/Apply",
    APPLY,
];

/// The spans of one trace, by identifier.
struct Trace(BTreeMap<String, Span>);

impl Trace {
    /// Of the newest command.
    fn newest(spans: &[Span]) -> Option<Trace> {
        let root = spans.iter().filter(|span| span.name == APPLY).max_by_key(|span| span.start)?;
        let spans = spans.iter().filter(|span| span.trace == root.trace);
        Some(Trace(spans.map(|span| (span.id.clone(), span.clone())).collect()))
    }

    fn named(&self, name: &str) -> Vec<&Span> {
        self.0.values().filter(|span| span.name == name).collect()
    }

    /// The names from a span up to the one that began the trace.
    fn way(&self, span: &Span) -> Vec<&str> {
        let above = std::iter::successors(self.0.get(&span.id), |span| self.0.get(&span.parent));
        above.map(|span| span.name.as_str()).collect()
    }

    fn locations(&self) -> BTreeSet<&str> {
        self.named(EDGE).into_iter().map(|edge| edge.attributes["tributary.location"].as_str()).collect()
    }

    /// Everything below the command, in one tree: told once it has come to the summary.
    fn is_whole(&self) -> Result<(), String> {
        let orphans =
            self.0.values().filter(|span| !span.parent.is_empty() && !self.0.contains_key(&span.parent));
        let (orphans, hubs) = (orphans.count(), self.named(HUB).len());
        if (orphans, hubs, self.locations().len()) == (0, 1, STORES.len()) {
            return Ok(());
        }
        Err(format!(
            "{orphans} without parent: {:#?}",
            self.0.values().map(|span| &span.name).collect::<Vec<_>>()
        ))
    }
}

fn otlp(endpoint: &str) -> [(&str, &str); 4] {
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "500"),
    ]
}

fn shop(version: &str) -> String {
    [placement("shop", "shop"), settings("cart", version)].join("\n---\n")
}

async fn whole(collector: &Collector) -> Trace {
    let whole = eventually("the trace has come to the summary", SOON, async || {
        let trace = Trace::newest(&collector.spans()).ok_or("no command has told anything")?;
        trace.is_whole()?;
        // Each process sends its spans when it comes to it: the hub's may be there first.
        if trace.named(REGION).len() < 2 {
            Err("a region has not told its part yet".to_owned())
        } else {
            Ok(trace)
        }
    });
    whole.await.unwrap()
}

fn check(trace: &Trace) {
    let roots: Vec<_> = trace.0.values().filter(|span| span.parent.is_empty()).collect();
    assert!(matches!(roots.as_slice(), [root] if root.name == APPLY), "{roots:?}");
    assert_eq!(trace.way(trace.named(HUB)[0]), WAY);
    assert_eq!(trace.named(REGION).len(), 2);
    for span in trace.0.values() {
        assert!(span.start <= span.end, "{span:?}");
        let Some(parent) = trace.0.get(&span.parent) else { continue };
        assert!(parent.start <= span.start, "{span:?} begins before {parent:?}");
        if parent.name == EDGE && span.service() == parent.service() && span.name.starts_with("edge ") {
            assert!(span.end <= parent.end, "{span:?} outlasts {parent:?}");
        }
    }
    for edge in trace.named(EDGE) {
        let parts = trace.0.values().filter(|span| span.parent == edge.id && span.name.starts_with("edge "));
        let parts: BTreeSet<_> = parts.map(|span| span.name.as_str()).collect();
        assert_eq!(parts, BTreeSet::from(["edge apply", "edge fetch", "edge report"]));
        assert!(edge.end - edge.start > 0, "{edge:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_apply_is_one_trace_from_the_command_to_the_summary_that_first_became_true() {
    let collector = Collector::start().await.unwrap();
    let fleet = Fleet::start_with(&otlp(&collector.grpc())).await;
    fleet.apply(&shop("1"));
    fleet.healthy("shop");
    let first = whole(&collector).await;
    check(&first);

    fleet.apply(&shop("2"));
    fleet.healthy("shop");
    let second = eventually("the second change has a trace of its own", SOON, async || {
        let trace = whole(&collector).await;
        if trace.0.keys().any(|id| first.0.contains_key(id)) { Err("it is the first one") } else { Ok(trace) }
    });
    check(&second.await.unwrap());

    let about =
        collector.spans().into_iter().filter(|span| span.attributes.contains_key("tributary.placement"));
    let traces: BTreeSet<_> = about.map(|span| span.trace).collect();
    assert_eq!(traces.len(), 2, "two changes are two traces");
    let services: BTreeSet<_> = first.0.values().map(|span| span.service().to_owned()).collect();
    let of = |name: &str| format!("tributary-{name}");
    let mut expected = BTreeSet::from(["gateway", "placement", "translation", "summarization"].map(of));
    expected.insert("tributary".to_owned());
    assert_eq!(services, expected);
    let folded =
        collector.points().into_iter().find(|((name, _), _)| name == "tributary_flow_rows_folded_total");
    assert!(folded.is_some_and(|(_, value)| value > 0.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_never_answers_slows_nobody() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let mut fleet = Fleet::start_with(&otlp(&endpoint)).await;
    let begun = Instant::now();
    fleet.apply(&shop("1"));
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    fleet.healthy("shop");
    let begun = Instant::now();
    for service in fleet.services.values_mut() {
        assert_eq!(service.terminate(SOON).await.unwrap().code(), Some(0));
    }
    let each = begun.elapsed() / u32::try_from(fleet.services.len()).unwrap();
    assert!(each < Duration::from_secs(4), "{each:?}");
}
