//! One change to many agents in clusters, and what the API server takes for the same writes without any agent.
//!
//! Each agent is a process with all its defaults. They share one API server, so that each location has its own namespace and
//! with it its own placement: one `apply` changes the two objects of each of them.

mod group;

use std::collections::BTreeMap;

use self::group::{Group, Round, Spent};
use crate::figures::Figures;
use crate::latency::Latencies;
use crate::stage::Stage;

/// One after the other, each with the bare writes after it; medians are told.
const ROUNDS: usize = 5;

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let mut lost = 0;
    for count in stage.run.clusters.agents.clone() {
        let (mut group, first) = Group::start(stage, count).await?;
        figures.seconds(&format!("first_true_s.{count}"), first);
        let rest = group.rest(stage).await?;
        let (mut rounds, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            rounds.push(group.change(stage).await?);
            bare.push(group.bare().await?);
        }
        tell(figures, count, &rounds, &bare);
        usage(figures, count, &rest, rounds.iter().map(|round| &round.spent));
        bare_usage(figures, count, &bare);
        memory(figures, count, &group)?;
        lost += group.lost().await?;
        group.end(stage).await?;
    }
    figures.set("lost", lost);
    Ok(())
}

fn tell(figures: &mut Figures, count: u32, rounds: &[Round], bare: &[Spent]) {
    let applied = Latencies::new(rounds.iter().flat_map(|round| round.applied.sorted().to_vec()).collect());
    let last = median(rounds.iter().filter_map(|round| round.applied.max()));
    let is_true = median(rounds.iter().map(|round| round.is_true));
    let bare = median(bare.iter().map(|bare| bare.seconds));
    let times = [
        ("applied_p50_s", applied.quantile(0.5).unwrap_or_default()),
        ("applied_last_s", last),
        ("summary_true_s", is_true),
        ("bare_s", bare),
    ];
    for (name, seconds) in times {
        figures.seconds(&format!("{name}.{count}"), seconds);
    }
    figures.measure(&format!("ratio_to_bare.{count}"), is_true / bare);
}

/// CPU time of a change, without what passes anyway.
fn usage<'a>(figures: &mut Figures, count: u32, rest: &Spent, changes: impl Iterator<Item = &'a Spent>) {
    let mut spent: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for change in changes {
        for (name, cpu) in &change.cpu {
            let anyway = rest.cpu.get(name).copied().unwrap_or_default() / rest.seconds * change.seconds;
            spent.entry(name).or_default().push(cpu - anyway);
        }
    }
    for (name, cpu) in spent {
        let each = mean(&cpu).max(0.0) / f64::from(count);
        figures.measure(&format!("{name}_cpu_ms_per_agent.{count}"), each * 1e3);
    }
    for (name, cpu) in &rest.cpu {
        let each = cpu / rest.seconds / f64::from(count);
        figures.measure(&format!("{name}_rest_millicores_per_agent.{count}"), each * 1e3);
    }
}

/// The same of the bare writes.
fn bare_usage(figures: &mut Figures, count: u32, bare: &[Spent]) {
    for name in ["api", "etcd"] {
        let cpu: Vec<f64> = bare.iter().filter_map(|bare| bare.cpu.get(name).copied()).collect();
        figures
            .measure(&format!("bare_{name}_cpu_ms_per_agent.{count}"), mean(&cpu) * 1e3 / f64::from(count));
    }
}

fn memory(figures: &mut Figures, count: u32, group: &Group) -> anyhow::Result<()> {
    let usages: Vec<_> = group.agents.usages()?.into_values().collect();
    let of = |one: fn(&crate::usage::Usage) -> f64| median(usages.iter().map(one));
    figures.measure(&format!("agent_rss_mb.{count}"), of(|usage| usage.rss_mb));
    figures.measure(&format!("agent_own_mb.{count}"), of(|usage| usage.own_mb));
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    Latencies::new(values.collect()).quantile(0.5).unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "a handful of rounds")]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
