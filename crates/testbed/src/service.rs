//! A process with an admin address: what it says of itself.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

use crate::{Process, eventually, http};

/// A service as a child process.
#[derive(Debug)]
pub struct Service {
    pub name: String,
    pub process: Process,
    admin: String,
}

impl Service {
    /// Starts it, called `name`; its output is also appended to `log`.
    pub fn spawn(name: &str, command: Command, log: Option<&Path>) -> anyhow::Result<Self> {
        let process = Process::spawn(name, command, log)?;
        Ok(Self { name: name.to_owned(), process, admin: String::new() })
    }

    /// Waits until it says that it is ready. Each life of it has another address.
    pub async fn ready(&mut self, timeout: Duration) -> anyhow::Result<()> {
        self.admin = self.process.field("admin", timeout).await?;
        let what = format!("{} is ready", self.name);
        eventually(&what, timeout, async || match http::get(&self.admin, "/readyz").await {
            Ok((200, _)) => Ok(()),
            Ok((status, body)) => Err(format!("{status} {body}; its log:\n{}", self.process.output(10))),
            Err(error) => Err(format!("{error:#}; its log:\n{}", self.process.output(10))),
        })
        .await
    }

    /// `host:port` of its admin pages.
    pub fn admin(&self) -> &str {
        &self.admin
    }

    /// A metric without labels.
    pub async fn metric(&self, name: &str) -> anyhow::Result<u64> {
        let (_, metrics) = http::get(&self.admin, "/metrics").await?;
        let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value
            .and_then(|value| value.trim().parse().ok())
            .with_context(|| format!("{} does not tell {name}", self.name))
    }

    /// How many leases it holds.
    pub async fn leases(&self) -> anyhow::Result<u64> {
        self.metric("tributary_flow_leases").await
    }
}
