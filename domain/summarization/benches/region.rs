//! How fast one region takes in reports, and what it costs in memory: `cargo bench -p summarization`.

#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "a measurement needs a clock")]
#![expect(clippy::print_stdout, reason = "figures are what this is for")]

use std::time::Instant;

use model::{
    Decision, DecisionGroup, Heartbeat, LocationSpec, ObjectStatus, Phase, PhaseCounts, PlacementKey,
    ReportOrder, Status,
};
use summarization::{Query, RegionView, Settings};

const LOCATIONS: usize = 100_000;
const BITS: u32 = 8;
const NOW: u64 = 1_700_000_000_000;

fn main() {
    let names: Vec<String> = (0..LOCATIONS).map(|n| format!("store-{n:06}")).collect();
    let placement = PlacementKey { space: "default".into(), name: "shop".into() };
    let before = resident_bytes();
    let mut view = RegionView::new("eu", Settings::default(), NOW);
    let spec = LocationSpec { region: "eu".into(), ..LocationSpec::default() };
    measure("locations", || names.iter().for_each(|name| view.set_location(name, Some(&spec))));
    measure("decided", || decide(&mut view, &names, &placement, 1));
    measure("heartbeats", || names.iter().for_each(|name| view.heartbeat(name, &heartbeat(), NOW)));
    measure("reports: progressing", || report(&mut view, &names, &placement, 1, Phase::Progressing));
    measure("reports: healthy", || report(&mut view, &names, &placement, 2, Phase::Healthy));
    println!("{:>24}: {} bytes per location", "memory", (resident_bytes() - before) / LOCATIONS);
    measure("reports: failed", || report(&mut view, &names, &placement, 3, Phase::Failed));
    measure("reports: again, no change", || report(&mut view, &names, &placement, 3, Phase::Failed));
    measure("decided anew", || decide(&mut view, &names, &placement, 2));
    measure("heartbeats", || names.iter().for_each(|name| view.heartbeat(name, &heartbeat(), NOW + 60_000)));
    measure("silent", || view.tick(NOW + 240_000));
    measure("scanned by a query", || {
        let states = vec!["healthy".to_owned()];
        view.query(&Query { placement: Some(placement.clone()), states, ..Query::default() });
    });
    writes(&mut view);
}

fn measure(what: &str, work: impl FnOnce()) {
    let start = Instant::now();
    work();
    let seconds = start.elapsed().as_secs_f64();
    let rate = f64::from(u32::try_from(LOCATIONS).expect("it is a small constant")) / seconds;
    println!("{what:>24}: {rate:>10.0} a second ({:.0} ms for all)", seconds * 1e3);
}

fn writes(view: &mut RegionView) {
    let start = Instant::now();
    let rows = view.writes(NOW + 240_000, 1_000).len();
    println!("{:>24}: {rows} rows in {:.1} ms", "written at once", start.elapsed().as_secs_f64() * 1e3);
}

fn decide(view: &mut RegionView, names: &[String], placement: &PlacementKey, rollout: u64) {
    for bucket in 0..1 << BITS {
        let mine = names.iter().filter(|name| model::bucket(name, BITS) == bucket);
        let group = DecisionGroup { rollout, locations: mine.cloned().collect(), ..DecisionGroup::default() };
        let row = Decision {
            placement_uid: "0198f0c2-uid".into(),
            bucket_bits: BITS,
            groups: vec![group],
            ..Decision::default()
        };
        view.set_decision(bucket, placement, Some(&row), rollout * 1_000 + u64::from(bucket));
    }
}

fn report(view: &mut RegionView, names: &[String], placement: &PlacementKey, seq: u64, phase: Phase) {
    let mut phases = PhaseCounts::default();
    phases.add(phase);
    let object = ObjectStatus {
        object: "apps/Deployment/default/web".into(),
        phase,
        reason: "ProgressDeadlineExceeded".into(),
        message: "ReplicaSet \"web-5d9c7b\" has timed out progressing.".into(),
    };
    let status = Status {
        report: ReportOrder { boot: 1, seq },
        placement_uid: "0198f0c2-uid".into(),
        rollout: 1,
        phases,
        unhealthy: if phase == Phase::Healthy { vec![] } else { vec![object] },
        ..Status::default()
    };
    for name in names {
        view.set_status(name, placement, Some(status.clone()));
    }
}

fn heartbeat() -> Heartbeat {
    Heartbeat { period_ms: 60_000, agent_version: "0.1.0".into(), ..Heartbeat::default() }
}

/// Resident memory of this process.
fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0);
    pages * 4_096
}
