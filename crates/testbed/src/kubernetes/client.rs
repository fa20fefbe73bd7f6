//! The little HTTPS that the question "are you ready" needs.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::http;

/// Asks one server on this machine, whose certificate has to be of one authority. A connection for each question.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    address: SocketAddr,
    config: Arc<ClientConfig>,
}

impl Client {
    pub(crate) fn new(address: &str, authority: &Path) -> anyhow::Result<Client> {
        Ok(Client { address: address.parse()?, config: Arc::new(trust(authority)?) })
    }

    /// GETs a path; returns status and body.
    pub(crate) async fn get(&self, path: &str, token: &str) -> anyhow::Result<(u16, String)> {
        let stream = TcpStream::connect(self.address).await;
        let stream = stream.with_context(|| format!("nobody listens on {}", self.address))?;
        let name = ServerName::from(self.address.ip());
        let stream = TlsConnector::from(self.config.clone()).connect(name, stream).await?;
        let headers = format!("Host: {}\r\nAuthorization: Bearer {token}\r\n", self.address);
        http::ask(stream, path, &headers).await
    }
}

/// TLS that trusts one authority and nobody else.
pub(crate) fn trust(authority: &Path) -> anyhow::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_file(authority);
    roots.add(certificate.with_context(|| format!("cannot read {}", authority.display()))?)?;
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
