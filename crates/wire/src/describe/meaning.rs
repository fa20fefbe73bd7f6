//! What a subject is about, in words.

use crate::Key;

pub(super) fn meaning(key: &Key) -> String {
    match key {
        Key::Intent(key) => {
            let group = if key.group.is_empty() { "core" } else { &key.group };
            let namespace =
                if key.namespace.is_empty() { String::new() } else { format!("{}/", key.namespace) };
            format!("intent: {}.{group} {namespace}{} in space {}", key.kind, key.name, key.space)
        }
        Key::Location(name) => format!("location {name}"),
        Key::Region(name) => format!("region {name}"),
        Key::Release { digest, chunk } => format!("source content {}, chunk {chunk}", digest.short()),
        Key::Blob { digest, chunk } => format!("rendered content {}, chunk {chunk}", digest.short()),
        Key::Decision { region, bucket, placement } => {
            format!("decision: where {placement} goes in region {region}, bucket {bucket}")
        }
        Key::Rollout(placement) => format!("rollout of {placement}"),
        Key::Epoch => "epoch: orders rebuilt documents".to_owned(),
        Key::Complete { stream, unit } => format!("complete: how far unit {unit} of {stream} has come"),
        Key::Lease { stream, unit } => format!("lease: who writes unit {unit} of {stream}"),
        Key::Member { stream, holder } => format!("member: {holder} could write {stream}"),
        Key::Summary(placement) => format!("summary of {placement}"),
        _ => regional(key),
    }
}

fn regional(key: &Key) -> String {
    match key {
        Key::Desired { region, location } => format!("desired: what {location} in region {region} runs"),
        Key::Down { region, location } => {
            format!("desired, on its way down to {location} in region {region}")
        }
        Key::Status { region, location, placement } => {
            format!("status of {placement} at {location} in region {region}")
        }
        Key::Presence { region, bucket } => {
            format!("presence of locations in region {region}, bucket {bucket}")
        }
        Key::Progress { region, bucket, placement } => {
            format!("progress of {placement} in region {region}, bucket {bucket}")
        }
        Key::Partial { parent, child, placement } => {
            let parent = if parent.is_empty() { "the hub" } else { parent };
            format!("partial: counts of {placement} in region {child} for {parent}")
        }
        Key::Alive { region, location } => format!("heartbeat of {location} in region {region}"),
        Key::Query { region } => format!("question to summarization of region {region}"),
        Key::Ask { region, location } => format!("question to the agent of {location} in region {region}"),
        _ => key.subject(),
    }
}
