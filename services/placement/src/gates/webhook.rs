//! Asking a program over HTTP.
//!
//! One POST on a connection of its own. Redirects are not followed: a question goes where the placement says, and nowhere
//! else. `https` means a certificate that the system's authorities vouch for (`SSL_CERT_FILE` and `SSL_CERT_DIR` name
//! others).

mod fault;
#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;

use super::answer::Heard;

/// Of an answer: a yes or no with a reason. More is none.
const MAX_ANSWER: usize = 64 * 1024;

const JSON: &str = "application/json";

type Of<C> = Client<C, Full<Bytes>>;

/// Whoever asks over HTTP.
#[derive(Debug)]
pub(super) struct Webhooks {
    plain: Of<HttpConnector>,
    /// Why not: a machine may know no authorities, and need none.
    secure: Result<Of<HttpsConnector<HttpConnector>>, String>,
}

impl Webhooks {
    /// Reads the system's authorities once.
    pub fn new() -> Self {
        let secure = HttpsConnectorBuilder::new().with_native_roots();
        let secure = secure.map(|roots| client(roots.https_only().enable_http1().build()));
        Self {
            plain: client(HttpConnector::new()),
            secure: secure.map_err(|error| format!("cannot be asked: {error}")),
        }
    }

    /// Posts a question; all of it, with the answer, within `timeout`.
    pub async fn ask(&self, url: &str, question: Bytes, timeout: Duration) -> Heard {
        let asked = tokio::time::timeout(timeout, self.post(url, question)).await;
        asked.unwrap_or(Heard::Late)
    }

    async fn post(&self, url: &str, question: Bytes) -> Heard {
        let Ok(url) = url.parse::<Uri>() else { return Heard::Wrong("is not a URL".to_owned()) };
        let is_secure = url.scheme_str() == Some("https");
        let agent = concat!("tributary-placement/", env!("CARGO_PKG_VERSION"));
        let request = Request::post(url).header(CONTENT_TYPE, JSON).header(ACCEPT, JSON);
        let request = request.header(USER_AGENT, agent).body(Full::new(question));
        let Ok(request) = request else { return Heard::Wrong("is not a URL".to_owned()) };
        match (&self.secure, is_secure) {
            (Ok(client), true) => send(client, request).await,
            (Err(reason), true) => Heard::Wrong(reason.clone()),
            (_, false) => send(&self.plain, request).await,
        }
    }
}

/// A gate is asked twice a minute at most, as a rule: a connection that was kept would be a stale one.
fn client<C: Connect + Clone>(connector: C) -> Of<C> {
    Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector)
}

async fn send<C>(client: &Of<C>, request: Request<Full<Bytes>>) -> Heard
where
    C: Connect + Clone + Send + Sync + 'static,
{
    match client.request(request).await {
        Ok(response) => heard(response).await,
        Err(error) => fault::heard(&error),
    }
}

/// What a status means. One that a proxy gives for a program that is not there says that nobody answered, as a
/// refused connection does; any other one is somebody's word, and not an answer.
async fn heard(response: Response<Incoming>) -> Heard {
    let status = response.status();
    match status {
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            Heard::Absent(status.to_string())
        }
        _ if status.is_success() => read(response).await,
        _ if status.is_redirection() => Heard::Wrong(format!(
            "answered {status}; redirects are not followed: let the gate name the URL that answers"
        )),
        _ => Heard::Wrong(format!("answered {status}; an answer has the status 200 OK")),
    }
}

async fn read(response: Response<Incoming>) -> Heard {
    let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
    match body {
        Ok(body) => Heard::Answer(body.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            Heard::Wrong(format!("answered more than {} KiB", MAX_ANSWER / 1024))
        }
        Err(error) => Heard::Wrong(format!("broke off its answer: {error}")),
    }
}
