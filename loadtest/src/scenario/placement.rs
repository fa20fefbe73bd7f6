//! Decisions: how long the first ones take, one location's change, a plan of a change, and a restart.
//!
//! Placements take no objects here, so that what is measured is deciding and storing. The moments are the server's own times
//! of the decisions' rows, and of the marks by which placement says how far it has decided.

mod choices;
mod plan;
mod turns;

use model::PlacementKey;
use wire::api::{self, LocationDeletion};

use crate::declare::choice::{self, Kind, Turn};
use crate::figures::Figures;
use crate::stage::Stage;

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    for (name, kind) in kinds(stage.run.locations) {
        first(stage, figures, name, kind).await?;
    }
    let best = choice::kind_key("best");
    let chosen = stage.chosen(&best).await?.len();
    figures.set("placement_best_locations", chosen);
    figures.set("lost", (best_of(stage.run.locations) as usize).saturating_sub(chosen));
    for (name, turn) in Turn::ALL {
        let turned = turns::play(stage, &best, turn).await?;
        turned.told(figures, "placement", name);
    }
    plan::play(stage, figures).await?;
    remove(stage, kinds(stage.run.locations).map(|(name, _)| choice::kind_key(name)).to_vec()).await?;
    choices::play(stage, figures).await
}

/// How many the placement of the best ones is to choose; there are always as many that it may.
fn best_of(locations: u32) -> u32 {
    (locations / 10).clamp(1, 1000)
}

/// Names of placements with what each asks for.
fn kinds(locations: u32) -> [(&'static str, Kind); 3] {
    let best = Kind::Best(best_of(locations));
    [("selector", Kind::Selector), ("expression", Kind::Expression), ("best", best)]
}

/// From the call until the last decision is stored.
async fn first(stage: &mut Stage, figures: &mut Figures, name: &str, kind: Kind) -> anyhow::Result<()> {
    let key = choice::kind_key(name);
    let before = stage.stack.usages()?;
    let decided = stage.decide(vec![declared(&key, kind, 0)]).await?;
    let cpu = stage.placement_cpu_since(&before)?;
    if let Some(last) = stage.decided_after(&key, decided.begun).await? {
        figures.seconds(&format!("placement_first_s.{name}"), last);
    }
    figures.measure(&format!("placement_first_cpu_s.{name}"), cpu);
    Ok(())
}

fn declared(key: &PlacementKey, kind: Kind, variant: u32) -> api::Resource {
    wire::resource_message(&choice::deciding(key, kind, variant))
}

/// Deletes placements, and waits until that is decided.
async fn remove(stage: &mut Stage, keys: Vec<PlacementKey>) -> anyhow::Result<()> {
    let key =
        |key: &PlacementKey| wire::resource_key_message(&choice::deciding(key, Kind::Selector, 0).key());
    let keys = keys.iter().map(key).collect();
    let watermark = stage.hub.delete(keys, LocationDeletion::Unspecified).await?;
    stage.decided(&watermark).await?;
    Ok(())
}
