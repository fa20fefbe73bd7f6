//! Many placements that choose among the same locations.

use super::{declared, remove, turns};
use crate::clock::{now, seconds};
use crate::declare::{
    self,
    choice::{self, Kind, Turn},
};
use crate::figures::Figures;
use crate::stage::Stage;
use crate::usage;

/// What each of them wants.
const LOCATIONS: u32 = 100;

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let count = stage.run.choices;
    let kind = Kind::Choice(LOCATIONS.min((stage.run.locations / 10).max(1)));
    figures.set("choices", count);
    let before = stage.stack.usages()?;
    let all = (0..count).map(|number| declared(&choice::choice_key(number), kind, number)).collect();
    let decided = stage.decide(all).await?;
    figures.measure("choices_first_cpu_s", stage.placement_cpu_since(&before)?);
    if let Some(last) = stage.all_decided_after(decided.begun).await? {
        figures.seconds("choices_first_s", last);
    }
    for (name, turn) in Turn::ALL {
        turns::play(stage, &choice::choice_key(0), turn).await?.told(figures, "choices", name);
    }
    restart(stage, figures).await?;
    remove(stage, (0..count).map(choice::choice_key).collect()).await
}

/// `kill -9`, until it has caught up, and until it has decided on something that came after that.
async fn restart(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let leases = stage.stack.all_leases().await?.get("placement").copied().unwrap_or_default();
    let begun = now();
    stage.stack.restart("placement").await?;
    stage.stack.recovered("placement", leases).await?;
    figures.seconds("choices_restart_s", seconds(begun, now()));
    let known = declare::located(&stage.run, &stage.regions, 0, stage.generations.of(0));
    let changed = wire::resource_message(&choice::turned(known, Turn::Unread, 0));
    let decided = stage.decide(vec![changed]).await?;
    figures.seconds("choices_restart_decided_s", seconds(begun, decided.complete));
    let cpu: f64 =
        stage.stack.usages()?.iter().filter(|(name, _)| name.starts_with("placement-")).map(of).sum();
    figures.measure("choices_restart_cpu_s", cpu);
    stage.decide(vec![stage.declaration(0)]).await?;
    Ok(())
}

fn of((_, usage): (&String, &usage::Usage)) -> f64 {
    usage.cpu_s
}
