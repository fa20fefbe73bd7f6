//! A request's body, counted as it comes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

use super::Held;

/// Ends with a refusal where it is more than is taken on.
#[derive(Debug)]
pub(crate) struct Counted {
    body: Body,
    held: Arc<Held>,
}

impl Counted {
    pub(super) fn new(body: Body, held: Arc<Held>) -> Self {
        Self { body, held }
    }

    fn count(&self, frame: Frame<Bytes>) -> Result<Frame<Bytes>, Status> {
        self.held.take(frame.data_ref().map_or(0, Bytes::len)).map(|()| frame)
    }
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        frame.map(|frame| frame.map(|frame| self.count(frame?)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
