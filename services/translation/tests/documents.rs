//! The service against a real server: decisions and contents in, documents and blobs out.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod support;

use bus::Store;
use model::{Own, Rendered};
use testbed::eventually;

use support::{Hub, PATIENCE, TRACE, config_map, decision, marks};

#[tokio::test]
async fn each_location_gets_its_document_and_every_blob_that_it_names() {
    let hub = Hub::start().await;
    let locations = hub.declare(&["l1", "l2", "l3"]).await;
    let large = "x".repeat(3000);
    let release = hub.release(&[config_map("own", "at ${location.name}"), config_map("large", &large)]).await;
    hub.decide(4, locations, &[(release, &["l1", "l2"])]).await;
    let instance = hub.instance("one").await;
    let documents = hub.documents(3, 4).await;
    assert_eq!(documents["l3"].desired.placements, []);
    let document = &documents["l2"];
    assert_eq!(document.traces, (Some(TRACE.to_owned()), TRACE.to_owned()));
    let entry = &document.desired.placements[0];
    let bundle = hub.bus.get_content(Store::Blob, entry.shared.unwrap()).await.unwrap().unwrap();
    let bundle = wire::decode_bundle(&bundle).unwrap();
    let Own::Framed(own) = &entry.own else { panic!("it is small: {entry:?}") };
    let own = wire::content::open_frame(&bundle.template.unwrap(), own).unwrap();
    let own = wire::decode_bundle(&own).unwrap();
    let Rendered::Inline(manifest) = &own.objects[0].content else { panic!("it is small: {own:?}") };
    assert!(String::from_utf8_lossy(manifest).contains("at l2"));
    let Rendered::Blob(blob) = bundle.objects[0].content else { panic!("it is large") };
    let manifest = hub.bus.get_content(Store::Blob, blob).await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&manifest).contains(&large));
    instance.end().await;
}

#[tokio::test]
async fn a_restart_writes_what_has_changed_meanwhile_and_nothing_else() {
    let hub = Hub::start().await;
    let locations = hub.declare(&["l1", "l2"]).await;
    let (old, new) =
        (hub.release(&[config_map("a", "old")]).await, hub.release(&[config_map("a", "new")]).await);
    hub.decide(1, locations, &[(old, &["l1"])]).await;
    let instance = hub.instance("one").await;
    let before = hub.documents(2, 1).await;
    instance.end().await;
    hub.decide(2, locations, &[(new, &["l1"])]).await;
    let instance = hub.instance("two").await;
    let after = hub.documents(2, 2).await;
    assert_eq!(after["l2"], before["l2"]);
    assert!(after["l1"].desired.order > before["l1"].desired.order);
    instance.end().await;
}

#[tokio::test]
async fn a_restart_in_the_middle_of_placements_pass_takes_nothing_from_a_document_until_the_pass_has_ended() {
    let hub = Hub::start().await;
    let locations = hub.declare(&["l1", "l2"]).await;
    let before = hub.release(&[config_map("settings", "before")]).await;
    hub.decide(4, locations, &[(before, &["l1", "l2"])]).await;
    let first = hub.instance("one").await;
    let old = hub.documents(2, 4).await;
    first.end().await;
    // Placement died after this row: whether `l2` moves or is left out is not known yet.
    let after = hub.release(&[config_map("settings", "after")]).await;
    hub.bus.put(decision(5, &[(after, &["l1"])])).await.unwrap();
    let second = hub.instance("two").await;
    let look = async || match hub.written().await {
        found if found["l1"].desired.placements[0].rollout == 5 => Ok(found),
        found => Err(format!("{found:?}")),
    };
    let found = eventually("the new release at l1", PATIENCE, look).await.unwrap();
    assert_eq!(found["l2"], old["l2"], "no mark follows the row that does not list it");
    hub.bus.commit(marks(locations).collect(), None).await.unwrap();
    let look = async || match hub.written().await {
        found if found["l2"].desired.placements.is_empty() => Ok(()),
        found => Err(format!("{found:?}")),
    };
    eventually("the withdrawal at l2", PATIENCE, look).await.unwrap();
    second.end().await;
}

#[tokio::test]
async fn documents_that_are_lost_are_written_again_in_a_later_epoch() {
    let hub = Hub::start().await;
    let locations = hub.declare(&["l1", "l2"]).await;
    let release = hub.release(&[config_map("a", "at ${location.name}")]).await;
    hub.decide(1, locations, &[(release, &["l1", "l2"])]).await;
    let instance = hub.instance("one").await;
    let before = hub.documents(2, 1).await;
    hub.delete_documents().await;
    let after = hub.documents(2, 1).await;
    for (name, document) in &after {
        assert_eq!(document.desired.placements, before[name].desired.placements);
        assert!(document.desired.order.epoch > before[name].desired.order.epoch);
    }
    instance.end().await;
}
