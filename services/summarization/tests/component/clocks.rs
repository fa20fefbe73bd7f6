//! Clocks that are a day wrong, at the edge.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::{Phase, PhaseCounts, ReportOrder, Status};

use crate::stage::*;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A report of an agent that takes this for the time.
fn report(seq: u64, phase: Phase, time: SystemTime) -> Status {
    let mut phases = PhaseCounts::default();
    phases.add(phase);
    let received = time.duration_since(UNIX_EPOCH).unwrap().as_millis();
    Status {
        report: ReportOrder { boot: 1, seq },
        placement_uid: "uid".into(),
        rollout: 1,
        phases,
        received_time: u64::try_from(received).unwrap(),
        // As if the document had been under way for a day by that clock.
        report_us: u64::try_from(DAY.as_micros()).unwrap(),
        ..Status::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_whose_clocks_are_a_day_wrong_count_as_others_do() {
    let stage = Stage::set().await;
    let service = stage.start("one", all()).await;
    stage.decide(1, &["a", "b"]).await;
    let now = SystemTime::now();
    for (location, time) in [("a", now - DAY), ("b", now + DAY)] {
        stage.put(status_key(location), wire::encode_status(&report(1, Phase::Healthy, time), TRACE)).await;
    }
    stage.summary("both to be healthy", &["a", "b"], |summary| summary.total.healthy == 2).await;
    // The clock of one was set back by two days since.
    let row = report(2, Phase::Failed, now - DAY);
    stage.put(status_key("b"), wire::encode_status(&row, TRACE)).await;
    let wanted = |summary: &model::Summary| (summary.total.healthy, summary.total.failed) == (1, 1);
    stage.summary("its next report to count", &["a", "b"], wanted).await;
    service.stop().await;
}
