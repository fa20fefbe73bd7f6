//! Locations that change their region.

use model::Desired;

use crate::fixture::{Place, document, give, give_in, placement};

fn moved(revision: u64, to: &str) -> Desired {
    Desired { moved_to_region: Some(to.to_owned()), ..document(revision, vec![]) }
}

#[tokio::test]
async fn a_moved_location_keeps_everything_until_its_new_region_speaks() {
    let place = Place::new();
    let mut site = place.site().await;
    give(&mut site, &document(7, vec![placement("cart", &["a=1"])])).await;
    let outbox = give(&mut site, &moved(8, "us")).await;
    assert_eq!(outbox.region, "us");
    assert!(place.text("a").is_some());
    // Regions count apart: the first document of the new one has a smaller order.
    give_in(&mut site, "us", &document(1, vec![placement("cart", &["b=1"])])).await;
    assert_eq!(place.names(), ["shop_ConfigMap_b.yaml"]);
}

#[tokio::test]
async fn the_new_region_is_remembered_over_restarts() {
    let place = Place::new();
    let mut site = place.site().await;
    give(&mut site, &document(7, vec![placement("cart", &["a=1"])])).await;
    give(&mut site, &moved(8, "us")).await;
    drop(site);
    let mut site = place.site().await;
    site.reconcile().await;
    assert_eq!(site.region(), "us");
    assert!(place.text("a").is_some());
    drop(site);
    assert_eq!(place.site_in("asia").await.region(), "asia", "who configures another region means it");
}

#[tokio::test]
async fn a_location_that_comes_back_is_not_sent_away_by_the_old_document() {
    let place = Place::new();
    let mut site = place.site().await;
    give(&mut site, &moved(8, "us")).await;
    give_in(&mut site, "us", &moved(1, "eu")).await;
    assert_eq!(site.region(), "eu");
    give(&mut site, &moved(8, "us")).await;
    assert_eq!(site.region(), "eu");
    give(&mut site, &document(9, vec![placement("cart", &["a=1"])])).await;
    assert!(place.text("a").is_some());
}
