use std::sync::atomic::Ordering;

use bus::Stream;
use model::{Connection, Phase};
use wire::Key;

use crate::stage::*;

#[tokio::test(flavor = "multi_thread")]
async fn another_replica_goes_on_where_a_crashed_one_stopped() {
    let stage = Stage::set().await;
    let one = stage.start("one", all()).await;
    let other = stage.start("other", all()).await;
    stage.decide(1, &["a", "b"]).await;
    stage.report("a", 1, 1, Phase::Healthy).await;
    stage.summary("a to be healthy", &["a", "b"], |summary| summary.total.healthy == 1).await;
    one.crash().await;
    stage.report("b", 1, 1, Phase::Healthy).await;
    stage.summary("b to be healthy", &["a", "b"], |summary| summary.total.healthy == 2).await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_nothing_is_written_that_stands_already() {
    let stage = Stage::set().await;
    let one = stage.start("one", all()).await;
    stage.decide(1, &["a"]).await;
    stage.report("a", 1, 1, Phase::Healthy).await;
    stage.summary("a to be healthy", &["a"], |summary| summary.total.healthy == 1).await;
    stage.presence(&["a"], &[("a", Connection::Online), ("b", Connection::NeverSeen)]).await;
    one.stop().await;
    let before = stage.row(&Key::Summary(shop())).await;
    let other = stage.start("other", all()).await;
    stage.summarize_another().await;
    assert_eq!(stage.row(&Key::Summary(shop())).await, before);
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_restarts_is_only_a_pause() {
    let mut stage = Stage::set().await;
    let service = stage.start("one", all()).await;
    stage.decide(1, &["a", "b"]).await;
    stage.report("a", 1, 1, Phase::Healthy).await;
    stage.summary("a to be healthy", &["a"], |summary| summary.total.healthy == 1).await;
    stage.nats.restart().await.unwrap();
    stage.report("b", 1, 1, Phase::Healthy).await;
    stage.summary("b to be healthy", &["a", "b"], |summary| summary.total.healthy == 2).await;
    assert_eq!(service.stats.resets.load(Ordering::Relaxed), 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_reports_is_conflated() {
    let stage = Stage::set().await;
    let service = stage.start("one", all()).await;
    stage.decide(1, &["a", "b"]).await;
    for seq in 1..=300 {
        let phase = if seq % 2 == 0 { Phase::Healthy } else { Phase::Progressing };
        stage.report("a", seq, 1, phase).await;
    }
    stage.summary("a to be healthy", &["a"], |summary| summary.total.healthy == 1).await;
    let newest = stage.rows(&Stream::Summary).await.iter().map(|row| row.seq).max().unwrap();
    assert!(newest < 200, "{newest} rows were written for 300 reports");
    service.stop().await;
}
