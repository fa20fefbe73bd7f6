//! A stream of changes of locations: properties that nothing here uses, labels, and in some of them membership.

use std::time::Instant;

use futures::StreamExt as _;
use futures::stream;

use super::check;
use crate::clock::{now, seconds};
use crate::declare;
use crate::figures::Figures;
use crate::hub::{self, Hub, Watermark};
use crate::stage::Stage;

/// Locations of one call.
const CALL: usize = 1000;
/// Calls at the same time.
const IN_FLIGHT: usize = 4;

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let (wide, narrow) = (declare::placement_key(0), stage.narrow().await?);
    let begun = Instant::now();
    let (updates, watermark) = stream(stage).await?;
    let (returned, time) = (now(), begun.elapsed().as_secs_f64());
    stage.settled("after churn", &wide, &watermark).await?;
    stage.settled("after churn", &narrow, &watermark).await?;
    figures.seconds("churn_lag_s", seconds(returned, now()));
    figures.measure("location_updates_per_s", updates as f64 / time);
    figures.set("churn_updates", updates);
    figures.set("churn_narrow_locations", stage.live(&narrow));
    check::withdrawn(stage, &narrow).await?;
    let mut lost = check::lost(stage, &[wide, narrow.clone()]).await?;
    lost.append(&mut check::forgotten(stage).await?);
    home(stage).await?;
    lost.append(&mut check::lost(stage, &[narrow]).await?);
    figures.set("lost", check::count(&lost));
    Ok(())
}

/// Calls until the time is over; how many locations they have changed. What is in flight together has no location in
/// common, so that no call can overtake another one's change.
async fn stream(stage: &mut Stage) -> anyhow::Result<(usize, Watermark)> {
    let size = CALL.min(stage.run.locations as usize / IN_FLIGHT).max(1);
    let (begun, time, hub) = (Instant::now(), stage.run.duration, stage.hub.clone());
    let calls = std::iter::from_fn(|| (begun.elapsed() < time).then(|| stage.next_generation(size)));
    let mut answers = stream::iter(calls.map(|call| one(hub.clone(), call))).buffered(IN_FLIGHT);
    let (mut updates, mut watermark) = (0, Watermark::new());
    while let Some(answer) = answers.next().await {
        let (count, answer) = answer?;
        updates += count;
        hub::join(&mut watermark, answer);
    }
    Ok((updates, watermark))
}

async fn one(mut hub: Hub, call: Vec<wire::api::Resource>) -> anyhow::Result<(usize, Watermark)> {
    Ok((call.len(), hub.apply(call).await?))
}

/// Brings everybody back to where they were first, and waits until that is true.
pub async fn home(stage: &mut Stage) -> anyhow::Result<()> {
    let narrow = stage.narrow().await?;
    let resources = stage.homecoming();
    if resources.is_empty() {
        return Ok(());
    }
    let watermark = stage.hub.apply_all(resources.into_iter(), |_| ()).await?;
    stage.settled("after their return", &narrow, &watermark).await?;
    check::withdrawn(stage, &narrow).await
}
