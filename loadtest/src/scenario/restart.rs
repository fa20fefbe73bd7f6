//! `kill -9` of each service and of the server.

use model::PlacementKey;

use super::check;
use crate::clock::{Moment, now, seconds};
use crate::declare;
use crate::figures::Figures;
use crate::stage::{Applied, Stage};

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let narrow = stage.narrow().await?;
    for (service, leases) in stage.stack.all_leases().await? {
        restart_service(stage, figures, (service, leases), &narrow).await?;
    }
    restart_nats(stage, figures, &narrow).await?;
    check::at_rest(stage).await?;
    let placements = stage.placements();
    figures.set("lost", check::count(&check::lost(stage, &placements).await?));
    Ok(())
}

/// Until it is ready and its replicas hold all leases again; and until a change after that is true.
async fn restart_service(
    stage: &mut Stage,
    figures: &mut Figures,
    (service, leases): (&str, u64),
    narrow: &PlacementKey,
) -> anyhow::Result<()> {
    let begun = now();
    stage.stack.restart(service).await?;
    stage.stack.recovered(service, leases).await?;
    figures.seconds(&format!("restart_{service}_s"), seconds(begun, now()));
    if service == "gateway" {
        stage.reconnect().await?;
    }
    let change = stage.change(narrow).await?;
    correct(stage, figures, service, narrow, (begun, change)).await
}

/// Until it accepts connections; until a change that is tried from then on is true; and, since all agents have to come
/// back, until one after that is true everywhere.
async fn restart_nats(stage: &mut Stage, figures: &mut Figures, narrow: &PlacementKey) -> anyhow::Result<()> {
    let begun = now();
    stage.stack.nats.restart().await?;
    figures.seconds("restart_nats_s", seconds(begun, now()));
    let change = stage.insist_on_change(narrow).await?;
    correct(stage, figures, "nats", narrow, (begun, change)).await?;
    let all = declare::placement_key(0);
    let change = stage.change(&all).await?;
    let is_true = stage.settled("changed everywhere after that", &all, &change.watermark).await?;
    figures.seconds("restart_nats_all_correct_s", seconds(begun, is_true));
    Ok(())
}

async fn correct(
    stage: &mut Stage,
    figures: &mut Figures,
    name: &str,
    narrow: &PlacementKey,
    (begun, change): (Moment, Applied),
) -> anyhow::Result<()> {
    let what = format!("changed after a restart of {name}");
    let is_true = stage.settled(&what, narrow, &change.watermark).await?;
    figures.seconds(&format!("restart_{name}_correct_s"), seconds(begun, is_true));
    Ok(())
}
