//! Waiting for summaries, by the watches that any program has.

use std::time::Duration;

use anyhow::{Context as _, bail};
use model::PlacementKey;
use tonic::Streaming;
use tonic::transport::Channel;
use wire::api::{self, tributary_service_client::TributaryServiceClient};
use wire::bus::{Counts, WavePhase};

use super::{Hub, Watermark};
use crate::clock::{Moment, now};

/// Connections that watches are spread over: a connection that is sent many small messages at once, as hundreds of watches of
/// summaries that become true together are, is ended by the client's library.
pub const LANES: u32 = model::UNITS;

impl Hub {
    /// Waits until the summary is true: it accounts for `watermark`, and `live` locations have the newest rollout and are
    /// healthy. The moment at which that was told, and the counts.
    pub async fn until_true(
        &mut self,
        placement: &PlacementKey,
        watermark: &Watermark,
        live: u64,
        timeout: Duration,
        told: impl FnMut(&Counts),
    ) -> anyhow::Result<(Moment, Counts)> {
        let is_true = |counts: &Counts| counts.healthy == live && counts.updated == live;
        let waited = self.until(placement, watermark, timeout, is_true, told).await;
        waited.with_context(|| format!("{live} should be healthy"))
    }

    /// Waits until the summary accounts for `watermark`, and its counts are so.
    pub async fn until(
        &mut self,
        placement: &PlacementKey,
        watermark: &Watermark,
        timeout: Duration,
        so: impl Fn(&Counts) -> bool,
        told: impl FnMut(&Counts),
    ) -> anyhow::Result<(Moment, Counts)> {
        let so = |_: &api::PlacementStatus, counts: &Counts| so(counts);
        self.until_state(placement, watermark, timeout, so, told).await
    }

    /// Waits until the summary accounts for `watermark`, a rollout in waves has ended, and `live` locations are healthy. Each
    /// wave changes what is decided, so that the summary may be true before the next one.
    pub async fn until_ended(
        &mut self,
        placement: &PlacementKey,
        watermark: &Watermark,
        live: u64,
        timeout: Duration,
        told: impl FnMut(&Counts),
    ) -> anyhow::Result<(Moment, Counts)> {
        let so = |state: &api::PlacementStatus, counts: &Counts| {
            has_ended(state) && counts.healthy == live && counts.updated == live
        };
        let waited = self.until_state(placement, watermark, timeout, so, told).await;
        waited.with_context(|| format!("the rollout should end, and {live} be healthy"))
    }

    async fn until_state(
        &mut self,
        placement: &PlacementKey,
        watermark: &Watermark,
        timeout: Duration,
        so: impl Fn(&api::PlacementStatus, &Counts) -> bool,
        mut told: impl FnMut(&Counts),
    ) -> anyhow::Result<(Moment, Counts)> {
        let mut last = Counts::default();
        let waiting = self.watch(placement, watermark, so, |counts| {
            last = *counts;
            told(counts);
        });
        match tokio::time::timeout(timeout, waiting).await {
            Ok(done) => done,
            Err(_) => bail!("no true summary of {placement} within {timeout:?}: {last:?}"),
        }
    }

    async fn watch(
        &mut self,
        placement: &PlacementKey,
        watermark: &Watermark,
        so: impl Fn(&api::PlacementStatus, &Counts) -> bool,
        mut told: impl FnMut(&Counts),
    ) -> anyhow::Result<(Moment, Counts)> {
        let mut states = self.states(placement, watermark).await?;
        while let Some(state) = states.message().await? {
            let Some(status) = state.status else { continue };
            let total = status.summary.as_ref().and_then(|summary| summary.total);
            let Some(counts) = total else { continue };
            told(&counts);
            if status.current && so(&status, &counts) {
                return Ok((now(), counts));
            }
        }
        bail!("the gateway has ended the watch of {placement}")
    }

    /// The state of a placement, now and at every change.
    pub async fn states(
        &mut self,
        placement: &PlacementKey,
        watermark: &Watermark,
    ) -> anyhow::Result<Streaming<api::WatchStatusResponse>> {
        let (space, name) = (placement.space.clone(), placement.name.clone());
        let request = api::WatchStatusRequest { space, placement: name, watermark: watermark.clone() };
        Ok(self.lane(placement).watch_status(request).await?.into_inner())
    }

    /// The same for each watch of a placement.
    fn lane(&mut self, placement: &PlacementKey) -> &mut TributaryServiceClient<Channel> {
        let lane = model::unit(placement) as usize % self.lanes.len();
        &mut self.lanes[lane]
    }
}

/// Whether all waves of a rollout have passed.
fn has_ended(state: &api::PlacementStatus) -> bool {
    let progress = state.rollout.as_ref().and_then(|rollout| rollout.progress.as_ref());
    let passed = i32::from(WavePhase::Passed);
    progress.is_some_and(|progress| progress.waves.iter().all(|wave| wave.phase == passed))
}
