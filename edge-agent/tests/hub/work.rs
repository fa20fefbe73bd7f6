//! Documents in, files there, statuses out.

use model::{Desired, Phase};
use wire::bus::ask::Question;
use wire::bus::{AskErrors, AskEvents, AskObject, AskResend, ObjectTrouble};

use crate::fixture::{Hub, Place, SOON, cart, document, placement};

#[tokio::test]
async fn a_document_that_was_there_before_and_each_later_one_are_applied_and_reported() {
    let hub = Hub::start().await;
    cart(&hub, 1, &["a=1", "b=1"]).await;
    let place = Place::new(&hub);
    let _agent = place.agent();
    place.holds(&["a=1", "b=1"]).await;
    let status = hub.reported("cart", |status| status.phases.healthy == 2).await;
    assert_eq!((status.report.boot, status.rollout, status.placement_uid.as_str()), (1, 1, "uid-cart"));

    cart(&hub, 2, &["a=2"]).await;
    place.holds(&["a=2"]).await;
    hub.reported("cart", |status| status.rollout == 2 && status.phases.total() == 1).await;

    hub.publish(&document(3, vec![])).await;
    place.holds(&[]).await;
    hub.reported("cart", |status| status.withdrawn && status.rollout == 2).await;
}

#[tokio::test]
async fn a_document_that_is_not_there_says_nothing() {
    let hub = Hub::start().await;
    cart(&hub, 1, &["a=1"]).await;
    let mut place = Place::new(&hub);
    let mut agent = place.agent();
    place.holds(&["a=1"]).await;
    agent.kill();

    let empty = Hub::start().await;
    place.attach_to(&empty);
    let agent = place.agent();
    agent.line("connected", SOON).await.unwrap();
    empty.reported("cart", |status| status.phases.healthy == 1).await;
    place.holds(&["a=1"]).await;
}

#[tokio::test]
async fn drift_is_corrected_within_about_a_second_and_counted() {
    let hub = Hub::start().await;
    cart(&hub, 1, &["a=1", "b=1"]).await;
    let place = Place::new(&hub);
    let _agent = place.agent();
    place.holds(&["a=1", "b=1"]).await;
    std::fs::write(place.file("a"), "v: edited\n").unwrap();
    std::fs::remove_file(place.file("b")).unwrap();
    place.holds(&["a=1", "b=1"]).await;
    hub.reported("cart", |status| status.drift_corrected == 2).await;
}

#[tokio::test]
async fn a_blob_that_comes_late_is_waited_for_and_what_is_there_stays() {
    let hub = Hub::start().await;
    cart(&hub, 1, &["a=1"]).await;
    let place = Place::new(&hub);
    let _agent = place.agent();
    place.holds(&["a=1"]).await;

    let (second, blob) = placement("cart", 2, &["b=2"]);
    hub.publish(&document(2, vec![second])).await;
    let status = hub.reported("cart", |status| status.rollout == 2).await;
    assert_eq!(status.unhealthy[0].reason, "BlobMissing");
    place.holds(&["a=1"]).await;
    hub.blob(blob).await;
    place.holds(&["b=2"]).await;
    hub.reported("cart", |status| status.phases.healthy == 1 && status.phases.total() == 1).await;
}

#[tokio::test]
async fn a_location_that_moves_keeps_running_and_reports_in_its_new_region() {
    let hub = Hub::start().await;
    cart(&hub, 5, &["a=1"]).await;
    let place = Place::new(&hub);
    let _agent = place.agent();
    hub.reported("cart", |status| status.rollout == 5).await;

    hub.publish(&Desired { moved_to_region: Some("us".into()), ..document(6, vec![]) }).await;
    let (placement, _) = placement("cart", 5, &["a=1"]);
    hub.publish_in("us", &document(1, vec![placement])).await;
    hub.reported_in("us", "cart", |status| status.phases.healthy == 1 && status.order.revision == 1).await;
    place.holds(&["a=1"]).await;
    assert!(!hub.status("eu", "cart").await.unwrap().withdrawn);
}

#[tokio::test]
async fn questions_are_answered_from_what_is_there() {
    let hub = Hub::start().await;
    cart(&hub, 1, &["a=1", "b=1"]).await;
    let place = Place::new(&hub);
    std::fs::create_dir_all(place.file("b").join("in the way")).unwrap();
    let _agent = place.agent();
    let before = hub.reported("cart", |status| status.phases.total() == 2).await;

    let object = AskObject {
        kind: "ConfigMap".into(),
        namespace: "shop".into(),
        name: "a".into(),
        ..AskObject::default()
    };
    let answer = hub.ask(Question::Diff(object.clone())).await;
    assert_eq!(answer.live_json, answer.desired_json);
    assert_eq!(hub.ask(Question::Object(object.clone())).await.live_json, answer.live_json);
    let plural = AskObject { kind: "configmaps".into(), ..object.clone() };
    assert_eq!(hub.ask(Question::Object(plural)).await.object, Some(object.clone()));
    let errors = hub.ask(Question::Errors(AskErrors {})).await.troubles;
    let [ObjectTrouble { status: Some(status), attempts, .. }] = errors.as_slice() else {
        panic!("{errors:?}")
    };
    assert!(
        wire::object_status(status.clone()).unwrap().phase == Phase::Failed && *attempts > 0,
        "{errors:?}"
    );
    let events = hub.ask(Question::Events(AskEvents::default())).await;
    assert!(events.error.contains("no cluster"), "{events:?}");
    hub.ask(Question::Resend(AskResend {})).await;
    hub.reported("cart", |status| status.report > before.report).await;
}
