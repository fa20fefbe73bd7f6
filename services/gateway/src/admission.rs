//! How much the gateway takes on at once. What is beyond is refused at once, with when to come again; so a burst costs
//! neither memory nor those who are served already, and nothing that was accepted is dropped.
//!
//! ```text
//!   call ──> so many calls? ──> its bytes, as they come: so many bytes? ──> the call, until it is answered
//!                 | no                          | no
//!                 '-> RESOURCE_EXHAUSTED <──────'   with `grpc-retry-pushback-ms`, which gRPC clients wait for
//! ```
//!
//! A stream of answers counts until it begins. Nothing has been done of what is refused.

mod body;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use rand::Rng as _;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http::{Request, Response};
use tonic::codegen::{BoxFuture, Service};
use tonic::server::NamedService;

use body::Counted;

/// Calls at once: several batches of those that wait for the tables, far more than are worked on.
const CALLS: usize = 1024;
/// Bytes of all their requests: a few of the largest there may be. What is made of them takes a small multiple.
const BYTES: usize = 256 << 20;
/// When to come again: spread, because those who are refused together would come together.
const PUSHBACK_MS: std::ops::Range<u64> = 100..1_000;

/// Why a call was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types, reason = "label values are written as they are named here")]
enum Beyond {
    calls,
    bytes,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: Beyond,
}

/// What is taken on. Clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Admission(Arc<Load>);

#[derive(Debug, Default)]
struct Load {
    calls: AtomicUsize,
    bytes: AtomicUsize,
    shown: Gauge,
    refused: Family<Reason, Counter>,
}

/// A call that was taken on; it counts until this is dropped.
#[derive(Debug)]
struct Held {
    load: Arc<Load>,
    bytes: AtomicUsize,
}

impl Admission {
    /// Counts for `/metrics`.
    pub(crate) fn registered(registry: &chassis::Registry) -> Self {
        let admission = Self::default();
        registry.register(|r| {
            let refused = "Calls refused because too much was going on, by what there was too much of";
            r.register("tributary_gateway_refused", refused, admission.0.refused.clone());
            let calls = "Calls that are being answered";
            r.register("tributary_gateway_calls_in_flight", calls, admission.0.shown.clone());
        });
        admission
    }

    /// `service` behind it.
    pub(crate) fn guard<S>(&self, service: S) -> Guarded<S> {
        Guarded { service, admission: self.clone() }
    }

    fn hold(&self) -> Result<Arc<Held>, Status> {
        let load = &self.0;
        if load.calls.fetch_add(1, Ordering::AcqRel) >= CALLS {
            load.calls.fetch_sub(1, Ordering::AcqRel);
            return Err(load.refuse(Beyond::calls));
        }
        load.shown.inc();
        Ok(Arc::new(Held { load: load.clone(), bytes: AtomicUsize::new(0) }))
    }
}

impl Load {
    fn refuse(&self, reason: Beyond) -> Status {
        self.refused.get_or_create(&Reason { reason }).inc();
        let mut status = Status::resource_exhausted(
            "the gateway has more to do than it takes on at once; try again a little later",
        );
        let pushback = rand::rng().random_range(PUSHBACK_MS);
        status.metadata_mut().insert("grpc-retry-pushback-ms", pushback.into());
        status
    }
}

impl Held {
    /// More of the call has come.
    fn take(&self, bytes: usize) -> Result<(), Status> {
        if self.load.bytes.fetch_add(bytes, Ordering::AcqRel) + bytes > BYTES {
            self.load.bytes.fetch_sub(bytes, Ordering::AcqRel);
            return Err(self.load.refuse(Beyond::bytes));
        }
        self.bytes.fetch_add(bytes, Ordering::AcqRel);
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.load.bytes.fetch_sub(*self.bytes.get_mut(), Ordering::AcqRel);
        self.load.calls.fetch_sub(1, Ordering::AcqRel);
        self.load.shown.dec();
    }
}

/// A service that takes on only what is admitted.
#[derive(Clone, Debug)]
pub(crate) struct Guarded<S> {
    service: S,
    admission: Admission,
}

impl<S: NamedService> NamedService for Guarded<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<Request<Body>> for Guarded<S>
where
    S: Service<Request<Counted>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let held = match self.admission.hold() {
            Ok(held) => held,
            Err(refusal) => return Box::pin(async move { Ok(refusal.into_http()) }),
        };
        let counting = held.clone();
        let answer = self.service.call(request.map(|body| Counted::new(body, counting)));
        Box::pin(async move {
            let answer = answer.await;
            drop(held);
            answer
        })
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    /// What may be taken on besides what is.
    fn free(admission: &Admission) -> usize {
        let mut held = Vec::new();
        held.extend(std::iter::from_fn(|| admission.hold().ok()));
        held.len()
    }

    #[test]
    fn so_many_calls_are_taken_on_and_each_makes_room_when_it_ends() {
        let admission = Admission::default();
        let one = admission.hold().unwrap();
        assert_eq!(free(&admission), CALLS - 1);
        drop(one);
        assert_eq!(free(&admission), CALLS);
    }

    #[test]
    fn so_many_bytes_are_taken_on_whosever_they_are() {
        let admission = Admission::default();
        let (one, other) = (admission.hold().unwrap(), admission.hold().unwrap());
        one.take(BYTES - 10).unwrap();
        assert_eq!(other.take(11).unwrap_err().code(), Code::ResourceExhausted);
        other.take(10).unwrap();
        drop(one);
        other.take(BYTES - 10).unwrap();
    }

    #[test]
    fn a_refusal_says_when_to_come_again_and_is_counted() {
        let admission = Admission::default();
        let refusal = admission.0.refuse(Beyond::calls);
        let told = refusal.metadata().get("grpc-retry-pushback-ms").unwrap().to_str().unwrap();
        assert!(PUSHBACK_MS.contains(&told.parse().unwrap()), "{told}");
        assert_eq!(admission.0.refused.get_or_create(&Reason { reason: Beyond::calls }).get(), 1);
    }
}
