//! Rules of summarization, one by one.

mod asks;
mod behind;
mod lifecycle;
mod naming;
mod pace;
mod presence;
mod progress;
mod queries;
mod silence;
mod silent_regions;

use model::{
    Counts, Decision, DecisionGroup, Digest, Heartbeat, LocationSpec, ObjectStatus, Partial, Phase,
    PhaseCounts, PlacementKey, ReportOrder, Status,
};
use summarization::{Output, RegionView, Settings};

const NOW: u64 = 1_700_000_000_000;
const PERIOD_MS: u32 = 60_000;
const PERIOD: u64 = PERIOD_MS as u64;

fn shop() -> PlacementKey {
    PlacementKey { space: "default".into(), name: "shop".into() }
}

/// The region `eu` with these locations.
fn region(locations: &[&str]) -> RegionView {
    let mut view = RegionView::new("eu", Settings::default(), NOW);
    locations.iter().for_each(|name| view.set_location(name, Some(&in_region("eu"))));
    view
}

fn in_region(region: &str) -> LocationSpec {
    LocationSpec { region: region.into(), ..LocationSpec::default() }
}

/// All of these locations in one bucket, with this rollout number.
fn decision(rollout: u64, locations: &[&str]) -> Decision {
    let group = DecisionGroup {
        rollout,
        locations: locations.iter().map(|name| (*name).to_owned()).collect(),
        ..DecisionGroup::default()
    };
    let groups = if locations.is_empty() { vec![] } else { vec![group] };
    Decision { placement_uid: "uid".into(), groups, ..Decision::default() }
}

fn status(seq: u64, rollout: u64, phase: Phase) -> Status {
    let mut phases = PhaseCounts::default();
    phases.add(phase);
    let object = ObjectStatus {
        object: "apps/Deployment/default/web".into(),
        phase,
        reason: format!("{phase:?}Because"),
        message: "it is".into(),
    };
    Status {
        report: ReportOrder { boot: 1, seq },
        placement_uid: "uid".into(),
        rollout,
        phases,
        unhealthy: if phase == Phase::Healthy { vec![] } else { vec![object] },
        ..Status::default()
    }
}

fn heartbeat() -> Heartbeat {
    Heartbeat { period_ms: PERIOD_MS, agent_version: "1.0".into(), ..Heartbeat::default() }
}

/// The digest of what an agent has sent of `shop`.
fn digest(boot: u64, seq: u64) -> Digest {
    model::status_digest([(&shop(), ReportOrder { boot, seq })])
}

fn counts(view: &RegionView) -> Counts {
    view.partial(&shop()).unwrap_or_default().regions.get("eu").copied().unwrap_or_default()
}

/// The partials among what the region writes.
fn partials(view: &mut RegionView, now: u64) -> Vec<Partial> {
    let partial = |output| match output {
        Output::Partial { partial, .. } => Some(partial),
        Output::Presence { .. } | Output::Progress { .. } => None,
    };
    view.writes(now, 1_000).into_iter().filter_map(partial).collect()
}
