//! Locations that are clusters come and go, and when all of them have what was declared.

use futures::future::try_join_all;
use testbed::eventually;
use wire::api;
use wire::bus::Counts;

use super::content::location;
use super::content::{self, LABEL};
use super::{Agents, Cluster, Content};
use crate::clock::Moment;
use crate::hub::Watermark;
use crate::progress::Progress;
use crate::stage::Stage;

/// Agents that start side by side: each of them looks for what it may have forgotten, which is all the machine's work.
const AT_ONCE: usize = 10;

/// Declares locations, starts their agents, and returns when all are online.
pub async fn join(
    stage: &mut Stage,
    cluster: &Cluster,
    agents: &mut Agents,
    names: &[String],
) -> anyhow::Result<()> {
    let progress = Progress::new("agents of clusters are online", names.len() as u64);
    let regions = stage.regions.iter().cycle();
    let members: Vec<(&String, &String)> = names.iter().zip(regions).collect();
    let locations = members.iter().map(|(name, region)| location(name, region));
    stage.hub.apply(locations.map(|it| wire::resource_message(&it)).collect()).await?;
    for some in members.chunks(AT_ONCE) {
        for (name, region) in some {
            agents.start(stage, cluster, name, region)?;
        }
        try_join_all(some.iter().map(|(name, _)| online(stage, name))).await?;
    }
    progress.done();
    Ok(())
}

async fn online(stage: &Stage, name: &str) -> anyhow::Result<()> {
    let mut hub = stage.hub.clone();
    eventually(&format!("{name} is online"), stage.timeout(), async || hub.online(name).await).await
}

/// When the last of these placements was reported as applied where it belongs: some kinds become healthy only by
/// controllers, of which there are none.
pub async fn all_updated(stage: &Stage, names: &[String], watermark: &Watermark) -> anyhow::Result<Moment> {
    let waiting = names.iter().map(|name| {
        let (mut hub, timeout) = (stage.hub.clone(), stage.timeout());
        async move { hub.until(&content::placement_key(name), watermark, timeout, is_updated, |_| {}).await }
    });
    let moments = try_join_all(waiting).await?;
    Ok(moments.into_iter().map(|(moment, _)| moment).max().unwrap_or_default())
}

fn is_updated(counts: &Counts) -> bool {
    counts.expected == 1 && counts.updated == 1 && counts.healthy + counts.progressing == 1
}

/// The hub forgets these locations, their placements and what was placed.
pub async fn leave(stage: &mut Stage, names: &[String], objects: Vec<Content>) -> anyhow::Result<()> {
    stage.hub.withdraw(names).await?;
    let mut hub = stage.hub.clone();
    let itself =
        || api::ListRequest { label_selector: format!("{LABEL}=yes"), ..crate::scenario::locations() };
    eventually("the locations of clusters are gone", stage.timeout(), async || {
        match hub.list(itself(), usize::MAX, drop).await {
            Ok(0) => Ok(()),
            Ok(left) => Err(format!("{left} are listed")),
            Err(error) => Err(format!("{error:#}")),
        }
    })
    .await?;
    let placements = names.iter().map(|name| content::placement(name));
    let keys = placements
        .chain(objects.iter().map(Content::declared))
        .map(|it| wire::resource_key_message(&it.key()));
    stage.hub.delete(keys.collect(), api::LocationDeletion::Unspecified).await?;
    Ok(())
}
