//! What is deleted and stays until it is withdrawn. The rows of the services are written by the tests.

use crate::support::rows::{self, shop};
use crate::support::{Hub, SOON, key, location, metadata, placement, regions};
use bus::{Key, Write};
use model::{PlacementKey, Status};
use testbed::eventually;
use tonic::Code;
use wire::api::{self, Change, LocationDeletion};

/// A shop at one location of region `de`.
async fn start() -> Hub {
    let mut hub = Hub::start().await;
    let mut all = regions();
    all.extend([location("fra-1", "de", "gold"), placement()]);
    let watermark = hub.apply(all).await.unwrap().watermark;
    let seq = rows::decide(&hub, &["fra-1"]).await;
    rows::complete(&hub, watermark).await;
    rows::summarize(&hub, seq, 0).await;
    hub.status("a current state", |status| status.current).await;
    hub
}

async fn delete(hub: &mut Hub, kind: &str, name: &str, how: LocationDeletion) -> api::DeleteResponse {
    let request =
        api::DeleteRequest { keys: vec![key(kind, name)], dry_run: false, location_deletion: how.into() };
    hub.client.delete(request).await.unwrap().into_inner()
}

fn is_withdrawing(status: &api::PlacementStatus) -> bool {
    status.summary.as_ref().is_some_and(|summary| summary.withdrawing == 1)
}

async fn is_gone(hub: &Hub, kind: &str, name: &str) {
    let what = format!("{kind} {name} goes by itself");
    let gone = eventually(&what, SOON, async || {
        let request = api::GetRequest { key: Some(key(kind, name)) };
        match hub.client.clone().get(request).await {
            Err(status) if status.code() == Code::NotFound => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
    gone.await.unwrap();
}

#[tokio::test]
async fn a_deleted_placement_is_shown_until_all_locations_have_confirmed() {
    let mut hub = start().await;
    let deleted = delete(&mut hub, "Placement", "shop", LocationDeletion::Unspecified).await;
    assert!(deleted.results[0].existed && deleted.results[0].withdrawing);
    let shown = hub.get(key("Placement", "shop")).await.unwrap();
    assert!(metadata(&shown).deletion_time_ms > 0);

    let again = delete(&mut hub, "Placement", "shop", LocationDeletion::Unspecified).await;
    assert!(again.results[0].withdrawing);
    let same = hub.get(key("Placement", "shop")).await.unwrap();
    assert_eq!(same, shown, "a second deletion changes nothing");

    let seq = rows::withdraw(&hub).await;
    rows::complete(&hub, deleted.watermark).await;
    rows::summarize(&hub, seq, 1).await;
    hub.status("counted, and one has still to confirm", is_withdrawing).await;
    assert!(hub.get(key("Placement", "shop")).await.is_ok());
    rows::summarize(&hub, seq, 0).await;
    is_gone(&hub, "Placement", "shop").await;
}

#[tokio::test]
async fn what_is_being_deleted_and_is_applied_again_is_declared_anew() {
    let mut hub = start().await;
    let before = hub.get(key("Placement", "shop")).await.unwrap();
    delete(&mut hub, "Placement", "shop", LocationDeletion::Unspecified).await;
    let marked = hub.get(key("Placement", "shop")).await.unwrap();
    let edited = hub.apply(vec![marked]).await.unwrap_err();
    assert_eq!(edited.code(), Code::Aborted);
    assert!(edited.message().contains("it is being deleted"), "{edited}");

    assert_eq!(hub.changes(vec![placement()]).await, [Change::Created]);
    let anew = hub.get(key("Placement", "shop")).await.unwrap();
    assert_eq!((metadata(&anew).deletion_time_ms, metadata(&anew).generation), (0, 1));
    assert_ne!(metadata(&anew).uid, metadata(&before).uid);
}

#[tokio::test]
async fn a_location_stays_until_nothing_chooses_it_and_its_agent_has_confirmed() {
    let mut hub = start().await;
    let region = "de".to_owned();
    let row = Key::Status { region, location: "fra-1".into(), placement: shop() };
    let status = |withdrawn| {
        wire::encode_status(&Status { placement_uid: "u".into(), withdrawn, ..Status::default() }, "")
    };
    hub.bus.ensure(&row.stream().unwrap()).await.unwrap();
    hub.bus.ensure(&bus::Stream::Desired("de".into())).await.unwrap();
    hub.bus.put(Write::new(row.clone(), status(false))).await.unwrap();

    let refused =
        hub.delete(vec![key("Location", "fra-1")], LocationDeletion::Unspecified).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(
        refused.message().contains("default/shop") && refused.message().contains("--withdraw"),
        "{refused}"
    );
    let deleted = delete(&mut hub, "Location", "fra-1", LocationDeletion::Withdraw).await;
    assert!(deleted.results[0].withdrawing);
    let region = hub.delete(vec![key("Region", "de")], LocationDeletion::Withdraw).await.unwrap_err();
    assert_eq!(region.code(), Code::FailedPrecondition, "{region}");

    rows::decide(&hub, &[]).await;
    rows::complete(&hub, deleted.watermark).await;
    let kept = hub.get(key("Location", "fra-1")).await.unwrap();
    assert!(metadata(&kept).deletion_time_ms > 0, "its agent has not confirmed");
    hub.bus.put(Write::new(row, status(true))).await.unwrap();
    // Something has to move for the gateway to look at once.
    rows::decide(&hub, &[]).await;
    is_gone(&hub, "Location", "fra-1").await;
}

#[tokio::test]
async fn a_location_that_will_never_come_back_is_let_go_by_a_plain_deletion() {
    let mut hub = start().await;
    delete(&mut hub, "Location", "fra-1", LocationDeletion::Withdraw).await;
    let chosen = hub.delete(vec![key("Location", "fra-1")], LocationDeletion::Unspecified).await.unwrap_err();
    assert_eq!(chosen.code(), Code::FailedPrecondition, "placement has not taken it in yet");
    let seq = rows::decide(&hub, &[]).await;
    rows::summarize(&hub, seq, 1).await;
    hub.status("nothing is chosen", is_withdrawing).await;
    let deleted = delete(&mut hub, "Location", "fra-1", LocationDeletion::Unspecified).await;
    assert!(deleted.results[0].existed && !deleted.results[0].withdrawing);
    assert_eq!(hub.get(key("Location", "fra-1")).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_placement_that_was_never_decided_goes_once_placement_has_taken_in_its_deletion() {
    let mut hub = Hub::start().await;
    hub.apply(vec![placement()]).await.unwrap();
    let deleted = delete(&mut hub, "Placement", "shop", LocationDeletion::Unspecified).await;
    assert!(hub.get(key("Placement", "shop")).await.is_ok());
    rows::complete(&hub, deleted.watermark).await;
    is_gone(&hub, "Placement", "shop").await;
    assert_eq!(shop(), PlacementKey { space: "default".into(), name: "shop".into() });
}
