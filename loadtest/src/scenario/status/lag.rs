//! How old a summary is while much changes.
//!
//! A summary does not say which reports it counts, only how many locations are degraded. So the reports of the narrow
//! placement, a hundred among all, are listened to as agents send them, and its summary is watched as any client of the
//! gateway sees it. Summarization takes its reports in order with all others. A report is counted by the first summary
//! that says as many degraded as there were after it or after a later report; its lag is the time between the two. Where
//! several reports left as many degraded, the oldest is meant, so that the figure does not flatter.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::{BoxStream, SelectAll};
use model::PlacementKey;
use tonic::Streaming;
use wire::Key;
use wire::api::WatchStatusResponse;

use crate::clock::{Moment, now, seconds};
use crate::latency::Latencies;
use crate::stage::Stage;

/// A number of degraded locations, and since when.
type Count = (Moment, u64);

/// Two ends of the same pipe.
pub struct Lag {
    reports: SelectAll<BoxStream<'static, (Key, Bytes)>>,
    states: Streaming<WatchStatusResponse>,
    degraded: BTreeMap<String, bool>,
    sent: Vec<Count>,
    seen: Vec<Count>,
}

impl std::fmt::Debug for Lag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lag").field("sent", &self.sent.len()).field("seen", &self.seen.len()).finish()
    }
}

impl Lag {
    /// Begins on a fleet at rest.
    pub async fn watch(stage: &mut Stage, placement: &PlacementKey) -> anyhow::Result<Self> {
        let mut reports = SelectAll::new();
        for region in &stage.regions {
            reports.push(stage.tables.follow_reports(region, placement).await?);
        }
        let states = stage.hub.states(placement, &Default::default()).await?;
        Ok(Self { reports, states, degraded: BTreeMap::new(), sent: Vec::new(), seen: Vec::new() })
    }

    /// Watches while something else is done.
    pub async fn during<T>(&mut self, other: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        tokio::select! {
            done = other => done,
            ended = self.follow() => match ended? {},
        }
    }

    async fn follow(&mut self) -> anyhow::Result<Infallible> {
        loop {
            tokio::select! {
                Some((key, report)) = self.reports.next() => self.report(key, &report)?,
                state = self.states.message() => match state? {
                    Some(state) => self.see(state),
                    None => anyhow::bail!("the gateway has ended a watch"),
                },
            }
        }
    }

    fn report(&mut self, key: Key, report: &[u8]) -> anyhow::Result<()> {
        if let Key::Status { location, .. } = key {
            let (status, _) = wire::decode_status(report)?;
            self.degraded.insert(location, status.phases.degraded > 0);
            self.sent.push((now(), self.degraded.values().filter(|degraded| **degraded).count() as u64));
        }
        Ok(())
    }

    fn see(&mut self, state: WatchStatusResponse) {
        let summary = state.status.and_then(|status| status.summary);
        if let Some(counts) = summary.and_then(|summary| summary.total) {
            self.seen.push((now(), counts.degraded));
        }
    }

    /// Of every report so far.
    pub fn latencies(&self) -> Latencies {
        Latencies::new(lags(&self.sent, &self.seen, now()))
    }
}

/// What no summary has counted by the end lags at least until then.
fn lags(sent: &[Count], seen: &[Count], end: Moment) -> Vec<f64> {
    let (mut lags, mut rest) = (Vec::new(), sent);
    for (moment, degraded) in seen {
        let there = rest.partition_point(|(sent, _)| sent <= moment);
        if let Some(counted) = rest[..there].iter().position(|(_, after)| after == degraded) {
            lags.extend(rest[..=counted].iter().map(|(sent, _)| seconds(*sent, *moment)));
            rest = &rest[counted + 1..];
        }
    }
    lags.extend(rest.iter().map(|(sent, _)| seconds(*sent, end)));
    lags
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn counts(counts: &[(u64, u64)]) -> Vec<Count> {
        counts.iter().map(|(second, degraded)| (Duration::from_secs(*second), *degraded)).collect()
    }

    fn check(sent: &[(u64, u64)], seen: &[(u64, u64)], lag: &[f64]) {
        assert_eq!(lags(&counts(sent), &counts(seen), Duration::from_secs(100)), lag);
    }

    #[test]
    fn a_report_lags_until_the_first_summary_that_counts_it() {
        check(&[(1, 1), (2, 2), (3, 3)], &[(4, 2), (7, 3)], &[3.0, 2.0, 4.0]);
    }

    #[test]
    fn the_oldest_report_that_fits_is_meant() {
        check(&[(1, 1), (2, 2), (3, 1), (4, 0)], &[(5, 1), (9, 0)], &[4.0, 7.0, 6.0, 5.0]);
    }

    #[test]
    fn what_was_sent_later_is_not_counted_before() {
        check(&[(5, 1)], &[(4, 1), (6, 1)], &[1.0]);
    }

    #[test]
    fn what_is_never_counted_lags_until_the_end() {
        check(&[(1, 1), (2, 2)], &[(3, 1)], &[2.0, 98.0]);
    }
}
