use std::time::Duration;

use bus::Stream;
use model::{Connection, Counts, Phase};
use wire::Key;

use crate::stage::*;

#[tokio::test(flavor = "multi_thread")]
async fn reports_become_a_summary_with_their_trace_and_silence_makes_them_stale() {
    let stage = Stage::set().await;
    let service = stage.start("one", all()).await;
    let watermark = stage.decide(1, &["a", "b"]).await;
    stage.report("a", 1, 1, Phase::Healthy).await;
    stage.report("b", 1, 1, Phase::Failed).await;
    let wanted = Counts { expected: 2, reported: 2, updated: 2, healthy: 1, failed: 1, ..Counts::default() };
    let summary = stage.summary("both to count", &["a", "b"], |summary| summary.total == wanted).await;
    assert_eq!((summary.partial.watermark["eu"], summary.behind.len()), (watermark, 0));
    assert_eq!(summary.partial.regions["eu"], wanted);
    assert_eq!(summary.partial.problems[0].location, "b");
    let row = stage.row(&Key::Summary(shop())).await.unwrap();
    assert_eq!(wire::decode_summary(&row.value.unwrap()).unwrap().1, TRACE);
    let stale = Counts { expected: 2, stale: 2, offline: 2, ..Counts::default() };
    stage.summary("silence to be told", &[], |summary| summary.total == stale).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn regions_and_hub_may_be_processes_of_their_own() {
    let stage = Stage::set().await;
    let services = [stage.start("regions", regions()).await, stage.start("hub", hub()).await];
    stage.decide(1, &["a"]).await;
    stage.report("a", 1, 1, Phase::Healthy).await;
    stage.summary("the tree to sum up", &["a"], |summary| summary.total.healthy == 1).await;
    let keys: Vec<_> = stage.rows(&Stream::Partial).await.into_iter().map(|row| row.key).collect();
    let partial = |parent: &str, child: &str| Key::Partial {
        parent: parent.into(),
        child: child.into(),
        placement: shop(),
    };
    assert!(keys.contains(&partial("world", "eu")) && keys.contains(&partial("", "world")), "{keys:?}");
    for service in services {
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn presence_tells_of_all_locations_and_questions_are_answered_from_memory() {
    let stage = Stage::set().await;
    let service = stage.start("one", all()).await;
    stage.decide(1, &["a"]).await;
    stage.report("a", 1, 1, Phase::Healthy).await;
    stage.summary("a to be healthy", &["a"], |summary| summary.total.healthy == 1).await;
    stage.presence(&["a"], &[("a", Connection::Online), ("b", Connection::NeverSeen)]).await;
    let query = wire::bus::Query { space: "default".into(), placement: "shop".into(), ..Default::default() };
    let key = Key::Query { region: "eu".into() };
    let answer = stage.bus.request(&key, wire::encode_query(&query), Duration::from_secs(5)).await.unwrap();
    let rows = wire::decode_query_result(&answer.unwrap()).unwrap().rows;
    assert_eq!(rows.iter().map(|row| row.location.as_str()).collect::<Vec<_>>(), ["a"]);
    service.stop().await;
}
