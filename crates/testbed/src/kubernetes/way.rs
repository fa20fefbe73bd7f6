//! The way of a request to an API server, as one of its users.

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::uri::{Authority, PathAndQuery, Scheme};
use axum::http::{HeaderValue, Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;

use super::{Kubernetes, client, identity};

/// Connections of its own, as many as there are requests at a time; each is used again.
#[derive(Debug)]
pub(super) struct Way {
    client: Client<HttpsConnector<HttpConnector>, Body>,
    server: Authority,
    authorization: HeaderValue,
}

impl Way {
    pub(super) fn new(cluster: &Kubernetes, user: &str) -> anyhow::Result<Way> {
        let trust = client::trust(&cluster.folder.join(identity::AUTHORITY))?;
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(trust).https_only().enable_http1().build();
        Ok(Way {
            client: Client::builder(TokioExecutor::new()).build(connector),
            server: cluster.port.address().parse()?,
            authorization: format!("Bearer {}", cluster.users.token(user)?).parse()?,
        })
    }

    /// Makes it a request to the API server, by our user where it has none.
    pub(super) async fn send(&self, mut request: Request<Body>) -> Result<Response<Body>, Error> {
        let mut parts = std::mem::take(request.uri_mut()).into_parts();
        parts.scheme = Some(Scheme::HTTPS);
        parts.authority = Some(self.server.clone());
        parts.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
        *request.uri_mut() = Uri::from_parts(parts).expect("it has a scheme, an authority and a path");
        request.headers_mut().remove(HOST);
        request.headers_mut().entry(AUTHORIZATION).or_insert(self.authorization.clone());
        Ok(self.client.request(request).await?.map(Body::new))
    }
}
