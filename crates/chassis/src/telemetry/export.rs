//! The exporters, by protocol. All else about them (endpoints, paths, headers) the SDK reads from the standard variables
//! itself, and refuses where it means nothing.

use std::pin::Pin;
use std::sync::Arc;

use hyper_rustls::HttpsConnectorBuilder;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{
    MetricExporter, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use tokio::runtime::Handle;

use super::settings::Export;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Needs a current runtime, as do all of these.
pub(super) fn spans(export: Export) -> Result<SpanExporter, Error> {
    let builder = SpanExporter::builder();
    Ok(match export.protocol {
        Protocol::Grpc => builder.with_tonic().with_timeout(export.timeout).build()?,
        other => builder.with_http().with_protocol(other).with_shared_http_client(client(export)?).build()?,
    })
}

pub(super) fn metrics(export: Export) -> Result<MetricExporter, Error> {
    let builder = MetricExporter::builder();
    Ok(match export.protocol {
        Protocol::Grpc => builder.with_tonic().with_timeout(export.timeout).build()?,
        other => builder.with_http().with_protocol(other).with_shared_http_client(client(export)?).build()?,
    })
}

/// Certificates are looked for only where they are needed: an image may have none.
fn client(export: Export) -> Result<Arc<dyn HttpClient>, Error> {
    let runtime = Handle::current();
    Ok(if export.secure {
        let https = HttpsConnectorBuilder::new().with_native_roots()?.https_or_http().enable_http1().build();
        Arc::new(OnRuntime { runtime, client: Arc::new(HyperClient::new(https, export.timeout, None)) })
    } else {
        let client = HyperClient::with_default_connector(export.timeout, None);
        Arc::new(OnRuntime { runtime, client: Arc::new(client) })
    })
}

/// The SDK exports from threads of its own, where hyper finds no runtime.
#[derive(Debug)]
struct OnRuntime<C> {
    runtime: Handle,
    client: Arc<C>,
}

/// Written out, rather than with the macro of another crate.
type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'a>>;

impl<C: HttpClient + 'static> HttpClient for OnRuntime<C> {
    fn send_bytes<'a, 'b>(&'a self, request: Request<Bytes>) -> Answer<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        let client = self.client.clone();
        let sending = self.runtime.spawn(async move { client.send_bytes(request).await });
        Box::pin(async { sending.await? })
    }
}
