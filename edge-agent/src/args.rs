//! The agent's configuration, checked before anything is touched.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, CommandFactory as _, Parser};

use crate::Periods;

/// Runs what Tributary places at one location.
#[derive(Clone, Debug, Parser)]
#[command(name = "tributary-agent", version)]
pub struct Command {
    /// The location that this agent is.
    #[arg(long, env = "TRIBUTARY_LOCATION", value_parser = label)]
    pub location: String,
    /// The region that it is in; the hub may move it later.
    #[arg(long, env = "TRIBUTARY_REGION", value_parser = label)]
    pub region: String,
    /// Where objects go: `kubernetes`, `directory:PATH`, or `memory` to try things out.
    #[arg(long, env = "TRIBUTARY_SINK")]
    pub sink: SinkKind,
    /// A folder of the agent's own, kept over restarts. With `kubernetes`, what is remembered is in the cluster, and the
    /// folder only spares memory.
    #[arg(long, env = "TRIBUTARY_STATE_DIR")]
    pub state_dir: Option<PathBuf>,
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// The NATS server.
    #[arg(long, env = "TRIBUTARY_NATS_URL", default_value = "nats://127.0.0.1:4222", value_parser = nats_url)]
    pub nats_url: String,
    #[command(flatten)]
    pub periods: PeriodArgs,
    /// Says what the configuration is, and ends.
    #[arg(long)]
    pub print_config: bool,
}

/// Of the sink `kubernetes`.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "With --sink kubernetes")]
pub struct ClusterArgs {
    /// How to reach the cluster; without it, as a pod, by its service account.
    #[arg(long, env = "TRIBUTARY_KUBECONFIG", value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Where the agent keeps its state and its lease.
    #[arg(long, env = "TRIBUTARY_NAMESPACE", default_value = "tributary-system", value_parser = label)]
    pub namespace: String,
    /// What this agent calls itself among those of its location; its host's name and a number by default.
    #[arg(long, env = "TRIBUTARY_HOLDER")]
    pub holder: Option<String>,
    /// How long another agent of this location waits before it takes over from one that is silent.
    #[arg(long, env = "TRIBUTARY_LEASE_DURATION", default_value = "15s", value_parser = lease)]
    pub lease_duration: Duration,
}

/// How often; each is kept within a fifth, so that agents do not act at the same time.
#[derive(Clone, Debug, Args)]
pub struct PeriodArgs {
    /// Between signs of life.
    #[arg(long, env = "TRIBUTARY_HEARTBEAT", default_value = "60s", value_parser = period)]
    pub heartbeat: Duration,
    /// Between reads of the document that no message announced.
    #[arg(long, env = "TRIBUTARY_ANTI_ENTROPY", default_value = "300s", value_parser = period)]
    pub anti_entropy: Duration,
    /// Between comparisons of everything with what is there.
    #[arg(long, env = "TRIBUTARY_RESYNC", default_value = "30s", value_parser = period)]
    pub resync: Duration,
}

/// Which sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SinkKind {
    Kubernetes,
    Directory(PathBuf),
    Memory,
}

impl FromStr for SinkKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("directory", path)) if !path.is_empty() => Ok(Self::Directory(path.into())),
            None if text == "kubernetes" => Ok(Self::Kubernetes),
            None if text == "memory" => Ok(Self::Memory),
            _ => Err("expected kubernetes, directory:PATH or memory".to_owned()),
        }
    }
}

impl std::fmt::Display for SinkKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Kubernetes => f.write_str("kubernetes"),
            Self::Directory(path) => write!(f, "directory:{}", path.display()),
            Self::Memory => f.write_str("memory"),
        }
    }
}

impl From<&PeriodArgs> for Periods {
    fn from(args: &PeriodArgs) -> Self {
        Self { heartbeat: args.heartbeat, anti_entropy: args.anti_entropy, resync: args.resync }
    }
}

impl Command {
    /// Reads the command line and the environment.
    ///
    /// # Errors
    /// What is wrong with it, or the help that was asked for.
    pub fn read(words: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Result<Self, clap::Error> {
        let command = Self::try_parse_from(words)?;
        if command.state_dir.is_none() && command.sink != SinkKind::Kubernetes {
            let message =
                format!("--sink {} keeps its state in a folder: name one with --state-dir", command.sink);
            return Err(Self::command().error(clap::error::ErrorKind::MissingRequiredArgument, message));
        }
        Ok(command)
    }

    /// The configuration as flags, one a line.
    pub fn print(&self) -> String {
        let period = |duration| Some(humantime::format_duration(duration).to_string());
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let lines = [
            ("location", Some(self.location.clone())),
            ("region", Some(self.region.clone())),
            ("sink", Some(self.sink.to_string())),
            ("state-dir", path(&self.state_dir)),
            ("kubeconfig", path(&self.cluster.kubeconfig)),
            ("namespace", Some(self.cluster.namespace.clone())),
            ("holder", self.cluster.holder.clone()),
            ("lease-duration", period(self.cluster.lease_duration)),
            ("nats-url", Some(self.nats_url.clone())),
            ("heartbeat", period(self.periods.heartbeat)),
            ("anti-entropy", period(self.periods.anti_entropy)),
            ("resync", period(self.periods.resync)),
        ];
        let lines = lines.into_iter().filter_map(|(name, value)| Some(format!("--{name}={}\n", value?)));
        lines.collect()
    }
}

/// A name as locations and regions have it.
pub fn label(text: &str) -> Result<String, String> {
    if model::name::is_dns_label(text) {
        return Ok(text.to_owned());
    }
    Err("expected 1 to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit".into())
}

/// Something like `nats://host:4222`.
pub fn nats_url(text: &str) -> Result<String, String> {
    let schemes = ["nats://", "tls://", "ws://", "wss://"];
    let host = schemes.iter().find_map(|scheme| text.strip_prefix(scheme));
    match host {
        Some(host) if !host.is_empty() => Ok(text.to_owned()),
        _ => Err(format!("expected an address that begins with one of {}", schemes.join(", "))),
    }
}

/// Whole seconds, of which the API server keeps no fractions.
fn lease(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if duration < Duration::from_secs(2) || duration.subsec_nanos() != 0 {
        return Err("expected whole seconds, at least 2s".to_owned());
    }
    Ok(duration)
}

/// At least 100 ms: less would only keep the machine busy.
fn period(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if duration < Duration::from_millis(100) {
        return Err("expected at least 100ms".to_owned());
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(extra: &[&str]) -> Result<Command, clap::Error> {
        let needed = ["agent", "--location=store-1", "--region=eu", "--sink=directory:/x", "--state-dir=/s"];
        Command::read(needed.iter().chain(extra))
    }

    #[test]
    fn the_printed_configuration_is_the_same_configuration() {
        let command = parse(&["--heartbeat=5s"]).unwrap();
        let printed = command.print();
        let again = Command::read(std::iter::once("agent").chain(printed.lines())).unwrap();
        assert_eq!(again.print(), printed);
        assert!(printed.contains("--heartbeat=5s\n"));
    }

    #[test]
    fn wrong_values_are_refused() {
        for wrong in [
            "--location=Store_1",
            "--sink=disk:/x",
            "--nats-url=127.0.0.1",
            "--resync=1ms",
            "--bogus",
            "--lease-duration=1s",
        ] {
            assert!(parse(&[wrong]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_folder_for_state_is_needed_unless_the_cluster_keeps_it() {
        let parse = |sink| Command::read(["agent", "--location=store-1", "--region=eu", sink]);
        assert!(parse("--sink=kubernetes").is_ok());
        assert!(parse("--sink=memory").unwrap_err().to_string().contains("--state-dir"));
    }

    #[test]
    fn every_flag_has_its_variable() {
        for argument in Command::command().get_arguments().filter(|argument| argument.get_env().is_some()) {
            let flag = argument.get_long().unwrap().to_uppercase().replace('-', "_");
            assert_eq!(argument.get_env().unwrap().to_str().unwrap(), format!("TRIBUTARY_{flag}"));
        }
    }
}
