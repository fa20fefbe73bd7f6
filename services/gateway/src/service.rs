//! The calls, each handed to the module that answers it.

use std::pin::Pin;
use std::time::Duration;

use bus::Bus;
use chassis::trace::{Kind, Span};
use futures::{Stream, StreamExt as _, stream};
use tokio::sync::{mpsc, watch as watch_channel};
use tonic::{Code, Request, Response, Status};
use wire::api::{self, tributary_service_server::TributaryService};

use crate::{
    apply, delete, error::Error, explain, get, list, live::Agents, locations, metrics::Metrics, render,
    state::Shared, status, watch, writer::Writer,
};

/// The API.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub bus: Bus,
    pub shared: Shared,
    pub writer: Writer,
    pub metrics: Metrics,
    /// True: streams end, so that the server can.
    pub shutdown: watch_channel::Receiver<bool>,
}

impl Service {
    /// Counts a call, and says how it ended.
    fn answer<T>(&self, method: &'static str, result: Result<T, Error>) -> Answer<T> {
        self.metrics.called(method, result.as_ref().map_or_else(Error::code, |_| Code::Ok));
        Ok(Response::new(result?))
    }

    /// The way to agents, for as long as the caller waits.
    fn agents(&self, deadline: Duration) -> Agents<'_> {
        Agents { bus: &self.bus, shared: &self.shared, deadline }
    }

    /// Answers until the caller goes or the gateway ends.
    fn stream<T: Send + 'static>(&self, receiver: mpsc::Receiver<Result<T, Status>>) -> Answers<T> {
        let mut shutdown = self.shutdown.clone();
        let ending = async move { drop(shutdown.wait_for(|stop| *stop).await) };
        let next =
            |mut receiver: mpsc::Receiver<_>| async { receiver.recv().await.map(|item| (item, receiver)) };
        stream::unfold(receiver, next).take_until(Box::pin(ending)).boxed()
    }
}

type Answer<T> = Result<Response<T>, Status>;
type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl TributaryService for Service {
    async fn apply(&self, request: Request<api::ApplyRequest>) -> Answer<api::ApplyResponse> {
        let parent = parent(&request);
        self.answer("Apply", traced("Apply", parent, apply::apply(self, request.into_inner())).await)
    }

    async fn get(&self, request: Request<api::GetRequest>) -> Answer<api::GetResponse> {
        self.answer("Get", get::get(&self.bus, &self.shared, request.into_inner()).await)
    }

    async fn list(&self, request: Request<api::ListRequest>) -> Answer<api::ListResponse> {
        self.answer("List", list::list(&self.shared, request.into_inner()).await)
    }

    type WatchStream = Answers<api::WatchResponse>;

    async fn watch(&self, request: Request<api::WatchRequest>) -> Answer<Self::WatchStream> {
        self.answer("Watch", watch::watch(&self.shared, request.into_inner()).map(|all| self.stream(all)))
    }

    async fn delete(&self, request: Request<api::DeleteRequest>) -> Answer<api::DeleteResponse> {
        let parent = parent(&request);
        self.answer("Delete", traced("Delete", parent, delete::delete(self, request.into_inner())).await)
    }

    async fn explain(&self, request: Request<api::ExplainRequest>) -> Answer<api::ExplainResponse> {
        self.answer("Explain", explain::explain(&self.shared, request.into_inner()).await)
    }

    async fn render(&self, request: Request<api::RenderRequest>) -> Answer<api::RenderResponse> {
        self.answer("Render", render::render(&self.bus, &self.shared, request.into_inner()).await)
    }

    async fn get_status(&self, request: Request<api::GetStatusRequest>) -> Answer<api::GetStatusResponse> {
        let deadline = deadline(&request);
        self.answer("GetStatus", status::get(&self.shared, request.into_inner(), deadline).await)
    }

    type WatchStatusStream = Answers<api::WatchStatusResponse>;

    async fn watch_status(
        &self,
        request: Request<api::WatchStatusRequest>,
    ) -> Answer<Self::WatchStatusStream> {
        self.answer(
            "WatchStatus",
            status::watch(&self.shared, request.into_inner()).map(|all| self.stream(all)),
        )
    }

    async fn list_location_status(
        &self,
        request: Request<api::ListLocationStatusRequest>,
    ) -> Answer<api::ListLocationStatusResponse> {
        self.answer(
            "ListLocationStatus",
            locations::list(&self.bus, &self.shared, request.into_inner()).await,
        )
    }

    async fn get_live(&self, request: Request<api::GetLiveRequest>) -> Answer<api::GetLiveResponse> {
        let deadline = deadline(&request);
        self.answer("GetLive", self.agents(deadline).live(request.into_inner()).await)
    }

    async fn list_location_errors(
        &self,
        request: Request<api::ListLocationErrorsRequest>,
    ) -> Answer<api::ListLocationErrorsResponse> {
        let deadline = deadline(&request);
        self.answer("ListLocationErrors", self.agents(deadline).errors(request.into_inner()).await)
    }

    async fn list_location_events(
        &self,
        request: Request<api::ListLocationEventsRequest>,
    ) -> Answer<api::ListLocationEventsResponse> {
        let deadline = deadline(&request);
        self.answer("ListLocationEvents", self.agents(deadline).events(request.into_inner()).await)
    }
}

/// The trace of the caller.
fn parent<T>(request: &Request<T>) -> Option<String> {
    request.metadata().get("traceparent").and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The rows that a call writes carry its trace, and that of its caller.
async fn traced<T>(
    method: &'static str,
    parent: Option<String>,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let name = format!("tributary.api.v1.TributaryService/{method}");
    let span = Span::begin(name, Kind::Server, parent.as_deref());
    span.set("rpc.system", "grpc");
    let result = span.within(work).await;
    result.as_ref().inspect_err(|error| span.fail(error.to_string())).ok();
    result
}

/// What the caller is willing to wait, less a tenth so that the reason for a failure still reaches it.
fn deadline<T>(request: &Request<T>) -> Duration {
    let asked = request.metadata().get("grpc-timeout").and_then(|value| timeout(value.to_str().ok()?));
    asked.map_or(status::DEADLINE, |asked| asked.mul_f32(0.9))
}

/// As gRPC writes it: at most eight digits and a unit.
fn timeout(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = number.parse().ok().filter(|_| number.len() <= 8)?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callers_deadline_is_read_as_grpc_writes_it() {
        assert_eq!(timeout("5S"), Some(Duration::from_secs(5)));
        assert_eq!(timeout("1500m"), Some(Duration::from_millis(1500)));
        for text in ["", "S", "5", "5x", "123456789S", "-1S"] {
            assert_eq!(timeout(text), None, "{text}");
        }
    }
}
