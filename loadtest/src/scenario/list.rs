//! Listing and filtering locations through the API, as a user interface does.

use std::time::Instant;

use wire::api;
use wire::bus::QueryRow;

use super::check::{self, Names};
use crate::declare;
use crate::figures::Figures;
use crate::latency::Latencies;
use crate::stage::Stage;

/// One after the other; the median is the figure.
const TIMES: usize = 5;
/// What the gateway takes for a page if it is told nothing.
const FIRST_PAGE: usize = 500;

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let all = stage.run.locations as usize;
    for count in [600, 6000].into_iter().filter(|count| *count <= all) {
        pages(stage, figures, &format!("list_{count}"), request(), count).await?;
    }
    pages(stage, figures, "list_first_page", request(), FIRST_PAGE).await?;
    pages(stage, figures, "list_all", request(), usize::MAX).await?;
    filters(stage, figures).await?;
    if all >= 600 {
        resources(stage, figures, 600).await?;
    }
    let lost = not_listed(stage).await?;
    figures.set("lost", check::count(&lost));
    Ok(())
}

/// Locations with the status of the first placement there.
fn request() -> api::ListLocationStatusRequest {
    let key = declare::placement_key(0);
    let (space, placement) = (key.space, key.name);
    api::ListLocationStatusRequest { space, placement, ..api::ListLocationStatusRequest::default() }
}

/// One that looks at everything and finds nothing, and one for the first page of a region.
async fn filters(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let failed = api::ListLocationStatusRequest { states: vec!["failed".to_owned()], ..request() };
    pages(stage, figures, "filter", failed, usize::MAX).await?;
    let region = stage.regions[0].clone();
    let there = api::ListLocationStatusRequest { region, ..request() };
    pages(stage, figures, "filter_region", there, FIRST_PAGE).await
}

/// Pages with `want` locations in all; how many there were is a figure, too.
async fn pages(
    stage: &mut Stage,
    figures: &mut Figures,
    name: &str,
    request: api::ListLocationStatusRequest,
    want: usize,
) -> anyhow::Result<()> {
    let mut found = 0;
    let times = times(async || {
        found = stage.hub.locations(request.clone(), want, drop).await?;
        Ok(())
    });
    told(figures, name, &times.await?);
    figures.set(&format!("{name}_found"), found);
    Ok(())
}

async fn resources(stage: &mut Stage, figures: &mut Figures, want: usize) -> anyhow::Result<()> {
    let times = times(async || stage.hub.list(check::locations(), want, drop).await.map(drop));
    told(figures, &format!("list_resources_{want}"), &times.await?);
    Ok(())
}

async fn times(mut call: impl AsyncFnMut() -> anyhow::Result<()>) -> anyhow::Result<Latencies> {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let begun = Instant::now();
        call().await?;
        times.push(begun.elapsed().as_secs_f64());
    }
    Ok(Latencies::new(times))
}

fn told(figures: &mut Figures, name: &str, times: &Latencies) {
    for (suffix, share) in [("ms", 0.5), ("best_ms", 0.0)] {
        if let Some(seconds) = times.quantile(share) {
            figures.milliseconds(&format!("{name}_{suffix}"), seconds);
        }
    }
}

/// Live locations that the whole list does not have as healthy.
async fn not_listed(stage: &mut Stage) -> anyhow::Result<Names> {
    let mut healthy = Names::new();
    let is_healthy = |row: &QueryRow| row.state == "healthy" && row.updated;
    let told = |page: Vec<api::LocationStatus>| {
        let rows = page.into_iter().filter_map(|status| status.row).filter(is_healthy);
        healthy.extend(rows.map(|row| row.location));
    };
    stage.hub.locations(request(), usize::MAX, told).await?;
    let key = declare::placement_key(0);
    let live = stage.members(&key).map(declare::location_name);
    Ok(live.filter(|name| !healthy.contains(name)).collect())
}
