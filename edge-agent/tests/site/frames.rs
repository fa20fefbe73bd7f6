//! Own parts that came in frames.

use std::sync::Arc;

use bytes::Bytes;
use model::{DesiredPlacement, Own};

use crate::fixture::{Place, document, framed, give, placement, status};

#[tokio::test]
async fn an_own_part_in_a_frame_is_applied_once_its_template_is_here() {
    let place = Place::new();
    let mut site = place.site().await;
    let (wanted, (digest, bytes)) = framed("cart", &["a=here", "b=1"], &["a=anywhere", "b=1"]);
    let outbox = give(&mut site, &document(1, vec![wanted])).await;
    assert!(place.names().is_empty());
    assert_eq!(outbox.needs, [digest].into());
    site.supply(digest, Some(bytes));
    site.reconcile().await;
    assert_eq!(place.names(), ["shop_ConfigMap_a.yaml", "shop_ConfigMap_b.yaml"]);
    assert!(place.text("a").unwrap().contains("v: here"));
    assert_eq!(status(&site.outbox(), "cart").phases.healthy, 2);
}

#[tokio::test]
async fn an_own_part_in_a_frame_is_applied_again_by_an_agent_that_starts_anew() {
    let place = Place::new();
    let mut site = place.site().await;
    let (wanted, (digest, bytes)) = framed("cart", &["a=here"], &["a=anywhere"]);
    give(&mut site, &document(1, vec![wanted])).await;
    site.supply(digest, Some(bytes));
    site.reconcile().await;
    drop(site);
    std::fs::remove_file(place.file("a")).unwrap();
    let mut site = place.site().await;
    site.reconcile().await;
    assert!(place.text("a").unwrap().contains("v: here"));
}

#[tokio::test]
async fn a_new_template_that_comes_as_a_patch_opens_the_frame_that_comes_with_it() {
    let place = Place::new();
    let mut site = place.site().await;
    let (first, (one, bytes)) = framed("cart", &["a=here"], &["a=anywhere"]);
    give(&mut site, &document(1, vec![first])).await;
    site.supply(one, Some(bytes.clone()));
    site.reconcile().await;
    let (second, (_, next)) = framed("cart", &["a=here", "b=too"], &["a=anywhere", "b=anywhere"]);
    let patch = wire::content::make_patch(&bytes, &next, usize::MAX).map(Arc::new);
    let outbox = give(&mut site, &document(2, vec![DesiredPlacement { patch, ..second }])).await;
    assert!(outbox.needs.is_empty());
    assert_eq!(place.names(), ["shop_ConfigMap_a.yaml", "shop_ConfigMap_b.yaml"]);
}

#[tokio::test]
async fn a_frame_that_cannot_be_opened_is_told_and_changes_nothing() {
    let (wanted, (digest, bytes)) = framed("cart", &["a=2"], &["a=anywhere"]);
    let (_, (other, others)) = framed("cart", &["a=2"], &["a=elsewhere"]);
    let Own::Framed(frame) = wanted.own.clone() else { unreachable!() };
    let (cut, none) = (frame.slice(..frame.len() - 1), Bytes::from_static(b"no frame"));
    let broken = [(Some(digest), cut), (Some(digest), none), (Some(other), frame.clone()), (None, frame)];
    for (shared, frame) in broken {
        let place = Place::new();
        let mut site = place.site().await;
        give(&mut site, &document(1, vec![placement("cart", &["a=1", "b=1"])])).await;
        let before = place.text("a");
        let broken = DesiredPlacement { shared, own: Own::Framed(frame), ..wanted.clone() };
        give(&mut site, &document(2, vec![broken])).await;
        site.supply(digest, Some(bytes.clone()));
        site.supply(other, Some(others.clone()));
        site.reconcile().await;
        assert_eq!((place.text("a"), place.names().len()), (before, 2));
        let told = status(&site.outbox(), "cart").unhealthy.remove(0);
        assert_eq!(told.reason, "OwnPartUnreadable");
        assert!(told.message.contains("what is here stays") && told.message.contains("verify"), "{told:?}");
    }
}
