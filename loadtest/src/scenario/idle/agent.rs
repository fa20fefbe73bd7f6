//! The agent that is watched, and the location that it is.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::Value;
use tempfile::TempDir;
use testbed::{Process, binary, eventually, http};
use wire::api;

use super::line::{Line, Passed};
use crate::declare;
use crate::hub::Watermark;
use crate::stage::Stage;
use crate::usage::{self, Usage};

const NAME: &str = "idle";
/// By which it is found among the locations.
const LABEL: &str = "idle";
/// An agent through which nothing has passed for so long has settled.
const QUIET: Duration = Duration::from_secs(10);

/// A process of its own.
#[derive(Debug)]
pub struct Agent {
    process: Process,
    line: Line,
    /// `host:port` of the server's pages.
    monitor: String,
    /// For objects and for its state.
    _folder: TempDir,
}

/// Everything that is measured, at one moment.
#[derive(Debug)]
pub struct Look {
    pub at: Instant,
    pub sent: Passed,
    pub received: Passed,
    pub messages: Messages,
    pub usage: Usage,
}

/// As the server counts them, seen from the agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Messages {
    pub sent: u64,
    pub received: u64,
    /// Of content and headers, both ways.
    pub bytes: u64,
}

impl Agent {
    /// Returns when it runs what all others run.
    pub async fn start(stage: &mut Stage) -> anyhow::Result<Self> {
        let watermark = stage.hub.apply(vec![location(stage)]).await?;
        let folder = TempDir::with_prefix("tributary-idle-")?;
        let line = Line::start(stage.stack.nats.port()).await?;
        let mut command = Command::new(binary("tributary-agent")?);
        command.args(["--location", NAME, "--region", &stage.regions[0], "--nats-url", &line.url()]);
        command.arg("--sink").arg(format!("directory:{}", folder.path().join("objects").display()));
        command.arg("--state-dir").arg(folder.path().join("state"));
        let process = Process::spawn("tributary-agent", command, None)?;
        let monitor = stage.stack.nats.monitor().await?;
        let agent = Self { process, line, monitor, _folder: folder };
        settled(stage, "with an idle one", &watermark, 1).await?;
        Ok(agent)
    }

    /// Waits until nothing passes any more.
    pub async fn quiet(&self, timeout: Duration) -> anyhow::Result<()> {
        let quiet = async {
            let mut last = self.line.passed();
            loop {
                tokio::time::sleep(QUIET).await;
                let now = self.line.passed();
                if std::mem::replace(&mut last, now) == now {
                    return;
                }
            }
        };
        tokio::time::timeout(timeout, quiet).await.context("the agent does not come to rest")
    }

    pub async fn look(&self) -> anyhow::Result<Look> {
        let (sent, received) = self.line.passed();
        let id = self.process.id().context("the agent has ended")?;
        let (_, page) = http::get(&self.monitor, "/connz?subs=0&limit=100000").await?;
        let messages =
            messages(&serde_json::from_str(&page)?).context("the server does not know the agent")?;
        Ok(Look { at: Instant::now(), sent, received, messages, usage: usage::of(id)? })
    }

    /// Everything is as it was before: the location goes when its agent has removed what was there.
    pub async fn end(self, stage: &mut Stage) -> anyhow::Result<()> {
        stage.hub.withdraw(&[NAME.to_owned()]).await?;
        let mut hub = stage.hub.clone();
        eventually("the idle location is gone", stage.timeout(), async || {
            match hub.list(itself(), 1, drop).await {
                Ok(0) => Ok(()),
                Ok(_) => Err("it is listed".to_owned()),
                Err(error) => Err(format!("{error:#}")),
            }
        })
        .await?;
        settled(stage, "without the idle one", &Watermark::new(), 0).await
    }
}

/// Waits until the summaries are true, with so many locations more than usual.
async fn settled(stage: &mut Stage, what: &str, watermark: &Watermark, more: u64) -> anyhow::Result<()> {
    for number in 0..stage.run.placements {
        let key = declare::placement_key(number);
        let live = stage.live(&key) + more;
        stage.until_true(what, &key, watermark, live).await?;
    }
    Ok(())
}

/// Like the others, but that it is never moved.
fn location(stage: &Stage) -> api::Resource {
    let mut location = declare::location(&stage.run, &stage.regions, 0, 0);
    let metadata = location.metadata.get_or_insert_default();
    NAME.clone_into(&mut metadata.name);
    metadata.labels.insert("narrow".to_owned(), "no".to_owned());
    metadata.labels.insert(LABEL.to_owned(), "yes".to_owned());
    location
}

fn itself() -> api::ListRequest {
    api::ListRequest { label_selector: format!("{LABEL}=yes"), ..super::super::check::locations() }
}

fn messages(page: &Value) -> Option<Messages> {
    // As agents call their connections.
    let is_agent = |it: &&Value| it["name"] == format!("agent {NAME}");
    let connection = page["connections"].as_array()?.iter().find(is_agent)?;
    let count = |name: &str| connection[name].as_u64();
    let bytes = count("in_bytes")? + count("out_bytes")?;
    Some(Messages { sent: count("in_msgs")?, received: count("out_msgs")?, bytes })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_server_counts_from_its_own_side() {
        let other = json!({"name": "host 0", "in_msgs": 1, "out_msgs": 1, "in_bytes": 1, "out_bytes": 1});
        let agent =
            json!({"name": "agent idle", "in_msgs": 2, "out_msgs": 3, "in_bytes": 40, "out_bytes": 5});
        let found = messages(&json!({"connections": [other, agent]}));
        assert_eq!(found, Some(Messages { sent: 2, received: 3, bytes: 45 }));
        assert_eq!(messages(&json!({"connections": []})), None);
    }
}
