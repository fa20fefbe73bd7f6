//! A TCP relay that can be cut: a partition between one agent and its server.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the relay does with bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Whole,
    /// Connections break and new ones are closed at once: a link that is down.
    Cut,
}

/// Relays connections to a server until it is cut; works again once mended. Ends when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    link: watch::Sender<Link>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free port for connections to `127.0.0.1:<port>`.
    pub async fn start(port: u16) -> anyhow::Result<Proxy> {
        Proxy::start_at(Ipv4Addr::LOCALHOST, port).await
    }

    /// As [`Proxy::start`], at another address of this machine.
    pub async fn start_at(host: Ipv4Addr, port: u16) -> anyhow::Result<Proxy> {
        let listener = TcpListener::bind((host, 0)).await?;
        let address = listener.local_addr()?;
        let (link, state) = watch::channel(Link::Whole);
        let task = tokio::spawn(accept(listener, port, state));
        Ok(Proxy { address, link, task })
    }

    /// `nats://<host>:<port>` of this end of the relay.
    pub fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// `<host>:<port>` of this end of the relay.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Breaks all connections, and each new one at once.
    pub fn cut(&self) {
        self.link.send_replace(Link::Cut);
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.link.send_replace(Link::Whole);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, port: u16, link: watch::Receiver<Link>) {
    while let Ok((client, _)) = listener.accept().await {
        if *link.borrow() == Link::Whole {
            tokio::spawn(relay(client, port, link.clone()));
        }
    }
}

async fn relay(mut client: TcpStream, port: u16, mut link: watch::Receiver<Link>) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        // Also when the proxy itself is gone.
        _ = link.wait_for(|state| *state == Link::Cut) => {}
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// A server that sends back what it receives.
    async fn echo() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut reader, mut writer) = stream.split();
                    tokio::io::copy(&mut reader, &mut writer).await.ok();
                });
            }
        });
        port
    }

    async fn answer(stream: &mut TcpStream) -> bool {
        let mut byte = [0];
        stream.write_all(b"x").await.is_ok() && stream.read_exact(&mut byte).await.is_ok()
    }

    #[tokio::test]
    async fn a_cut_breaks_old_and_new_connections_until_it_is_mended() {
        let proxy = Proxy::start(echo().await).await.unwrap();
        let mut old = TcpStream::connect(proxy.address).await.unwrap();
        assert!(answer(&mut old).await);
        proxy.cut();
        assert_eq!(old.read(&mut [0]).await.unwrap_or(0), 0);
        assert!(!answer(&mut TcpStream::connect(proxy.address).await.unwrap()).await);
        proxy.mend();
        assert!(answer(&mut TcpStream::connect(proxy.address).await.unwrap()).await);
    }
}
