//! One message of each kind, with something in every field.

mod declared;
mod derived;
mod rollouts;

use bytes::Bytes;
use model::{Digest, PlacementKey};
use prost::Message as _;
use wire::{Complete, Epoch, Key, Lease, Member, Stream, StreamBirth, bus};

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Names of golden files, keys, and bytes.
pub fn all() -> Vec<(&'static str, Key, Bytes)> {
    let mut all = declared::rows();
    all.extend(derived::rows());
    all.extend(about_units());
    all.extend(questions());
    all
}

fn placement() -> PlacementKey {
    PlacementKey { space: "default".into(), name: "shop".into() }
}

fn at() -> (String, String) {
    ("eu".into(), "fra-1".into())
}

fn digest(byte: u8) -> Digest {
    Digest([byte; 32])
}

fn about_units() -> Vec<(&'static str, Key, Bytes)> {
    let (stream, unit) = (Stream::Desired("eu".into()), "0".to_owned());
    let lease = Lease { holder: "translation-1".into(), duration_ms: 3000, renewal: 17 };
    let member = Member {
        holder: "translation-1".into(),
        duration_ms: 3000,
        renewal: 17,
        units: ["0".to_owned(), "1".to_owned()].into(),
    };
    let present = Key::Member { stream: stream.clone(), holder: "translation-1".into() };
    let complete = Complete {
        epoch: 4,
        watermark: [("decision".to_owned(), 900), ("KV_intent".to_owned(), 12)].into(),
        layout: 1,
    };
    let birth = StreamBirth { epoch: 4, create_time_ns: 1_790_000_000_000_000_000 };
    let epoch = Epoch { epoch: 4, streams: [("desired-eu".to_owned(), birth)].into() };
    vec![
        ("lease", Key::Lease { stream: stream.clone(), unit: unit.clone() }, wire::encode_lease(&lease)),
        ("member", present, wire::encode_member(&member)),
        ("complete", Key::Complete { stream, unit }, wire::encode_complete(&complete)),
        ("epoch", Key::Epoch, wire::encode_epoch(&epoch)),
    ]
}

fn questions() -> Vec<(&'static str, Key, Bytes)> {
    let (region, location) = at();
    let query = bus::Query {
        space: "default".into(),
        placement: "shop".into(),
        states: vec!["failed".into(), "missing".into()],
        location: "fra-1".into(),
        page_size: 100,
        after: "fra-0".into(),
    };
    let object = bus::AskObject {
        group: "apps".into(),
        kind: "Deployment".into(),
        namespace: "shop".into(),
        name: "cart".into(),
        managed_fields: true,
        secret_data: true,
        rehearse: true,
    };
    let ask = bus::Ask { question: Some(bus::ask::Question::Object(object)) };
    vec![
        ("query", Key::Query { region: region.clone() }, query.encode_to_vec().into()),
        ("ask", Key::Ask { region, location }, ask.encode_to_vec().into()),
    ]
}

/// Answers have no subject of their own: they go back to whoever asked.
pub fn answers() -> Vec<(&'static str, Bytes)> {
    let problem = bus::Problem { location: "fra-1".into(), reason: "Offline".into(), ..Default::default() };
    let row = bus::QueryRow {
        location: "fra-1".into(),
        state: "stale".into(),
        offline: true,
        last_seen_s: 1_790_000_000,
        rollout: 2,
        updated: true,
        problems: vec![problem],
        agent_version: "0.1.0".into(),
    };
    let result = bus::QueryResult { rows: vec![row], next: "fra-1".into(), error: "busy".into() };
    let object = bus::ObjectStatus { object: "Namespace shop".into(), phase: 4, ..Default::default() };
    let trouble = bus::ObjectTrouble { status: Some(object), attempts: 3, failing_ms: 7000, next_ms: 900 };
    let event = bus::ClusterEvent {
        r#type: "Warning".into(),
        object: "Pod shop/cart-1".into(),
        reason: "BackOff".into(),
        message: "Back-off pulling image".into(),
        source: "kubelet".into(),
        count: 4,
        first_time_ms: 1_790_000_000_000,
        last_time_ms: 1_790_000_060_000,
    };
    let answer = bus::Answer {
        live_json: "{}".into(),
        desired_json: "{}".into(),
        error: "no such kind".into(),
        rehearsed_json: "{}".into(),
        troubles: vec![trouble],
        events: vec![event],
        note: "older ones are left out".into(),
        object: Some(bus::AskObject { name: "cart".into(), ..Default::default() }),
    };
    vec![("query-result", result.encode_to_vec().into()), ("answer", answer.encode_to_vec().into())]
}
