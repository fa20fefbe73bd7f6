//! The `tributary` command, run as a user would run it.

use std::path::PathBuf;
use std::process::{Output, Stdio};

use anyhow::{Context as _, bail};
use model::PlacementKey;
use serde_json::Value;
use tokio::process::Command;

use crate::say;

/// The command line, set up for the demo's gateway.
#[derive(Debug, Clone)]
pub struct Tributary {
    program: PathBuf,
    environment: Vec<(String, String)>,
}

impl Tributary {
    pub fn new(environment: Vec<(String, String)>) -> anyhow::Result<Tributary> {
        Ok(Tributary { program: testbed::binary("tributary")?, environment })
    }

    /// Runs a command, shows it, and shows at most `limit` lines of what it prints.
    pub async fn show(&self, args: &[&str], limit: usize) -> anyhow::Result<String> {
        say::command(args);
        let text = self.run(args).await?;
        say::output(&text, limit);
        Ok(text)
    }

    /// Shows how a placement fares: `tributary describe` without the manifest that it begins with.
    pub async fn describe(&self, placement: &PlacementKey) -> anyhow::Result<String> {
        let args = in_space(placement, &["describe", "placement", &placement.name]);
        say::command(&args);
        let text = self.run(&args).await?;
        say::output_from(&text, "Rollout", 40);
        Ok(text)
    }

    /// Runs a command and returns what it prints.
    pub async fn run(&self, args: &[&str]) -> anyhow::Result<String> {
        let output = self.output(args).await?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if !output.status.success() {
            bail!("tributary {}: {}: {}", args.join(" "), output.status, text(&output.stderr).trim());
        }
        Ok(text(&output.stdout))
    }

    /// Runs a command with `-o json` and parses what it prints.
    pub async fn json(&self, args: &[&str]) -> anyhow::Result<Value> {
        let args = [args, &["-o", "json"]].concat();
        let text = self.run(&args).await?;
        serde_json::from_str(&text).with_context(|| format!("tributary {} printed no JSON", args.join(" ")))
    }

    async fn output(&self, args: &[&str]) -> anyhow::Result<Output> {
        let environment = self.environment.iter().map(|(name, value)| (name, value));
        let mut command = Command::new(&self.program);
        command.args(args).envs(environment).stdin(Stdio::null()).kill_on_drop(true);
        command.output().await.with_context(|| format!("cannot run {}", self.program.display()))
    }

    /// The manifests that a location should have of a placement, without those that are withheld.
    pub async fn rendered(&self, placement: &PlacementKey, location: &str) -> anyhow::Result<Vec<Value>> {
        let args = ["render", "--placement", &placement.name, "--location", location];
        let answer = self.json(&in_space(placement, &args)).await?;
        let items = answer["items"].as_array().cloned();
        items.with_context(|| format!("tributary {} printed no list", args.join(" ")))
    }
}

/// The arguments, with the placement's space where it is not the default one.
pub fn in_space<'a>(placement: &'a PlacementKey, args: &[&'a str]) -> Vec<&'a str> {
    let mut args = args.to_vec();
    if placement.space != model::DEFAULT_SPACE {
        args.extend(["--space", &placement.space]);
    }
    args
}
