//! Whether everything is as it was declared, by what is stored and not by what the summary says.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use model::{API_GROUP, PlacementKey, Status};
use testbed::eventually;
use wire::{Key, api};

use crate::declare;
use crate::stage::Stage;

/// Locations by name.
pub type Names = BTreeSet<String>;

/// All live locations whose stored report of some placement is not of its newest rollout with every object healthy.
pub async fn lost(stage: &mut Stage, placements: &[PlacementKey]) -> anyhow::Result<Names> {
    let mut lost = Names::new();
    for key in placements {
        lost.extend(unwell(stage, key).await?);
    }
    Ok(lost)
}

async fn unwell(stage: &mut Stage, key: &PlacementKey) -> anyhow::Result<Names> {
    let (rollout, objects) = (stage.rollout(key).await?, stage.run.objects);
    let is_well = |it: &Status| it.rollout == rollout && it.phases.healthy == objects && !it.withdrawn;
    let well = reported(stage, key, is_well).await?;
    Ok(stage.members(key).map(declare::location_name).filter(|name| !well.contains(name)).collect())
}

/// The locations whose stored report is so.
async fn reported(stage: &Stage, key: &PlacementKey, so: impl Fn(&Status) -> bool) -> anyhow::Result<Names> {
    let mut names = Names::new();
    for region in &stage.regions {
        for row in stage.tables.read_reports(region, key).await? {
            let Key::Status { location, .. } = row.key else { continue };
            if so(&wire::decode_status(&row.value)?.0) {
                names.insert(location);
            }
        }
    }
    Ok(names)
}

/// Waits until nothing is reported any more from where a placement has been taken away. A summary is true before that:
/// whoever withdraws is not counted.
pub async fn withdrawn(stage: &Stage, key: &PlacementKey) -> anyhow::Result<()> {
    let members: Names = stage.members(key).map(declare::location_name).collect();
    let what = format!("{key} is withdrawn from all others");
    eventually(&what, stage.timeout(), async || match strays(stage, key, &members).await {
        Ok(strays) if strays.is_empty() => Ok(()),
        Ok(strays) => Err(format!("{strays:?}")),
        Err(error) => Err(format!("{error:#}")),
    })
    .await
}

/// Waits until nothing is reported any more of a placement that was deleted.
pub async fn gone(stage: &Stage, key: &PlacementKey) -> anyhow::Result<()> {
    eventually(&format!("{key} is gone"), stage.timeout(), async || {
        match strays(stage, key, &Names::new()).await {
            Ok(strays) if strays.is_empty() => Ok(()),
            Ok(strays) => Err(format!("{} locations have it", strays.len())),
            Err(error) => Err(format!("{error:#}")),
        }
    })
    .await
}

async fn strays(stage: &Stage, key: &PlacementKey, members: &Names) -> anyhow::Result<Names> {
    let there = reported(stage, key, |report| !report.withdrawn).await?;
    Ok(there.difference(members).cloned().collect())
}

/// All locations that the hub does not know as they were declared last.
pub async fn forgotten(stage: &mut Stage) -> anyhow::Result<Names> {
    let mut forgotten: Names = (0..stage.run.locations).map(declare::location_name).collect();
    let mut hub = stage.hub.clone();
    let told = |page: Vec<api::Resource>| {
        for known in page.iter().filter(|known| is_as_declared(stage, known)) {
            forgotten.remove(name(known));
        }
    };
    hub.list(locations(), usize::MAX, told).await?;
    Ok(forgotten)
}

/// But for what the hub adds.
fn is_as_declared(stage: &Stage, known: &api::Resource) -> bool {
    let Some(number) = declare::location_number(name(known)) else { return false };
    let declared = stage.declaration(number);
    known.spec == declared.spec && labels(known) == labels(&declared)
}

fn name(resource: &api::Resource) -> &str {
    resource.metadata.as_ref().map_or("", |metadata| &metadata.name)
}

fn labels(resource: &api::Resource) -> Option<&BTreeMap<String, String>> {
    resource.metadata.as_ref().map(|metadata| &metadata.labels)
}

/// All locations, as a list of resources.
pub fn locations() -> api::ListRequest {
    let (group, kind) = (API_GROUP.to_owned(), "Location".to_owned());
    api::ListRequest { group, kind, ..api::ListRequest::default() }
}

/// How many, for figures; they are named on the way.
pub fn count(lost: &Names) -> u64 {
    if !lost.is_empty() {
        let some: Vec<&str> = lost.iter().take(10).map(String::as_str).collect();
        crate::progress::say(&format!("  lost: {} locations, among them {}", lost.len(), some.join(", ")));
    }
    lost.len() as u64
}

/// Waits until the summaries of all placements are true, as things are.
pub async fn at_rest(stage: &mut Stage) -> anyhow::Result<()> {
    for key in stage.placements() {
        stage
            .settled("at rest", &key, &Default::default())
            .await
            .with_context(|| format!("{key} does not come to rest"))?;
    }
    Ok(())
}
