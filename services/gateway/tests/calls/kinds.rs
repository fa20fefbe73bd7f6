//! A kind of Tributary's own goes through every call: health rules, against a real server.

use crate::support::{Hub, key, metadata, resources};
use tonic::Code;
use wire::api::{self, Change, LocationDeletion, resource::Spec};

fn rule(name: &str, when: &str) -> api::Resource {
    let text = format!(
        "apiVersion: tributary.dev/v1alpha1\nkind: HealthRule\nmetadata: {{name: {name}, labels: {{team: a}}}}\n\
         spec: {{match: {{kinds: [Widget]}}, rules: [{{when: \"{when}\", phase: Healthy}}]}}\n"
    );
    resources(&text).remove(0)
}

/// `None`: it is no health rule.
fn condition(resource: &api::Resource) -> Option<&str> {
    let Some(Spec::HealthRule(spec)) = &resource.spec else { return None };
    Some(&spec.rules[0].when)
}

#[tokio::test]
async fn a_health_rule_is_applied_read_listed_watched_and_deleted() {
    let mut hub = Hub::start().await;
    assert_eq!(hub.changes(vec![rule("widgets", "status.ok")]).await, [Change::Created]);
    assert_eq!(hub.changes(vec![rule("widgets", "status.ok")]).await, [Change::Unchanged]);
    let request = api::WatchRequest { kind: "HealthRule".into(), ..Default::default() };
    let mut watch = hub.client.watch(request).await.unwrap().into_inner();
    let mut next = async || watch.message().await.unwrap().unwrap().event.unwrap();
    let api::watch_response::Event::Changed(first) = next().await else { panic!("it is there") };
    assert_eq!(condition(&first), Some("status.ok"));
    assert_eq!(next().await, api::watch_response::Event::CaughtUp(true));

    let request = api::ApplyRequest {
        resources: vec![rule("widgets", "status.n > 1")],
        dry_run: true,
        ..Default::default()
    };
    let answer = hub.client.apply(request.clone()).await.unwrap().into_inner().results.remove(0);
    assert_eq!(answer.change(), Change::Configured);
    assert_eq!(condition(&answer.previous.unwrap()), Some("status.ok"), "what `diff` compares");
    assert_eq!(hub.changes(request.resources).await, [Change::Configured]);
    let kept = hub.get(key("HealthRule", "widgets")).await.unwrap();
    assert_eq!((metadata(&kept).generation, condition(&kept)), (2, Some("status.n > 1")));
    assert_eq!(hub.changes(vec![kept.clone()]).await, [Change::Unchanged], "what was read can be applied");

    let list = |kind: &str| api::ListRequest {
        kind: kind.into(),
        label_selector: "team=a".into(),
        ..Default::default()
    };
    assert_eq!(hub.list(list("HealthRule")).await.resources, [kept]);
    assert_eq!(hub.list(list("")).await.total_size, 0, "it is no workload");
    hub.delete(vec![key("HealthRule", "widgets")], LocationDeletion::Unspecified).await.unwrap();
    assert!(
        matches!(next().await, api::watch_response::Event::Changed(changed) if metadata(&changed).generation == 2)
    );
    assert!(matches!(next().await, api::watch_response::Event::Deleted(gone) if gone.name == "widgets"));
    assert_eq!(hub.get(key("HealthRule", "widgets")).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn an_expression_of_a_health_rule_that_would_never_hold_is_refused_with_its_position() {
    let mut hub = Hub::start().await;
    let mut unnamed = rule("unnamed", "true");
    let Some(Spec::HealthRule(spec)) = &mut unnamed.spec else { panic!("it is one") };
    spec.rules[0].phase = 0;
    let wrong = vec![rule("broken", "status.ok =="), rule("named", "state.ok"), unnamed];
    let refused = hub.apply(wrong).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    for expected in [
        "resources[0] HealthRule broken: spec.rules[0].when: `status.ok ==`, character 13: ",
        "resources[1] HealthRule named: spec.rules[0].when: `state.ok`, character 1: `state` is not known; there are `obj` and `status`",
        "resources[2]: a HealthRuleSpec cannot have this rules.phase: 0 is not a value that this version knows",
    ] {
        assert!(refused.message().contains(expected), "{expected}\n{refused}");
    }
    assert_eq!(hub.get(key("HealthRule", "named")).await.unwrap_err().code(), Code::NotFound);
}
