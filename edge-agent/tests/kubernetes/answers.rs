//! What a location answers when it is asked: from its API server, of anybody's objects, and in few words.

use edge_agent::Site;
use edge_agent::sink::Kubernetes;
use serde_json::{Value, json};
use wire::bus::ask::Question;
use wire::bus::{Answer, Ask, AskErrors, AskEvents, AskObject, ClusterEvent};

use crate::fixture::{Edge, document, give, placement, turn};

async fn ask(site: &mut Site<Kubernetes>, question: Question) -> Answer {
    let answer = site.answer(&wire::encode_ask(&Ask { question: Some(question) })).await;
    wire::decode_answer(&answer).unwrap()
}

fn named(edge: &Edge, group: &str, kind: &str, name: &str) -> AskObject {
    AskObject {
        group: group.into(),
        kind: kind.into(),
        namespace: edge.namespace.clone(),
        name: name.into(),
        ..AskObject::default()
    }
}

fn parsed(json: &[u8]) -> Value {
    serde_json::from_slice(json).unwrap_or_default()
}

#[tokio::test]
async fn an_object_that_somebody_else_made_is_told_by_any_name_of_its_kind() {
    let edge = Edge::new("asked").await;
    edge.apply(&edge.deployment("theirs", "x:1"), "somebody");
    let mut site = edge.site().await;
    for (group, kind) in [
        ("apps", "Deployment"),
        ("apps", "deployment"),
        ("apps", "deployments"),
        ("", "deploy"),
        ("", "Deployment"),
    ] {
        let answer = ask(&mut site, Question::Object(named(&edge, group, kind, "theirs"))).await;
        let live = parsed(&answer.live_json);
        assert_eq!(live["metadata"]["name"], "theirs", "{kind}.{group}: {}", answer.error);
        assert!(live["metadata"].get("managedFields").is_none());
        assert_eq!(answer.object.unwrap().kind, "Deployment");
    }
    let with = AskObject { managed_fields: true, ..named(&edge, "apps", "Deployment", "theirs") };
    let live = parsed(&ask(&mut site, Question::Object(with)).await.live_json);
    assert_eq!(live["metadata"]["managedFields"][0]["manager"], "somebody");
    let namespace = named(&edge, "", "ns", "asked");
    let live = parsed(&ask(&mut site, Question::Object(namespace)).await.live_json);
    assert_eq!(live["kind"], "Namespace", "whose objects are in no namespace");
    let absent = ask(&mut site, Question::Object(named(&edge, "apps", "Deployment", "none"))).await;
    assert!(absent.live_json.is_empty() && absent.error.is_empty(), "{absent:?}");
    let unknown = ask(&mut site, Question::Object(named(&edge, "", "widgets", "a"))).await;
    assert!(unknown.error.contains("does not serve widgets"), "{unknown:?}");
}

#[tokio::test]
async fn what_a_secret_holds_is_told_to_whom_asks_for_it() {
    let edge = Edge::new("secrets").await;
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "secrets"},
                        "stringData": {"password": "hunter2"}});
    let mut site = edge.site().await;
    give(&mut site, &document(1, &[placement("shop", &[secret])])).await;
    let asked = AskObject { rehearse: true, ..named(&edge, "", "Secret", "s") };
    let answer = ask(&mut site, Question::Diff(asked.clone())).await;
    let live = parsed(&answer.live_json);
    assert_eq!(live["data"]["password"], "***", "{}", answer.error);
    assert_eq!(parsed(&answer.rehearsed_json)["data"], live["data"], "{}", answer.note);
    let shown = ask(&mut site, Question::Diff(AskObject { secret_data: true, ..asked })).await;
    assert_eq!(parsed(&shown.live_json)["data"]["password"], "aHVudGVyMg==");
}

#[tokio::test]
async fn other_spellings_and_defaults_are_no_difference_and_drift_is() {
    let edge = Edge::new("different").await;
    let mut site = edge.site().await;
    give(&mut site, &document(1, &[placement("shop", &[edge.deployment("cart", "x:1")])])).await;
    let asked = AskObject { rehearse: true, ..named(&edge, "apps", "Deployment", "cart") };
    let answer = ask(&mut site, Question::Diff(asked.clone())).await;
    assert_eq!(answer.live_json, answer.rehearsed_json, "{}", answer.note);
    assert_ne!(answer.live_json, answer.desired_json, "the API server writes 1000m as 1");

    edge.kubectl(&["scale", "deployment/cart", "--replicas=7"]);
    let answer = ask(&mut site, Question::Diff(asked)).await;
    let (live, rehearsed) = (parsed(&answer.live_json), parsed(&answer.rehearsed_json));
    assert_eq!((&live["spec"]["replicas"], &rehearsed["spec"]["replicas"]), (&json!(7), &json!(2)));
    assert_eq!(edge.field("deployment/cart", ".spec.replicas"), "7", "asking changes nothing");
}

#[tokio::test]
async fn what_cannot_be_applied_is_told_with_its_attempts() {
    let edge = Edge::new("troubles").await;
    let invalid = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "namespace": "troubles"},
                         "spec": {"ports": [{"port": 99999}]}});
    let mut site = edge.site().await;
    give(&mut site, &document(1, &[placement("shop", &[invalid, edge.config_map("a", "1")])])).await;
    let mut attempts = 0;
    while attempts < 2 {
        let answer = ask(&mut site, Question::Errors(AskErrors {})).await;
        let [trouble] = answer.troubles.as_slice() else { panic!("{answer:?}") };
        let status = trouble.status.clone().unwrap();
        assert_eq!((status.object.as_str(), status.reason.as_str()), ("Service troubles/s", "Invalid"));
        attempts = trouble.attempts;
        turn(&mut site).await;
    }
}

#[tokio::test]
async fn events_are_told_of_what_is_applied_and_of_what_belongs_to_it() {
    let edge = Edge::new("events").await;
    let mut site = edge.site().await;
    let ours = [edge.deployment("cart", "x:1"), edge.config_map("a", "1")];
    give(&mut site, &document(1, &[placement("shop", &ours)])).await;
    edge.apply(&edge.deployment("theirs", "x:1"), "somebody");
    let set = owned(&edge, "apps/v1", "ReplicaSet", "cart-1", "deployment/cart");
    edge.apply(&set, "controller");
    edge.apply(&owned(&edge, "v1", "Pod", "cart-1-x", "replicaset/cart-1"), "controller");
    for (second, kind, name, r#type) in [
        (3, "pod/cart-1-x", "later", "Warning"),
        (1, "deployment/cart", "scaled", "Normal"),
        (2, "replicaset/cart-1", "created", "Warning"),
        (4, "deployment/theirs", "not-ours", "Warning"),
    ] {
        edge.apply(&event(&edge, second, kind, name, r#type), "controller");
    }
    let all = ask(&mut site, Question::Events(AskEvents::default())).await;
    assert_eq!(reasons(&all.events), ["scaled", "created", "later"], "newest last: {}", all.error);
    assert_eq!(all.events[2].object, "Pod events/cart-1-x");

    let warnings = AskEvents { warnings_only: true, limit: 1, ..AskEvents::default() };
    let newest = ask(&mut site, Question::Events(warnings)).await;
    assert_eq!(
        (reasons(&newest.events), newest.note.contains("newest 1 of 2")),
        (vec!["later"], true),
        "{newest:?}"
    );

    for (kind, name, expected) in [
        ("deploy", "cart", &["scaled", "created", "later"][..]),
        ("deploy", "theirs", &["not-ours"]),
        ("ConfigMap", "a", &[]),
    ] {
        let asked = AskEvents { object: Some(named(&edge, "", kind, name)), ..AskEvents::default() };
        let answer = ask(&mut site, Question::Events(asked)).await;
        assert_eq!(reasons(&answer.events), expected, "{kind} {name}: {}", answer.error);
    }
}

fn reasons(events: &[ClusterEvent]) -> Vec<&str> {
    events.iter().map(|event| event.reason.as_str()).collect()
}

/// An object that belongs to another one.
fn owned(edge: &Edge, api_version: &str, kind: &str, name: &str, owner: &str) -> Value {
    let about = reference(edge, owner);
    let container = json!({"name": "main", "image": "x:1"});
    let pod = json!({"containers": [container]});
    let spec = if kind == "Pod" {
        pod
    } else {
        json!({"selector": {"matchLabels": {"app": name}},
               "template": {"metadata": {"labels": {"app": name}}, "spec": pod}})
    };
    json!({"apiVersion": api_version, "kind": kind,
        "metadata": {"name": name, "namespace": edge.namespace, "ownerReferences": [{
            "apiVersion": about["apiVersion"], "kind": about["kind"], "name": about["name"], "uid": about["uid"]}]},
        "spec": spec})
}

fn event(edge: &Edge, second: u32, about: &str, reason: &str, r#type: &str) -> Value {
    let time = format!("2026-01-01T00:00:0{second}Z");
    json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": reason, "namespace": edge.namespace},
        "involvedObject": reference(edge, about), "reason": reason, "message": "something", "type": r#type,
        "count": 1, "firstTimestamp": time, "lastTimestamp": time, "source": {"component": "controller"}})
}

fn reference(edge: &Edge, object: &str) -> Value {
    let fields =
        [".apiVersion", ".kind", ".metadata.name", ".metadata.uid"].map(|path| edge.field(object, path));
    let [api_version, kind, name, uid] = fields;
    json!({"apiVersion": api_version, "kind": kind, "namespace": edge.namespace, "name": name, "uid": uid})
}
