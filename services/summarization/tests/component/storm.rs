//! Far more heartbeats than are expected, right ones and wrong ones.

use std::sync::atomic::Ordering;

use bus::link::{Attachment, Inbound, Link, Mode};
use bus::{Options, Stream};
use model::{Digest, Heartbeat, Phase, ReportOrder};
use testbed::eventually;

use crate::stage::*;

const BEATS: u64 = 20_000;

async fn agent(stage: &Stage, location: &str) -> Attachment {
    stage.bus.ensure(&Stream::Desired("eu".into())).await.unwrap();
    let options = Options { url: stage.nats.url(), name: location.into() };
    let link = Link::connect(options, Mode::Exact).await.unwrap();
    let mut agent = link.attach("eu", location);
    while agent.next().await != Inbound::Connected {}
    agent
}

/// Many heartbeats as fast as they go. `period_ms`: what the agent says of itself.
async fn storm(agent: &Attachment, status_digest: Digest, period_ms: u32) {
    let heartbeat = Heartbeat { boot: 1, status_digest, period_ms, ..Heartbeat::default() };
    let payload = wire::encode_heartbeat(&heartbeat);
    for _ in 0..BEATS {
        agent.alive(payload.clone()).await.unwrap();
    }
}

async fn until_heard(service: &Service, heartbeats: u64) {
    let heard = eventually("all heartbeats to be taken in", PATIENCE, async || {
        match service.metric("tributary_summarization_heartbeats_total") {
            heard if heard >= heartbeats => Ok(()),
            heard => Err(format!("{heard} of {heartbeats}")),
        }
    });
    heard.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_heartbeats_writes_next_to_nothing_and_the_counts_stay_true() {
    let stage = Stage::set().await;
    let service = stage.start("one", all()).await;
    stage.decide(1, &["a", "b"]).await;
    stage.report("a", 1, 1, Phase::Healthy).await;
    stage.report("b", 1, 1, Phase::Healthy).await;
    stage.summary("both to be healthy", &["a", "b"], |summary| summary.total.healthy == 2).await;
    let written = service.stats.rows_written.load(Ordering::Relaxed);
    let (a, b) = (agent(&stage, "a").await, agent(&stage, "b").await);
    let reported = model::status_digest([(&shop(), ReportOrder { boot: 1, seq: 1 })]);
    tokio::join!(storm(&a, reported, 60_000), storm(&b, reported, 60_000));
    until_heard(&service, 2 * BEATS).await;
    let written = service.stats.rows_written.load(Ordering::Relaxed) - written;
    assert!(written < 50, "{written} rows for {BEATS} heartbeats");
    assert_eq!(service.metric("tributary_summarization_asks_total"), 0, "nothing was missing");
    stage.summary("both still to be", &[], |summary| summary.total.healthy == 2).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heartbeats_that_tell_of_other_reports_are_answered_by_few_questions_however_many_they_are() {
    let stage = Stage::set().await;
    let service = stage.start("one", all()).await;
    stage.decide(1, &["a"]).await;
    stage.report("a", 1, 1, Phase::Healthy).await;
    stage.summary("a to be healthy", &["a"], |summary| summary.total.healthy == 1).await;
    let mut agent = agent(&stage, "a").await;
    // It says that it will beat again within a millisecond, so that each beat seems to be a period later.
    let wrong = Digest::of(b"something else");
    let mut beats = 0;
    while service.metric("tributary_summarization_asks_put_off_total") < 100 {
        storm(&agent, wrong, 1).await;
        beats += BEATS;
        until_heard(&service, beats).await;
    }
    let asks = service.metric("tributary_summarization_asks_total");
    assert!((1..=beats / 1_000).contains(&asks), "{asks} questions for {beats} heartbeats");
    let asked = tokio::time::timeout(PATIENCE, agent.next()).await.unwrap();
    assert!(matches!(asked, Inbound::Ask { .. }), "{asked:?}");
    stage.report("a", 2, 1, Phase::Failed).await;
    stage.summary("its next report to count", &["a"], |summary| summary.total.failed == 1).await;
    service.stop().await;
}
