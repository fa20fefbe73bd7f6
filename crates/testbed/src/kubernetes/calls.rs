//! Requests to an API server with as little around them as possible: what others' requests are compared with.

use anyhow::{Context as _, ensure};
use axum::body::{Body, BodyDataStream, Bytes, to_bytes};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{Method, Request, Response};
use futures::StreamExt as _;

use super::Kubernetes;
use super::way::Way;

const APPLY: &str = "application/apply-patch+yaml";
/// Of objects only their metadata travels.
const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
/// More than any answer here has.
const LONGEST: usize = 64 << 20;

/// One user's requests. Each of these has connections of its own.
#[derive(Debug)]
pub struct Calls(Way);

/// What happens, a JSON object a line, of which only the metadata is told.
#[derive(Debug)]
pub struct Watch {
    body: BodyDataStream,
    /// What has come of lines that were not told yet.
    rest: Vec<u8>,
}

impl Kubernetes {
    /// Requests of a user.
    pub fn calls(&self, user: &str) -> anyhow::Result<Calls> {
        Ok(Calls(Way::new(self, user)?))
    }
}

impl Calls {
    /// Server-side apply of one object as this field manager; `path` is the object's.
    pub async fn apply(&self, path: &str, manager: &str, manifest: Bytes) -> anyhow::Result<()> {
        let request = Request::builder().method(Method::PATCH).header(CONTENT_TYPE, APPLY);
        let request = request.uri(format!("{path}?fieldManager={manager}&force=true"));
        self.ask(request.body(Body::from(manifest))?).await.map(drop)
    }

    /// What is at a path.
    pub async fn get(&self, path: &str) -> anyhow::Result<Bytes> {
        let answer = self.ask(Request::get(path).body(Body::empty())?).await?;
        Ok(to_bytes(answer, LONGEST).await?)
    }

    /// Watches from now on; `path` is of objects, with a query.
    pub async fn watch(&self, path: &str) -> anyhow::Result<Watch> {
        let request = Request::get(format!("{path}&watch=true")).header(ACCEPT, METADATA);
        let body = self.ask(request.body(Body::empty())?).await?.into_data_stream();
        Ok(Watch { body, rest: Vec::new() })
    }

    async fn ask(&self, request: Request<Body>) -> anyhow::Result<Body> {
        let what = format!("{} {}", request.method(), request.uri());
        let (head, body) = self.0.send(request).await.map(Response::into_parts).context(what.clone())?;
        if head.status.is_success() {
            return Ok(body);
        }
        let said = to_bytes(body, LONGEST).await?;
        anyhow::bail!("{what}: {}: {}", head.status, String::from_utf8_lossy(&said))
    }
}

impl Watch {
    /// The next event.
    pub async fn next(&mut self) -> anyhow::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                return Ok(self.rest.drain(..=end).collect());
            }
            let piece = self.body.next().await.context("the watch has ended")??;
            ensure!(self.rest.len() + piece.len() < LONGEST, "an event without an end");
            self.rest.extend_from_slice(&piece);
        }
    }
}
