//! What processes use, as the kernel counts it.

use std::collections::BTreeMap;

use anyhow::Context as _;

/// CPU seconds and memory of one process.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    pub cpu_s: f64,
    /// Resident now.
    pub rss_mb: f64,
    /// Of that, what is no file's: memory that no other process shares.
    pub own_mb: f64,
    /// The most that was ever resident.
    pub peak_mb: f64,
}

/// By the processes' names.
pub type Usages = BTreeMap<String, Usage>;

/// Of a running process.
pub fn of(id: u32) -> anyhow::Result<Usage> {
    let read = |file: &str| {
        std::fs::read_to_string(format!("/proc/{id}/{file}"))
            .with_context(|| format!("process {id} has ended"))
    };
    let status = read("status")?;
    Ok(Usage {
        cpu_s: cpu(&read("stat")?).context("the kernel does not tell the CPU time")?,
        rss_mb: megabytes(&status, "VmRSS:").unwrap_or_default(),
        own_mb: megabytes(&status, "RssAnon:").unwrap_or_default(),
        peak_mb: megabytes(&status, "VmHWM:").unwrap_or_default(),
    })
}

/// CPU seconds of all processes that this one has started and that have ended.
pub fn of_ended() -> anyhow::Result<f64> {
    let stat =
        std::fs::read_to_string("/proc/self/stat").context("the kernel does not tell of this process")?;
    ticks(&stat, [13, 14]).context("the kernel does not tell the CPU time")
}

/// User and system time of a `stat` line.
fn cpu(stat: &str) -> Option<f64> {
    ticks(stat, [11, 12])
}

/// The sum of fields of a `stat` line, in seconds; they are counted behind the command, which may hold anything.
#[expect(clippy::cast_precision_loss, reason = "ticks of one process")]
fn ticks(stat: &str, fields: [usize; 2]) -> Option<f64> {
    let all: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let of = |at: usize| all.get(at)?.parse::<u64>().ok();
    let sum = of(fields[0])? + of(fields[1])?;
    Some(sum as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// A line of `status`, which counts in units of 1,024 bytes.
fn megabytes(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some((kib * 1.024 / 100.0).round() / 10.0)
}

/// CPU seconds by process between two looks.
pub fn spent(before: &Usages, after: &Usages) -> BTreeMap<String, f64> {
    let since = |name: &String| before.get(name).map_or(0.0, |usage| usage.cpu_s);
    after.iter().map(|(name, usage)| (name.clone(), (usage.cpu_s - since(name)).max(0.0))).collect()
}

/// Of the hub: the services and NATS, without the hosts of agents.
pub fn of_hub(spent: &BTreeMap<String, f64>) -> f64 {
    spent.iter().filter(|(name, _)| !name.starts_with("host")).map(|(_, cpu)| cpu).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_tells_its_own_use() {
        let usage = of(std::process::id()).unwrap();
        assert!(usage.rss_mb > 1.0 && usage.peak_mb >= usage.rss_mb);
        assert!(of(u32::MAX).is_err());
    }

    #[test]
    fn fields_are_counted_behind_the_command() {
        let stat = "7 (a b) c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0";
        let ticks = rustix::param::clock_ticks_per_second() as f64;
        assert_eq!(cpu(stat), Some(200.0 / ticks));
        assert_eq!(megabytes("VmRSS:\t  100000 kB\n", "VmRSS:"), Some(102.4));
    }
}
