//! What was run, and on what.

use std::process::Command;
use std::time::{Duration, SystemTime};

use testbed::nats_server;

use crate::args::Run;
use crate::report::words;

/// Names and values, in the order in which they are told.
pub type Setting = Vec<(&'static str, String)>;

pub fn look(run: &Run) -> anyhow::Result<Setting> {
    let command: Vec<String> = std::env::args().skip(1).collect();
    let mut setting = vec![
        ("command", format!("tributary-loadtest {}", command.join(" "))),
        ("time", humantime::format_rfc3339_seconds(SystemTime::now()).to_string()),
        ("build", build()),
        ("nats-server", server()?),
    ];
    setting.extend(machine());
    setting.extend(flags(run));
    Ok(setting)
}

fn build() -> String {
    let speed = if cfg!(debug_assertions) { "debug build: times mean nothing" } else { "release build" };
    format!("{}, {speed}", env!("CARGO_PKG_VERSION"))
}

fn server() -> anyhow::Result<String> {
    let output = Command::new(nats_server()?).arg("--version").output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.trim().trim_start_matches("nats-server: ").to_owned())
}

/// What the kernel does not tell is left out.
fn machine() -> Setting {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = read("/proc/cpuinfo", "model name").unwrap_or_default();
    let memory = read("/proc/meminfo", "MemTotal").and_then(|text| gigabytes(&text));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").ok();
    let processor = Some(format!("{cores} cores, shared by everything; {model}"));
    let all = [("processor", processor), ("memory", memory), ("kernel", kernel)];
    all.into_iter().filter_map(|(name, value)| Some((name, value?.trim().to_owned()))).collect()
}

fn read(file: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim_start_matches([' ', '\t', ':']).to_owned())
}

/// Of a text like `16384 kB`, in which the unit is 1,024 bytes.
fn gigabytes(text: &str) -> Option<String> {
    let kib: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(format!("{} GB", words::number(kib * 1024.0 / 1e9)))
}

/// All that shapes the load, defaults included.
fn flags(run: &Run) -> Setting {
    let number = |value: u32| words::number(value.into());
    let period = |value: Duration| humantime::format_duration(value).to_string();
    let cache = if run.shared_blob_cache { "one for all agents of a process" } else { "one for each agent" };
    vec![
        ("locations", format!("{}, {} of them live", number(run.locations), number(run.live()))),
        ("regions", run.region_names().len().to_string()),
        ("connections", number(run.connections)),
        ("hosts of agents", number(run.hosts)),
        ("replicas of services", number(run.replicas)),
        ("placements", number(run.placements)),
        ("objects of each", format!("{} of {} B", number(run.objects), number(run.object_bytes))),
        ("of them, different everywhere", number(run.per_location)),
        ("content caches", cache.to_owned()),
        ("agents in clusters", list(&run.clusters.agents)),
        ("objects in a cluster", list(&run.clusters.cluster_objects)),
        ("duration", period(run.duration)),
        ("heartbeat", period(run.periods.heartbeat)),
        ("anti-entropy", period(run.periods.anti_entropy)),
        ("resync", period(run.periods.resync)),
    ]
}

fn list(numbers: &[u32]) -> String {
    numbers.iter().map(|number| words::number((*number).into())).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_told_in_gigabytes() {
        assert_eq!(gigabytes("25165824 kB").as_deref(), Some("25.8 GB"));
        assert_eq!(gigabytes("much"), None);
    }
}
