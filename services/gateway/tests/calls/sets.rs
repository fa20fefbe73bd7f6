//! Sets: what an apply names together, and what a later one no longer names.

use tonic::Code;
use wire::api::{self, Change, LocationDeletion, View};

use crate::support::{Hub, config_map, config_map_key, key, location, metadata, placement, regions};

struct Apply {
    request: api::ApplyRequest,
}

/// Of this set, pruning.
fn prune(set: &str, resources: Vec<api::Resource>) -> Apply {
    let request = api::ApplyRequest { resources, set: set.into(), prune: true, ..Default::default() };
    Apply { request }
}

impl Apply {
    fn with(mut self, change: impl FnOnce(&mut api::ApplyRequest)) -> Self {
        change(&mut self.request);
        self
    }

    async fn to(self, hub: &mut Hub) -> Result<api::ApplyResponse, tonic::Status> {
        Ok(hub.client.apply(self.request).await?.into_inner())
    }
}

fn pruned(answer: &api::ApplyResponse) -> Vec<(String, bool)> {
    answer.pruned.iter().map(|one| (one.key.as_ref().unwrap().name.clone(), one.withdrawing)).collect()
}

#[tokio::test]
async fn what_a_set_no_longer_names_goes_in_the_same_change_and_nothing_else_does() {
    let mut hub = Hub::start().await;
    hub.apply(vec![config_map("foreign", "x")]).await.unwrap();
    let first = vec![config_map("a", "1"), config_map("b", "1"), placement()];
    let answer = prune("default/shop", first).to(&mut hub).await.unwrap();
    assert_eq!(pruned(&answer), []);
    assert_eq!(metadata(answer.results[0].resource.as_ref().unwrap()).set, "default/shop");

    let next = || vec![config_map("b", "2"), config_map("c", "1")];
    let dry = prune("default/shop", next()).with(|it| it.dry_run = true).to(&mut hub).await.unwrap();
    assert_eq!(pruned(&dry), [("a".to_owned(), false), ("shop".to_owned(), true)]);
    assert!(dry.pruned[0].previous.is_some());
    assert!(hub.get(config_map_key("a")).await.is_ok(), "it was only said");

    let before = hub.get(config_map_key("b")).await.unwrap();
    let answer =
        prune("default/shop", next()).with(|it| it.view = View::Basic.into()).to(&mut hub).await.unwrap();
    assert_eq!((pruned(&answer), answer.pruned[0].previous.is_none()), (pruned(&dry), true));
    let changes: Vec<_> = answer.results.iter().map(api::ApplyResult::change).collect();
    assert_eq!(changes, [Change::Configured, Change::Created]);
    let version = |resource: &api::Resource| metadata(resource).resource_version.parse::<u64>().unwrap();
    let after = hub.get(config_map_key("b")).await.unwrap();
    // One batch has consecutive sequences: nothing came between, and the four rows are it.
    assert_eq!(answer.watermark["KV_intent"], version(&after) + 3);
    assert!(version(&before) < version(&after));
    assert_eq!(hub.get(config_map_key("a")).await.unwrap_err().code(), Code::NotFound);
    assert!(metadata(&hub.get(key("Placement", "shop")).await.unwrap()).deletion_time_ms > 0, "it withdraws");
    assert!(hub.get(config_map_key("foreign")).await.is_ok());
    let again = prune("default/shop", next()).to(&mut hub).await.unwrap();
    assert_eq!(pruned(&again), [], "what withdraws is on its way");
    assert!(again.results.iter().all(|one| one.change() == Change::Unchanged));
}

#[tokio::test]
async fn an_apply_without_a_set_leaves_its_resources_in_the_sets_that_they_are_in() {
    let mut hub = Hub::start().await;
    prune("default/shop", vec![config_map("a", "1"), config_map("b", "1")]).to(&mut hub).await.unwrap();
    hub.apply(vec![config_map("b", "2")]).await.unwrap();
    assert_eq!(metadata(&hub.get(config_map_key("b")).await.unwrap()).set, "default/shop");
    let mut claims = config_map("c", "1");
    claims.metadata.as_mut().unwrap().set = "default/shop".into();
    hub.apply(vec![claims]).await.unwrap();
    assert_eq!(
        metadata(&hub.get(config_map_key("c")).await.unwrap()).set,
        "",
        "only an apply of the set says so"
    );
    let answer = prune("default/shop", vec![config_map("a", "1")]).to(&mut hub).await.unwrap();
    assert_eq!(pruned(&answer), [("b".to_owned(), false)]);
}

#[tokio::test]
async fn a_resource_is_in_one_set_and_can_be_taken_over() {
    let mut hub = Hub::start().await;
    prune("default/shop", vec![config_map("a", "1"), config_map("b", "1")]).to(&mut hub).await.unwrap();
    let both = || vec![config_map("a", "1"), config_map("new", "1")];
    let refused = prune("default/depot", both()).to(&mut hub).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let said = "ConfigMap shop/a belongs to set default/shop: it cannot be in set default/depot too";
    assert!(refused.message().contains(said), "{refused}");
    assert_eq!(hub.get(config_map_key("new")).await.unwrap_err().code(), Code::NotFound, "all or nothing");
    let taken = prune("default/depot", both()).with(|it| it.take_over = true).to(&mut hub).await.unwrap();
    assert_eq!(taken.results[0].change(), Change::Configured);
    let metadata = |resource: &Option<api::Resource>| resource.as_ref().unwrap().metadata.clone().unwrap();
    assert_eq!(metadata(&taken.results[0].resource).generation, 1, "its spec is the same");
    let answer = prune("default/shop", vec![config_map("b", "1")]).to(&mut hub).await.unwrap();
    assert_eq!(pruned(&answer), [], "it is the other's now");
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused() {
    let mut hub = Hub::start().await;
    for (set, resources, said) in [
        ("default/shop", vec![], "resources: there are none, and pruning would delete the whole set"),
        ("", vec![config_map("a", "1")], "prune: of which set is not said"),
        ("shop", vec![config_map("a", "1")], "set: write it as space/name"),
        ("default/No", vec![config_map("a", "1")], "set: write it as space/name"),
    ] {
        let refused = prune(set, resources).to(&mut hub).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
        assert!(refused.message().contains(said), "{refused}");
    }
}

#[tokio::test]
async fn regions_and_locations_go_by_the_rules_of_deletion() {
    let mut hub = Hub::start().await;
    let all = || [regions(), vec![location("fra-1", "de", "gold"), location("par-1", "eu", "gold")]].concat();
    prune("default/fleet", all()).to(&mut hub).await.unwrap();
    hub.apply(vec![location("foreign", "de", "gold")]).await.unwrap();

    let without_de = || vec![regions().remove(0), location("par-1", "eu", "gold")];
    let refused = prune("default/fleet", without_de()).to(&mut hub).await.unwrap_err();
    assert!(refused.message().contains("Region de: 1 locations are in it"), "{refused}");
    let still_in = [without_de(), vec![location("fra-1", "de", "gold")]].concat();
    let refused = prune("default/fleet", still_in).to(&mut hub).await.unwrap_err();
    assert!(
        refused.message().contains("Region de: the set no longer names it, and Location fra-1"),
        "{refused}"
    );

    let moved =
        [without_de(), vec![location("fra-1", "eu", "gold"), location("foreign", "eu", "gold")]].concat();
    let taken = prune("default/fleet", moved).to(&mut hub).await.unwrap();
    assert_eq!(pruned(&taken), [("de".to_owned(), false)], "all that was in it moves in the same apply");
    let how = |it: &mut api::ApplyRequest| it.location_deletion = LocationDeletion::Withdraw.into();
    let last = prune("default/fleet", vec![regions().remove(0)]).with(how).to(&mut hub).await.unwrap();
    let gone = ["foreign", "fra-1", "par-1"].map(|name| (name.to_owned(), true));
    assert_eq!(pruned(&last), gone);
}
