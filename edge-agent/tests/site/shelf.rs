//! Agents of one process that share content.

use edge_agent::state::Shelf;

use crate::fixture::{Place, document, give, shared, status};

#[tokio::test]
async fn content_that_another_agent_got_a_moment_too_late_is_still_asked_for() {
    let (shelf, places) = (Shelf::default(), [Place::new(), Place::new()]);
    let mut sites = [places[0].site_on(&shelf).await, places[1].site_on(&shelf).await];
    let (wanted, (digest, bytes)) = shared("cart", &["a=1"]);
    let document = document(1, vec![wanted]);
    for site in &mut sites {
        assert_eq!(give(site, &document).await.needs, [digest].into());
    }
    let [one, other] = &mut sites;
    one.supply(digest, Some(bytes.clone()));
    assert!(one.outbox().needs.is_empty());
    assert_eq!(other.outbox().needs, [digest].into(), "it was not there when the document was worked out");
    other.supply(digest, Some(bytes));
    other.reconcile().await;
    assert_eq!(status(&other.outbox(), "cart").phases.healthy, 1);
}

#[tokio::test]
async fn content_that_another_agent_has_is_not_asked_for() {
    let (shelf, places) = (Shelf::default(), [Place::new(), Place::new()]);
    let (mut one, mut other) = (places[0].site_on(&shelf).await, places[1].site_on(&shelf).await);
    let (wanted, (digest, bytes)) = shared("cart", &["a=1"]);
    let document = document(1, vec![wanted]);
    give(&mut one, &document).await;
    one.supply(digest, Some(bytes));
    let outbox = give(&mut other, &document).await;
    drop(one);
    assert!(outbox.needs.is_empty());
    assert_eq!(places[1].names(), ["shop_ConfigMap_a.yaml"]);
}
