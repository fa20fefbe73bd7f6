//! An OpenTelemetry collector that keeps what it gets: OTLP over gRPC by the published service definitions, and over
//! HTTP at any path.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::{NumberDataPoint, metric::Data, number_data_point};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

/// A running collector. It ends with the runtime of the test.
#[derive(Debug)]
pub struct Collector {
    grpc: SocketAddr,
    http: SocketAddr,
    seen: Seen,
}

/// A span as it was exported; times are nanoseconds since the Unix epoch, identifiers hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The resource's attributes, `service.name` among them.
    pub resource: BTreeMap<String, String>,
    pub trace: String,
    pub id: String,
    /// Empty: it began the trace.
    pub parent: String,
    pub name: String,
    pub start: u64,
    pub end: u64,
    pub attributes: BTreeMap<String, String>,
}

/// A series by name and labels.
pub type Series = (String, BTreeMap<String, String>);

#[derive(Clone, Debug, Default)]
struct Seen(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    spans: Vec<Span>,
    points: BTreeMap<Series, f64>,
    paths: BTreeSet<String>,
}

impl Collector {
    /// Listens on free ports.
    pub async fn start() -> anyhow::Result<Collector> {
        let seen = Seen::default();
        let (grpc, http) = (TcpListener::bind("127.0.0.1:0").await?, TcpListener::bind("127.0.0.1:0").await?);
        let collector = Collector { grpc: grpc.local_addr()?, http: http.local_addr()?, seen: seen.clone() };
        let server = tonic::transport::Server::builder()
            .add_service(TraceServiceServer::new(seen.clone()))
            .add_service(MetricsServiceServer::new(seen.clone()));
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(grpc)));
        let router = Router::new().fallback(post).with_state(seen);
        tokio::spawn(async { axum::serve(http, router).await });
        Ok(collector)
    }

    /// The endpoint for `grpc`.
    pub fn grpc(&self) -> String {
        format!("http://{}", self.grpc)
    }

    /// The endpoint for `http/protobuf`.
    pub fn http(&self) -> String {
        format!("http://{}", self.http)
    }

    /// All spans so far, in the order in which they came.
    pub fn spans(&self) -> Vec<Span> {
        self.seen.kept(|kept| kept.spans.clone())
    }

    /// The newest value of each series.
    pub fn points(&self) -> BTreeMap<Series, f64> {
        self.seen.kept(|kept| kept.points.clone())
    }

    /// Where something was sent to by HTTP.
    pub fn paths(&self) -> BTreeSet<String> {
        self.seen.kept(|kept| kept.paths.clone())
    }
}

impl Span {
    /// The process that has told it.
    pub fn service(&self) -> &str {
        self.resource.get("service.name").map_or("", String::as_str)
    }
}

impl Seen {
    fn kept<T>(&self, look: impl FnOnce(&mut Kept) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take_spans(&self, request: ExportTraceServiceRequest) {
        for group in request.resource_spans {
            let resource = resource(group.resource);
            let spans = group.scope_spans.into_iter().flat_map(|scope| scope.spans);
            let spans = spans.map(|span| Span {
                resource: resource.clone(),
                trace: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
                name: span.name,
                start: span.start_time_unix_nano,
                end: span.end_time_unix_nano,
                attributes: labels(span.attributes),
            });
            self.kept(|kept| kept.spans.extend(spans));
        }
    }

    fn take_metrics(&self, request: ExportMetricsServiceRequest) {
        let scopes = request.resource_metrics.into_iter().flat_map(|group| group.scope_metrics);
        for metric in scopes.flat_map(|scope| scope.metrics) {
            let points = match metric.data {
                Some(Data::Sum(sum)) => sum.data_points,
                Some(Data::Gauge(gauge)) => gauge.data_points,
                _ => Vec::new(),
            };
            let points = points.into_iter().map(|point| {
                let value = number(&point);
                ((metric.name.clone(), labels(point.attributes)), value)
            });
            self.kept(|kept| kept.points.extend(points));
        }
    }
}

#[tonic::async_trait]
impl TraceService for Seen {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.take_spans(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Seen {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        self.take_metrics(request.into_inner());
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

async fn post(State(seen): State<Seen>, uri: Uri, body: Bytes) -> StatusCode {
    seen.kept(|kept| kept.paths.insert(uri.path().to_owned()));
    let taken = match uri.path() {
        path if path.ends_with("/v1/traces") => Message::decode(body).map(|request| seen.take_spans(request)),
        path if path.ends_with("/v1/metrics") => {
            Message::decode(body).map(|request| seen.take_metrics(request))
        }
        _ => return StatusCode::NOT_FOUND,
    };
    if taken.is_ok() { StatusCode::OK } else { StatusCode::BAD_REQUEST }
}

fn resource(resource: Option<Resource>) -> BTreeMap<String, String> {
    labels(resource.unwrap_or_default().attributes)
}

fn labels(attributes: Vec<KeyValue>) -> BTreeMap<String, String> {
    attributes.into_iter().map(|label| (label.key, text(label.value))).collect()
}

fn text(value: Option<AnyValue>) -> String {
    match value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        Some(Value::BoolValue(flag)) => flag.to_string(),
        other => format!("{other:?}"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test are small")]
fn number(point: &NumberDataPoint) -> f64 {
    match point.value {
        Some(number_data_point::Value::AsDouble(number)) => number,
        Some(number_data_point::Value::AsInt(number)) => number as f64,
        None => f64::NAN,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
