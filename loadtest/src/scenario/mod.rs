//! What is played.

mod change;
mod check;
mod churn;
mod cluster;
mod idle;
mod kubernetes;
mod list;
mod narrow;
mod placement;
mod raw;
mod reconnect;
mod restart;
mod rollout;
mod soak;
mod status;
mod storage;

use crate::args::Scenario;
use crate::figures::Figures;
use crate::stage::Stage;
use crate::usage::{self, Usages};

pub use self::check::{gone, locations};

/// Plays one scenario on a fleet at rest, and leaves it at rest.
pub async fn play(stage: &mut Stage, scenario: Scenario) -> anyhow::Result<Figures> {
    let mut figures = Figures::default();
    figures.set("locations", stage.run.locations);
    figures.set("connections", stage.run.connections);
    let before = stage.stack.usages()?;
    match scenario {
        Scenario::Change => change::play(stage, &mut figures).await?,
        Scenario::Narrow => narrow::play(stage, &mut figures).await?,
        Scenario::Rollout => rollout::play(stage, &mut figures).await?,
        Scenario::Placement => placement::play(stage, &mut figures).await?,
        Scenario::Churn => churn::play(stage, &mut figures).await?,
        Scenario::Idle => idle::play(stage, &mut figures).await?,
        Scenario::Status => status::play(stage, &mut figures).await?,
        Scenario::Restart => restart::play(stage, &mut figures).await?,
        Scenario::Reconnect => reconnect::play(stage, &mut figures).await?,
        Scenario::List => list::play(stage, &mut figures).await?,
        Scenario::Storage => storage::play(stage, &mut figures).await?,
        Scenario::Kubernetes => kubernetes::play(stage, &mut figures).await?,
        Scenario::Cluster => cluster::play(stage, &mut figures).await?,
        Scenario::Soak => soak::play(stage, &mut figures).await?,
        Scenario::Raw => raw::play(stage, &mut figures).await?,
        // It is spelled out before.
        Scenario::All => {}
    }
    used(&mut figures, &before, &stage.stack.usages()?);
    Ok(figures)
}

/// What processes have used in all of the scenario, where it has not told it more exactly. One that was killed meanwhile has
/// used what its last life did.
fn used(figures: &mut Figures, before: &Usages, after: &Usages) {
    for (name, cpu) in usage::spent(before, after) {
        figures.measure_if_absent(&format!("cpu_s.{name}"), cpu);
    }
    for (name, usage) in after {
        figures.measure_if_absent(&format!("rss_mb.{name}"), usage.rss_mb);
    }
}
