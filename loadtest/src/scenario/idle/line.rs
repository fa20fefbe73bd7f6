//! A relay between one agent and its server that counts what passes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a packet holds on a usual line.
const PACKET: usize = 1448;

/// Listens on a free port; ends when dropped.
#[derive(Debug)]
pub struct Line {
    address: SocketAddr,
    sent: Arc<Counter>,
    received: Arc<Counter>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Counter {
    bytes: AtomicU64,
    packets: AtomicU64,
}

/// What has passed in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    pub bytes: u64,
    /// Pieces as they were read; a large one is several.
    pub packets: u64,
}

impl Passed {
    pub fn since(self, before: Self) -> Self {
        Self { bytes: self.bytes - before.bytes, packets: self.packets - before.packets }
    }
}

impl Line {
    /// To `127.0.0.1:<port>`.
    pub async fn start(port: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (sent, received) = (Arc::<Counter>::default(), Arc::<Counter>::default());
        let task = tokio::spawn(accept(listener, port, sent.clone(), received.clone()));
        Ok(Self { address, sent, received, task })
    }

    /// Of this end.
    pub fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// From the agent, and to it.
    pub fn passed(&self) -> (Passed, Passed) {
        (self.sent.passed(), self.received.passed())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Counter {
    fn count(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.packets.fetch_add(bytes.div_ceil(PACKET) as u64, Ordering::Relaxed);
    }

    fn passed(&self) -> Passed {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Passed { bytes: read(&self.bytes), packets: read(&self.packets) }
    }
}

async fn accept(listener: TcpListener, port: u16, sent: Arc<Counter>, received: Arc<Counter>) {
    while let Ok((agent, _)) = listener.accept().await {
        // Whoever cannot be connected sees the end of its connection, and tries again.
        let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
        let ((from_agent, to_agent), (from_server, to_server)) = (agent.into_split(), server.into_split());
        tokio::spawn(carry(from_agent, to_server, sent.clone()));
        tokio::spawn(carry(from_server, to_agent, received.clone()));
    }
}

/// Until either end closes.
async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, counter: Arc<Counter>) {
    let mut piece = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        counter.count(length);
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_passes_is_counted_in_its_direction() {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Line::start(server.local_addr().unwrap().port()).await.unwrap();
        let mut agent = TcpStream::connect(line.address).await.unwrap();
        let (mut server, _) = server.accept().await.unwrap();
        let mut heard = [0; 3];
        agent.write_all(b"abc").await.unwrap();
        server.read_exact(&mut heard).await.unwrap();
        assert_eq!(line.passed(), (Passed { bytes: 3, packets: 1 }, Passed::default()));
        server.write_all(b"d").await.unwrap();
        agent.read_exact(&mut heard[..1]).await.unwrap();
        assert_eq!(line.passed().1, Passed { bytes: 1, packets: 1 });
    }

    #[test]
    fn a_large_piece_is_several_packets() {
        let counter = Counter::default();
        counter.count(2 * PACKET + 1);
        assert_eq!(counter.passed().packets, 3);
    }
}
