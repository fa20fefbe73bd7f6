//! The acts of the demo, in order. Each shows something, checks that it is so, and may measure it.

mod absence;
mod breakage;
mod change;
mod first_apply;
mod stage;
mod stay;
mod takeover;

use crate::args::Args;
use crate::figures::Figures;
use crate::say;

use stage::Stage;

/// Tells all of it; stays at the end unless it is told once.
pub async fn tell(args: &Args) -> anyhow::Result<Figures> {
    let mut stage = Stage::set(args).await?;
    let mut figures = Figures { locations: stage.locations, ..Figures::default() };
    first_apply::play(&mut stage, &mut figures).await?;
    change::play(&mut stage, &mut figures).await?;
    breakage::play(&mut stage).await?;
    absence::play(&mut stage, &mut figures).await?;
    takeover::play(&mut stage, &mut figures).await?;
    say::title("All of it was true, in the tables and on disk");
    if !args.once {
        stay::stay(&mut stage).await?;
    }
    stage.end().await;
    Ok(figures)
}
