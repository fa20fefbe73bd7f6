//! One agent in a cluster of its own: how long objects take to be there, what that costs, and what it takes with nothing
//! to do.
//!
//! When objects are there is told by watches of the API server. The same objects are written by bare requests into another
//! namespace, as many at a time as the agent has.

mod one;

use self::one::{Applied, One, Rest};
use crate::figures::Figures;
use crate::latency::Latencies;
use crate::stage::Stage;

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    for count in stage.run.clusters.cluster_objects.clone() {
        let mut figures = Of { figures, count };
        let mut one = One::start(stage, count).await?;
        first(stage, &mut one, &mut figures).await?;
        changes(stage, &mut one, &mut figures).await?;
        rest(&mut figures, &one.rest(stage).await?);
        one.end(stage).await?;
    }
    Ok(())
}

/// The figures of an agent with so many objects.
struct Of<'a> {
    figures: &'a mut Figures,
    count: u32,
}

impl Of<'_> {
    fn measure(&mut self, name: &str, value: f64) {
        self.figures.measure(&format!("{name}.{}", self.count), value);
    }

    /// Median and tail.
    fn distribution(&mut self, name: &str, latencies: &Latencies) {
        for (suffix, share) in [("p50", 0.5), ("p99", 0.99)] {
            self.measure(&format!("{name}_{suffix}_s"), latencies.quantile(share).unwrap_or_default());
        }
    }
}

/// All objects at once, to a cluster that has none of them.
async fn first(stage: &mut Stage, one: &mut One, figures: &mut Of<'_>) -> anyhow::Result<()> {
    let (first, cpu_s) = one.first(stage).await?;
    let bare = one.bare_first().await?;
    figures.measure("first_applied_s", first.applied);
    figures.measure("first_true_s", first.is_true);
    figures.measure("first_bare_s", bare);
    figures.measure("first_ratio_to_bare", first.applied / bare);
    figures.measure("first_agent_cpu_ms_per_object", cpu_s * 1e3 / f64::from(figures.count));
    Ok(())
}

/// One object after the other, each when the summary of the change before it is true.
async fn changes(stage: &mut Stage, one: &mut One, figures: &mut Of<'_>) -> anyhow::Result<()> {
    let (mut changes, mut bare) = (Vec::new(), Vec::new());
    let before = one.cpu_s()?;
    for _ in 0..stage.run.clusters.changes {
        changes.push(one.change(stage).await?);
    }
    let spent = one.cpu_s()? - before;
    for _ in 0..stage.run.clusters.changes {
        bare.push(one.bare_change().await?);
    }
    let of = |one: fn(&Applied) -> f64| Latencies::new(changes.iter().map(one).collect());
    figures.distribution("change_received", &of(|change| change.received));
    figures.distribution("change", &of(|change| change.applied));
    figures.distribution("change_in_agent", &of(|change| change.applied - change.received));
    figures.distribution("change_true", &of(|change| change.is_true));
    figures.distribution("change_bare", &Latencies::new(bare));
    figures.measure("change_agent_cpu_ms", spent * 1e3 / f64::from(stage.run.clusters.changes));
    Ok(())
}

fn rest(figures: &mut Of<'_>, rest: &Rest) {
    figures.measure("rest_rss_mb", rest.usage.rss_mb);
    figures.measure("rest_own_mb", rest.usage.own_mb);
    figures.measure("rest_peak_mb", rest.usage.peak_mb);
    figures.measure("rest_millicores", rest.cpu_s / rest.seconds * 1e3);
    figures.measure("rest_requests_per_minute", rest.requests / rest.seconds * 60.0);
}
