//! When an object is in the cluster: by watches of the API server, which is not the word of the agent.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use testbed::kubernetes::{Calls, Watch};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::content;
use crate::clock::{Moment, now};

/// What is not looked at yet; whoever looks is never far behind.
const AHEAD: usize = 10_000;

/// Watches on the kinds that are placed, in one namespace.
#[derive(Debug)]
pub struct Sight {
    seen: mpsc::Receiver<Seen>,
    /// Ended when dropped.
    _watches: JoinSet<()>,
}

/// A version of an object, and when it was told of.
#[derive(Debug)]
struct Seen {
    name: String,
    version: u64,
    at: Moment,
}

impl Sight {
    pub async fn open(calls: &Calls, namespace: &str) -> anyhow::Result<Self> {
        let (sender, seen) = mpsc::channel(AHEAD);
        let mut watches = JoinSet::new();
        for kind in ["configmaps", "services"] {
            // Nothing of before: there is none.
            let watch =
                calls.watch(&format!("/api/v1/namespaces/{namespace}/{kind}?resourceVersion=0")).await?;
            watches.spawn(follow(watch, sender.clone()));
        }
        Ok(Self { seen, _watches: watches })
    }

    /// When the last of these was there in this version.
    pub async fn until(
        &mut self,
        mut names: BTreeSet<String>,
        version: u64,
        timeout: Duration,
    ) -> anyhow::Result<Moment> {
        let waiting = async {
            let mut last = Moment::ZERO;
            while !names.is_empty() {
                let seen = self.seen.recv().await.context("the watches have ended")?;
                if seen.version == version && names.remove(&seen.name) {
                    last = seen.at;
                }
            }
            anyhow::Ok(last)
        };
        let waited = tokio::time::timeout(timeout, waiting).await;
        waited
            .with_context(|| format!("not all are in the cluster in version {version} within {timeout:?}"))?
    }
}

async fn follow(mut watch: Watch, seen: mpsc::Sender<Seen>) {
    while let Ok(line) = watch.next().await {
        let at = now();
        let Some(it) = read(&line, at) else { continue };
        if seen.send(it).await.is_err() {
            return;
        }
    }
}

fn read(line: &[u8], at: Moment) -> Option<Seen> {
    let event: Value = serde_json::from_slice(line).ok()?;
    let metadata = &event["object"]["metadata"];
    let name = metadata["name"].as_str()?.to_owned();
    Some(Seen { name, version: content::version(metadata)?, at })
}
