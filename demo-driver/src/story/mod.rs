//! The acts of the demo, in order. Each shows something, checks that it is so, and may measure it.

mod absence;
mod breakage;
mod change;
mod cluster_objects;
mod drift;
mod first_apply;
mod pull_failure;
pub mod stage;
mod stay;
mod takeover;
mod withdrawal;

use crate::args::Args;
use crate::figures::Figures;
use crate::quit::Quit;
use crate::say;

use stage::Stage;

/// Tells all of it; stays at the end unless it is told once.
pub async fn tell(args: &Args, quit: &Quit) -> anyhow::Result<Figures> {
    let mut stage = Stage::set(args).await?;
    let mut figures =
        Figures { locations: stage.locations, clusters: stage.clusters.count(), ..Figures::default() };
    first_apply::play(&mut stage, &mut figures).await?;
    cluster_objects::play(&stage).await?;
    change::play(&mut stage, &mut figures).await?;
    breakage::play(&mut stage).await?;
    pull_failure::play(&stage).await?;
    drift::play(&stage).await?;
    absence::play(&mut stage, &mut figures).await?;
    takeover::play(&mut stage, &mut figures).await?;
    if !args.once {
        say::title("All of it was true, in the tables, on disk, and in the clusters if there are any");
        stay::stay(&mut stage, quit).await?;
        say::line("ending");
    }
    withdrawal::play(&stage).await?;
    stage.end().await?;
    say::title("All of it was true, in the tables, on disk, and in the clusters if there are any");
    Ok(figures)
}
