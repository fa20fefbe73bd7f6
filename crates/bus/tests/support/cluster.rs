//! Three servers that are one.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use bus::{Bus, Options};
use tempfile::TempDir;
use testbed::Process;

use super::SOON;

#[derive(Debug)]
pub struct Cluster {
    pub servers: Vec<Process>,
    clients: Vec<u16>,
    _folder: TempDir,
}

impl Cluster {
    /// Each server has to know the others' ports before it starts: all are free when they are chosen.
    pub async fn start() -> Self {
        let listeners: Vec<TcpListener> = (0..6).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let ports: Vec<u16> = listeners.iter().map(|it| it.local_addr().unwrap().port()).collect();
        drop(listeners);
        let (clients, routes) = ports.split_at(3);
        let folder = TempDir::new().unwrap();
        let server = |n: usize| start(folder.path(), n, clients[n], routes);
        let servers: Vec<Process> = (0..3).map(server).collect();
        for server in &servers {
            server.line("Server is ready", SOON).await.unwrap();
        }
        Self { servers, clients: clients.to_vec(), _folder: folder }
    }

    fn urls(&self) -> Vec<String> {
        self.clients.iter().map(|port| format!("nats://127.0.0.1:{port}")).collect()
    }

    /// The address of one of them.
    pub fn one(&self) -> String {
        self.urls().remove(0)
    }

    pub async fn connect(&self) -> Bus {
        Bus::connect(Options { url: self.urls().join(","), name: "test".to_owned() }).await.unwrap()
    }
}

fn start(folder: &Path, number: usize, client: u16, routes: &[u16]) -> Process {
    let store = folder.join(format!("store-{number}"));
    let peers: Vec<String> = routes.iter().map(|port| format!("\"nats://127.0.0.1:{port}\"")).collect();
    let text = format!(
        "listen: \"127.0.0.1:{client}\"\nserver_name: \"n{number}\"\n\
         jetstream: {{ store_dir: {store:?}, sync_interval: always }}\n\
         cluster: {{ name: \"tributary\", listen: \"127.0.0.1:{}\", routes: [{}] }}\n",
        routes[number],
        peers.join(", ")
    );
    let file = folder.join(format!("n{number}.conf"));
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new(testbed::nats_server().unwrap());
    command.arg("--config").arg(file);
    Process::spawn(&format!("nats-{number}"), command, None).unwrap()
}
