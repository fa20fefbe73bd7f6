//! One agent as it is in the field, with nothing to do: what it sends and receives, and what it takes of its machine.
//!
//! ```text
//!   tributary-agent --> line, which counts bytes and packets --> NATS, which counts messages
//! ```
//!
//! A location of its own gets what all others get. Its agent is a process by itself with the sink, the state and the periods
//! that it has without any flags. When it has been quiet for a while, it is watched for `--duration`, and a day is so many
//! times as much.
//!
//! All that the connection carries is counted: messages, what the protocol adds, pings. What TCP and IP add is estimated,
//! and upwards: each piece counts as a packet that is acknowledged by another one.

mod agent;
mod line;

use std::time::Duration;

use self::agent::{Agent, Look};
use crate::figures::Figures;
use crate::progress::say;
use crate::stage::Stage;

/// Of IPv4 and of TCP with timestamps.
const HEADERS: u64 = 52;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let agent = Agent::start(stage).await?;
    agent.quiet(stage.timeout()).await?;
    say(&format!("  the agent is quiet; watched for {}", humantime::format_duration(stage.run.duration)));
    let before = agent.look().await?;
    tokio::time::sleep(stage.run.duration).await;
    tell(figures, &before, &agent.look().await?);
    agent.end(stage).await
}

#[expect(clippy::cast_precision_loss, reason = "bytes of minutes")]
fn tell(figures: &mut Figures, before: &Look, after: &Look) {
    let time = after.at.duration_since(before.at);
    let day = |bytes: u64| bytes as f64 / 1e6 * DAY.as_secs_f64() / time.as_secs_f64();
    let (sent, received) = (after.sent.since(before.sent), after.received.since(before.received));
    let (bytes, packets) = (sent.bytes + received.bytes, sent.packets + received.packets);
    figures.seconds("idle_s", time.as_secs_f64());
    figures.measure("idle_mb_per_day", day(bytes + 2 * packets * HEADERS));
    figures.measure("idle_connection_mb_per_day", day(bytes));
    figures.set("idle_sent_bytes", sent.bytes);
    figures.set("idle_received_bytes", received.bytes);
    figures.set("idle_packets", packets);
    figures.set("idle_sent_messages", after.messages.sent - before.messages.sent);
    figures.set("idle_received_messages", after.messages.received - before.messages.received);
    figures.set("idle_message_bytes", after.messages.bytes - before.messages.bytes);
    figures.measure("idle_millicores", (after.usage.cpu_s - before.usage.cpu_s) / time.as_secs_f64() * 1e3);
    figures.measure("idle_rss_mb", after.usage.rss_mb);
    figures.measure("idle_peak_mb", after.usage.peak_mb);
}
