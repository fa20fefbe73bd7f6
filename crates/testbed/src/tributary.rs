//! The `tributary` command, run to its end.

use std::process::Command;
use std::time::Duration;

use anyhow::ensure;

use crate::process::{Process, binary};

/// Far more than a command takes that has nothing to wait for.
const SOON: Duration = Duration::from_secs(30);
/// Lines of a command that has failed.
const SHOWN: usize = 200;

/// Runs `tributary`, which must succeed.
pub async fn tributary(args: &[&str], nats_url: &str, timeout: Duration) -> anyhow::Result<()> {
    let name = format!("tributary {}", args.join(" "));
    let mut command = Command::new(binary("tributary")?);
    command.args(args).env("TRIBUTARY_NATS_URL", nats_url);
    let mut process = Process::spawn(&name, command, None)?;
    let status = process.ended(timeout).await?;
    ensure!(status.success(), "{name}: {status}\n{}", process.output(SHOWN));
    Ok(())
}

/// `tributary admin init`: the one thing that creates the tables of truth.
pub async fn init(nats_url: &str) -> anyhow::Result<()> {
    tributary(&["admin", "init"], nats_url, SOON).await
}
