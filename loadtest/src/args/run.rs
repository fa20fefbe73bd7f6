//! The flags of a run.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use edge_agent::args::PeriodArgs;

use super::ClusterArgs;
use crate::fleet;

/// A stream of more subjects than this leaves the range that the server is measured for.
const REGION: u32 = 250_000;
/// What a region usually has: each has streams and leases of its own, which are written side by side.
const USUAL: u32 = 25_000;

/// The groups of `--help`.
const FLEET: &str = "Fleet";
const LOAD: &str = "What every location gets";
const SERVICES: &str = "Services";
const PLAY: &str = "What is played";
const RESULTS: &str = "Results";
const PERIODS: &str = "Agents' periods";

const EXAMPLES: &str = "\
Examples:
  tributary-loadtest run
      One change to 1,000 locations; the times of every stage as JSON on standard output
  tributary-loadtest run --locations 100000 --scenario change,raw --html report.html
      The same to 100,000, how much longer it takes than its bare messages, and a page that shows it
  tributary-loadtest run --locations 10000 --connections 10000
      Each agent has a connection of its own, as in the field
  tributary-loadtest run --locations 1000000 --connections 40 --shared-blob-cache --rest-after 200ms --timeout 1h
      A million agents in one process: with no more connections than regions they share subscriptions, content is kept once, and
      who has nothing to do rests
  tributary-loadtest run --locations 100000 --placements 5 --scenario storage,restart --folder run
      Five placements; the server's store and the logs are kept in ./run
  tributary-loadtest run --locations 1 --scenario kubernetes --agents 10,50,100,200
      One change to so many agents in clusters, each a process, on one real API server; and the same writes without agents
  tributary-loadtest run --locations 1 --scenario cluster --cluster-objects 20,100,1000,2000 --agent-binary target/*/agent/tributary-agent
      The agent as it is shipped, with so many objects: first apply, changes one by one, memory and CPU at rest
  tributary-loadtest run --locations 100000 --scenario rollout --waves 100
      How much longer a change takes in a hundred waves than at once
  tributary-loadtest run --locations 100000 --offline 100 --scenario placement --choices 1000
      Decisions alone, without any agent: a thousand placements that choose among all locations
  tributary-loadtest run --locations 200 --duration 5s --scenario all
      A little of everything, to see that it works

A run fails if a location did not get what it should have. What was not measured is absent from the figures, never zero.
Durations are written like 30s or 5m. With RUST_LOG=info the logs below --folder tell what services and agents do.";

#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Run {
    /// Locations with an agent each.
    #[arg(long, help_heading = FLEET, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=2_000_000))]
    pub locations: u32,
    /// Regions that the locations are dealt to, at most 250,000 to each; they are written side by side. Without it, one for
    /// each 25,000 locations.
    #[arg(long, help_heading = FLEET, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub regions: Option<u32>,
    /// Locations without an agent, of a hundred; 100 where only decisions are looked at.
    #[arg(long, help_heading = FLEET, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub offline: u32,
    /// Connections that the agents share; as many as there are agents for one each.
    #[arg(long, help_heading = FLEET, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub connections: u32,
    /// Processes that host the agents.
    #[arg(long, help_heading = FLEET, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub hosts: u32,
    /// The agents of a process keep content once for all of them, as a site's proxy would; otherwise each has its own.
    #[arg(long, help_heading = FLEET)]
    pub shared_blob_cache: bool,
    /// An agent that has had nothing to do for so long keeps only what it needs to go on: a few kilobytes. Without it, all are
    /// always awake.
    #[arg(long, help_heading = FLEET, value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub rest_after: Option<Duration>,
    /// Placements, each with objects of its own for all locations.
    #[arg(long, help_heading = LOAD, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub placements: u32,
    /// Objects of each placement.
    #[arg(long, help_heading = LOAD, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub objects: u32,
    /// Of each object's content, which does not compress.
    #[arg(long, help_heading = LOAD, default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=500_000))]
    pub object_bytes: u32,
    /// How many of a placement's objects render differently at each location.
    #[arg(long, help_heading = LOAD, default_value_t = 1)]
    pub per_location: u32,
    /// Replicas of each service.
    #[arg(long, help_heading = SERVICES, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=8))]
    pub replicas: u32,
    /// What is played, in this order; may be repeated.
    #[arg(long = "scenario", help_heading = PLAY, value_delimiter = ',', default_value = "change")]
    pub scenarios: Vec<Scenario>,
    /// Placements that `placement` decides together, each the best hundred locations of its own.
    #[arg(long, help_heading = PLAY, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=5000))]
    pub choices: u32,
    /// Waves of `rollout`, of equal size.
    #[arg(long, help_heading = PLAY, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub waves: u32,
    /// How long `churn`, `status`, `soak` and `idle` last, and how long agents at rest are watched in `kubernetes` and `cluster`;
    /// where `idle` or `cluster` is played by its name, 5m or 1m if nothing else is said.
    #[arg(long, help_heading = PLAY, default_value = "20s", default_value_ifs([("scenarios", "idle", "5m"), ("scenarios", "cluster", "1m")]), value_parser = humantime::parse_duration)]
    pub duration: Duration,
    /// A soak with the same seed plays the same actions, as far as time allows; without it a random one, which is told.
    #[arg(long, help_heading = PLAY, value_name = "NUMBER")]
    pub seed: Option<u32>,
    /// How long anything may take before the run fails.
    #[arg(long, help_heading = PLAY, default_value = "10m", value_parser = humantime::parse_duration)]
    pub timeout: Duration,
    /// Where the figures are written, one JSON object for each scenario.
    #[arg(long, help_heading = RESULTS, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Where a report for readers is written: one file with distributions and time lines.
    #[arg(long, help_heading = RESULTS, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// For the server's store and all logs, kept afterwards; without it a temporary folder, removed.
    #[arg(long, help_heading = RESULTS)]
    pub folder: Option<PathBuf>,
    #[command(flatten)]
    pub clusters: ClusterArgs,
    #[command(flatten, next_help_heading = PERIODS)]
    pub periods: PeriodArgs,
}

/// What can be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Scenario {
    /// One change of one object to all locations
    Change,
    /// One change to 100 of the locations
    Narrow,
    /// One change to all locations at once and in --waves waves, in turns
    Rollout,
    /// First decisions, changed locations, plans and a restart, with placements that choose; --choices of them together
    Placement,
    /// A stream of label and property changes of locations, some of which move membership
    Churn,
    /// One agent as a process of its own, with nothing to do: its traffic, memory and CPU time
    Idle,
    /// Agents change state at a rate
    Status,
    /// kill -9 of each service and of NATS
    Restart,
    /// All agents lose their connections at once
    Reconnect,
    /// Listing and filtering 600, 6,000 and all locations
    List,
    /// What the server stores for a location and a placement
    Storage,
    /// One change to --agents agents in clusters, a process each, on one real API server, and the same writes without them
    Kubernetes,
    /// One agent on a real API server with --cluster-objects objects: first apply, changes, and at rest
    Cluster,
    /// A mix of the others with faults, checked at the end
    Soak,
    /// The messages of a change by a bare NATS client, without any of our code
    Raw,
    /// All of them
    All,
}

impl Run {
    /// Names of the regions.
    pub fn region_names(&self) -> Vec<String> {
        let regions = self.regions.unwrap_or_else(|| self.locations.div_ceil(USUAL));
        (0..regions).map(|number| format!("r{number}")).collect()
    }

    /// What is played, `all` spelled out: what disturbs others comes last.
    pub fn played(&self) -> Vec<Scenario> {
        if !self.scenarios.contains(&Scenario::All) {
            return self.scenarios.clone();
        }
        Scenario::value_variants().iter().copied().filter(|scenario| *scenario != Scenario::All).collect()
    }

    /// Whether a scenario is among them.
    pub fn plays(&self, scenario: Scenario) -> bool {
        self.scenarios.contains(&scenario) || self.scenarios.contains(&Scenario::All)
    }

    /// Why the flags do not fit together.
    pub fn check(&self) -> anyhow::Result<()> {
        let regions = self.region_names().len();
        anyhow::ensure!(
            self.locations as usize <= regions * REGION as usize,
            "{} locations in {regions} regions are more than {REGION} in one; raise --regions",
            self.locations
        );
        anyhow::ensure!(
            self.per_location <= self.objects,
            "--per-location is {}, but there are {} objects",
            self.per_location,
            self.objects
        );
        anyhow::ensure!(
            self.connections >= self.hosts,
            "each of {} hosts needs a connection; raise --connections",
            self.hosts
        );
        let alone = [Scenario::Placement, Scenario::Storage, Scenario::List];
        anyhow::ensure!(
            self.live() > 0 || self.played().iter().all(|scenario| alone.contains(scenario)),
            "--offline leaves nobody an agent; without any, placement, storage and list can be played"
        );
        Ok(())
    }

    /// Whether a numbered location has an agent.
    pub fn is_live(&self, number: u32) -> bool {
        fleet::is_live(number, self.offline)
    }

    /// Locations with an agent.
    pub fn live(&self) -> u32 {
        (0..self.locations).filter(|number| self.is_live(*number)).count().try_into().unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Action, Command};

    fn run(extra: &[&str]) -> Run {
        let command = Command::try_parse_from(["loadtest", "run"].iter().chain(extra)).unwrap();
        let Action::Run(run) = command.action else { panic!("not a run") };
        run
    }

    #[test]
    fn a_region_has_a_usual_size_and_a_bound() {
        assert_eq!(run(&[]).region_names(), ["r0"]);
        assert_eq!(run(&["--locations=100000"]).region_names().len(), 4);
        assert!(run(&["--locations=500001", "--regions=2"]).check().is_err());
    }

    #[test]
    fn a_share_of_the_locations_has_no_agent() {
        let run = run(&["--locations=250", "--offline=10"]);
        assert_eq!(run.live(), 220);
        assert!(!run.is_live(9) && run.is_live(10) && !run.is_live(200));
    }

    #[test]
    fn an_idle_agent_is_watched_for_longer() {
        let duration = |extra: &[&str]| run(extra).duration.as_secs();
        assert_eq!([duration(&[]), duration(&["--scenario=churn,idle"])], [20, 300]);
        assert_eq!(duration(&["--scenario=kubernetes,cluster"]), 60);
        assert_eq!(duration(&["--scenario=idle", "--duration=1h"]), 3600);
    }

    #[test]
    fn all_is_every_other_scenario() {
        let played = run(&["--scenario=all"]).played();
        assert!(!played.contains(&Scenario::All));
        assert_eq!(played.len(), Scenario::value_variants().len() - 1);
    }
}
