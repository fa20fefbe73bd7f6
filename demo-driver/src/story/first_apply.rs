//! An application goes to every location at once, customised for each.

use std::time::Instant;

use super::stage::Stage;
use crate::figures::Figures;
use crate::say;
use crate::tributary::in_space;

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    say::title(&format!("An application is placed at {} locations, each customised", stage.locations));
    let start = Instant::now();
    stage.apply().await?;
    stage.watch_until_well().await?;
    figures.first_apply = start.elapsed();
    let placement = stage.placement();
    let target = format!("placement/{}", placement.name);
    let wait = in_space(&placement, &["wait", &target, "--for", "healthy", "--timeout", "60s"]);
    stage.tributary.show(&wait, 3).await?;
    stage.tributary.show(&in_space(&placement, &["get", "placements"]), 10).await?;
    figures.objects = objects(stage);
    say::line(&format!("{} objects at {} locations", figures.objects, stage.locations));
    stage.check_disks().await
}

/// Objects over all reports of the present rollouts.
fn objects(stage: &Stage) -> u64 {
    let seen = stage.eyes.now();
    let placements = stage.application.placements.iter();
    placements
        .flat_map(|p| {
            seen.reports(p, seen.rollout(p))
                .into_values()
                .map(|s| u64::from(s.phases.total()))
                .collect::<Vec<_>>()
        })
        .sum()
}
