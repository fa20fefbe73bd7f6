//! A nats-server of one's own, with JetStream on files.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;

use crate::process::Process;
use crate::tools::{nats_server, tool};

/// Generous: a server is ready 10 ms after its start, on an idle machine and an empty store.
const READY: Duration = Duration::from_secs(30);

/// A running nats-server. Killed when dropped, its store removed with it unless it was given a folder.
#[derive(Debug)]
pub struct Nats {
    process: Process,
    folder: PathBuf,
    port: u16,
    _temporary: Option<TempDir>,
}

impl Nats {
    /// Starts a server on a free port with an empty store in a temporary folder.
    pub async fn start() -> anyhow::Result<Nats> {
        let temporary = tempfile::Builder::new().prefix("tributary-nats-").tempdir()?;
        Nats::launch(temporary.path().to_owned(), None, Some(temporary)).await
    }

    /// Starts a server that keeps its store, configuration and log in `folder`; on a free port if `port` is none.
    pub async fn start_in(folder: &Path, port: Option<u16>) -> anyhow::Result<Nats> {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Nats::launch(folder.to_owned(), port, None).await
    }

    async fn launch(folder: PathBuf, port: Option<u16>, temporary: Option<TempDir>) -> anyhow::Result<Nats> {
        let file = folder.join("nats.conf");
        // -1: the server takes a free port itself, which no test running beside this one can take first.
        configure(&folder, port.map_or(-1, i32::from))?;
        let mut command = Command::new(nats_server()?);
        command.arg("--config").arg(&file);
        let process = Process::spawn("nats-server", command, Some(&folder.join("nats.log")))?;
        let mut nats = Nats { process, folder, port: 0, _temporary: temporary };
        nats.port = nats.listening().await?;
        // The next life listens where this one did.
        configure(&nats.folder, nats.port.into())?;
        Ok(nats)
    }

    async fn listening(&self) -> anyhow::Result<u16> {
        let line = self.process.line("Listening for client connections on", READY).await?;
        self.process.line("Server is ready", READY).await?;
        let port = line.rsplit(':').next().and_then(|port| port.trim().parse().ok());
        port.with_context(|| format!("nats-server names no port: {line}"))
    }

    /// `nats://127.0.0.1:<port>`
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The port for clients, the same in each life.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `host:port` of its monitoring pages.
    pub async fn monitor(&self) -> anyhow::Result<String> {
        let line = self.process.line("Starting http monitor on", READY).await?;
        let address = line.split_whitespace().next_back().context("nats-server names no monitor")?;
        Ok(address.to_owned())
    }

    /// Runs the real nats CLI against it, as an operator would; what it printed.
    pub fn cli(&self, args: &[&str]) -> anyhow::Result<String> {
        let output = tool("nats").args(["--server", &self.url()]).args(args).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "nats {args:?}: {said}");
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Its process id while it runs.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again, on the same port and store; kills it first if it runs.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.process.restart()?;
        self.listening().await.map(|_| ())
    }

    /// Stops it in order (SIGTERM) and waits for its end.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        self.process.terminate(READY).await.map(|_| ())
    }

    /// The end of its log.
    pub fn log(&self, lines: usize) -> String {
        self.process.output(lines)
    }
}

/// `sync_interval: always`, as everywhere in Tributary: what is acknowledged is on disk.
fn configure(folder: &Path, port: i32) -> anyhow::Result<()> {
    let store = folder.join("store");
    let text = format!(
        "listen: \"127.0.0.1:{port}\"\nhttp: \"127.0.0.1:-1\"\nserver_name: \"tributary\"\n\
         jetstream: {{ store_dir: {store:?}, sync_interval: always }}\n"
    );
    let file = folder.join("nats.conf");
    std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_keeps_its_port_and_store_over_a_kill() {
        let mut nats = Nats::start().await.unwrap();
        let (port, store) = (nats.port(), nats.folder.join("store"));
        nats.kill();
        assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err());
        nats.restart().await.unwrap();
        assert_eq!(nats.port(), port);
        assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok());
        assert!(store.is_dir());
        nats.stop().await.unwrap();
    }

    #[tokio::test]
    async fn two_servers_do_not_meet() {
        let (one, two) = (Nats::start().await.unwrap(), Nats::start().await.unwrap());
        assert_ne!(one.url(), two.url());
        assert_ne!(one.folder, two.folder);
    }
}
