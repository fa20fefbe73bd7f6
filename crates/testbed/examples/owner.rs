//! Owns a child until it is killed itself. Run by `tests/reaper.rs`.

use std::process::Command;
use std::time::Duration;

use testbed::Process;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut command = Command::new("sh");
    // The second one has ended before the owner does: its id must not be killed.
    command.args(["-c", "echo child=$$; exec sleep 600"]);
    let child = Process::spawn("child", command, None)?;
    let mut brief = Process::spawn("brief", Command::new("true"), None)?;
    brief.ended(Duration::from_secs(10)).await?;
    announce(&child.field("child", Duration::from_secs(10)).await?);
    std::future::pending().await
}

#[expect(clippy::print_stdout, reason = "the test reads it")]
fn announce(child: &str) {
    println!("child={child}");
}
