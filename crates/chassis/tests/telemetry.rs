//! What a process tells a collector, by the standard variables, and that no collector can hold it up.

#![cfg(test)]

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use testbed::collector::Span;
use testbed::{Collector, Process, eventually, http};
use tokio::net::TcpListener;

const SOON: Duration = Duration::from_secs(10);
/// Less than the 10 s that one export may take, and than the grace period.
const QUICK: Duration = Duration::from_secs(5);

/// A process that has recorded spans, `all` and those below it.
fn idle(spans: u64, variables: &[(&str, &str)]) -> Process {
    // Cargo puts examples beside the folder of the tests.
    let me = std::env::current_exe().unwrap();
    let mut command = Command::new(me.ancestors().nth(2).unwrap().join("examples/idle"));
    command.args(["--spans", &spans.to_string()]).envs(variables.iter().copied());
    Process::spawn("idle", command, None).unwrap()
}

async fn end(mut process: Process) -> Duration {
    process.line("recorded", SOON).await.unwrap();
    let begun = Instant::now();
    assert_eq!(process.terminate(SOON).await.unwrap().code(), Some(0));
    begun.elapsed()
}

/// Runs a process to its end; what the collector has got of it.
async fn told(collector: &Collector, variables: &[(&str, &str)]) -> Vec<Span> {
    end(idle(3, variables)).await;
    collector.spans()
}

/// Protocol, endpoint, and the paths that are asked for.
type Case<'a> = (&'a str, &'a dyn Fn(&Collector) -> String, &'a [&'a str]);

#[tokio::test]
async fn spans_and_metrics_leave_by_either_protocol_to_any_path() {
    let prefix = |collector: &Collector| format!("{}/prefix", collector.http());
    let under = |collector: &Collector| format!("{}/prefix/", collector.grpc());
    let cases: [Case<'_>; 4] = [
        ("grpc", &Collector::grpc, &[]),
        ("grpc", &under, &[]),
        ("http/protobuf", &Collector::http, &["/v1/metrics", "/v1/traces"]),
        ("", &prefix, &["/prefix/v1/metrics", "/prefix/v1/traces"]),
    ];
    for (protocol, endpoint, paths) in cases {
        let collector = Collector::start().await.unwrap();
        let endpoint = endpoint(&collector);
        let variables =
            [("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)];
        let spans = told(&collector, &variables).await;
        assert_eq!(spans.len(), 3, "{protocol} {endpoint}: {spans:?}");
        assert_eq!(collector.points().keys().filter(|(name, _)| name == "idle_spans_total").count(), 1);
        assert_eq!(collector.paths(), paths.iter().map(|path| (*path).to_owned()).collect::<BTreeSet<_>>());
    }
}

#[tokio::test]
async fn an_endpoint_of_one_signal_is_used_as_it_is() {
    let collector = Collector::start().await.unwrap();
    let endpoint = format!("{}/mine/v1/traces", collector.http());
    let spans = told(&collector, &[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &endpoint)]).await;
    assert_eq!((spans.len(), collector.points().len()), (3, 0));
    assert_eq!(collector.paths(), BTreeSet::from(["/mine/v1/traces".to_owned()]));
}

#[tokio::test]
async fn spans_below_one_another_are_one_trace_and_name_their_process() {
    let collector = Collector::start().await.unwrap();
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let endpoint = collector.http();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
        ("OTEL_SERVICE_NAME", "till"),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test,host.id=1"),
        ("TRACEPARENT", parent),
    ];
    let spans = told(&collector, &variables).await;
    let all = spans.iter().find(|span| span.name == "all").unwrap();
    assert_eq!(all.parent, "00f067aa0ba902b7");
    for span in &spans {
        assert_eq!((span.service(), &*span.trace), ("till", "4bf92f3577b34da6a3ce929d0e0e4736"));
        assert_eq!(span.resource["deployment.environment.name"], "test");
        assert!(span.name == "all" || span.parent == all.id, "{span:?}");
        assert!(span.start <= span.end && span.start > 0, "{span:?}");
    }
}

#[tokio::test]
async fn the_values_of_metrics_are_those_of_the_metrics_endpoint() {
    let collector = Collector::start().await.unwrap();
    let endpoint = collector.grpc();
    let process = idle(
        7,
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "100"),
        ],
    );
    let admin = process.field("admin", SOON).await.unwrap();
    let there = eventually("the counter has come", SOON, async || {
        let points = collector.points();
        let found = points.iter().find(|((name, _), _)| name == "idle_spans_total");
        found.map(|(_, value)| *value).ok_or(format!("{points:?}"))
    });
    assert_eq!(there.await.unwrap(), 7.0);
    let (_, metrics) = http::get(&admin, "/metrics").await.unwrap();
    assert!(metrics.contains("idle_spans_total 7\n"), "{metrics}");
}

#[tokio::test]
async fn what_is_switched_off_or_not_sampled_is_not_sent() {
    for (name, value) in [
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_TRACES_SAMPLER", "always_off"),
        ("TRACEPARENT", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"),
    ] {
        let collector = Collector::start().await.unwrap();
        let spans =
            told(&collector, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.http()), (name, value)]).await;
        assert_eq!(spans, [], "{name}={value}");
        assert_eq!(collector.points().is_empty(), name == "OTEL_SDK_DISABLED", "{name}={value}");
    }
}

#[tokio::test]
async fn a_collector_that_is_gone_or_never_answers_holds_up_nothing() {
    // It takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}", silent.local_addr().unwrap());
    for endpoint in ["http://127.0.0.1:9", &silent] {
        for protocol in ["grpc", "http/protobuf"] {
            let variables =
                [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)];
            // Far more than the SDK's queue takes: what is over is dropped, not waited for.
            let took = end(idle(100_000, &variables)).await;
            assert!(took < QUICK, "{endpoint} {protocol}: {took:?}");
        }
    }
}

#[tokio::test]
async fn a_collector_that_takes_nothing_is_said_once_and_counted() {
    let process = idle(
        2,
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "200"),
            ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ],
    );
    process.line("the OpenTelemetry collector takes nothing", SOON).await.unwrap();
    let admin = process.field("admin", SOON).await.unwrap();
    let counted = eventually("the loss is counted", SOON, async || {
        let (_, metrics) = http::get(&admin, "/metrics").await.map_err(|error| error.to_string())?;
        let wanted = "tributary_telemetry_failed_exports_total{signal=\"traces\"} 1\n";
        if metrics.contains(wanted) { Ok(()) } else { Err(metrics) }
    });
    counted.await.unwrap();
}

#[tokio::test]
async fn a_wrong_value_is_said_and_an_endpoint_that_is_none_ends_the_process() {
    let collector = Collector::start().await.unwrap();
    let endpoint = collector.http();
    let process =
        idle(1, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint), ("OTEL_TRACES_SAMPLER", "sometimes")]);
    process.line("OTEL_TRACES_SAMPLER: `sometimes` is not known", SOON).await.unwrap();
    for protocol in ["grpc", "http/protobuf"] {
        for endpoint in ["http://[nowhere", "not an address"] {
            let variables =
                [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)];
            let mut process = idle(1, &variables);
            process.line("OTEL_EXPORTER_OTLP_ENDPOINT", SOON).await.unwrap();
            assert_eq!(process.ended(SOON).await.unwrap().code(), Some(64), "{protocol} {endpoint}");
        }
    }
}
