//! From a subject back to its key.

use model::{Digest, PlacementKey, ResourceKey};

use super::{Key, PLACEMENT_COLLECTOR};
use crate::{Stream, token};

/// `None` where `subject` is not exactly the subject of a key.
pub(super) fn parse(subject: &str) -> Option<Key> {
    let tokens: Vec<&str> = subject.split('.').collect();
    match tokens.as_slice() {
        ["$KV", "intent", ids @ ..] => intent(ids),
        ["$KV", "locations", "region", name] => Some(Key::Region(id(name)?)),
        ["$KV", "locations", name] => Some(Key::Location(id(name)?)),
        ["trib", "v1", table, ids @ ..] => row(table, ids),
        _ => None,
    }
}

fn row(table: &str, ids: &[&str]) -> Option<Key> {
    match (table, ids) {
        ("release", [hex, chunk]) => Some(Key::Release { digest: digest(hex)?, chunk: number(chunk)? }),
        ("blob", [hex, chunk]) => Some(Key::Blob { digest: digest(hex)?, chunk: number(chunk)? }),
        ("epoch", []) => Some(Key::Epoch),
        ("rollout", [space, name]) => Some(Key::Rollout(placement(space, name)?)),
        ("summary", [space, name, collector]) if *collector == PLACEMENT_COLLECTOR => {
            Some(Key::Summary(placement(space, name)?))
        }
        ("query", [region]) => Some(Key::Query { region: id(region)? }),
        ("complete" | "lease", ids) => unit(table, ids),
        ("desired" | "alive" | "ask" | "dn", [region, location]) => of_location(table, region, location),
        _ => regional(table, ids),
    }
}

fn regional(table: &str, ids: &[&str]) -> Option<Key> {
    Some(match (table, ids) {
        ("decision", [region, bucket, space, name]) => {
            Key::Decision { region: id(region)?, bucket: number(bucket)?, placement: placement(space, name)? }
        }
        ("progress", [region, bucket, space, name]) => {
            Key::Progress { region: id(region)?, bucket: number(bucket)?, placement: placement(space, name)? }
        }
        ("presence", [region, bucket]) => Key::Presence { region: id(region)?, bucket: number(bucket)? },
        ("status", [region, location, space, name]) => {
            Key::Status { region: id(region)?, location: id(location)?, placement: placement(space, name)? }
        }
        ("partial", [parent, child, space, name, collector]) if *collector == PLACEMENT_COLLECTOR => {
            Key::Partial { parent: id(parent)?, child: id(child)?, placement: placement(space, name)? }
        }
        _ => return None,
    })
}

fn of_location(table: &str, region: &str, location: &str) -> Option<Key> {
    let (region, location) = (id(region)?, id(location)?);
    match table {
        "desired" => Some(Key::Desired { region, location }),
        "alive" => Some(Key::Alive { region, location }),
        "ask" => Some(Key::Ask { region, location }),
        "dn" => Some(Key::Down { region, location }),
        _ => None,
    }
}

fn unit(table: &str, ids: &[&str]) -> Option<Key> {
    let stream = |token: &str| Stream::from_name(&id(token)?);
    match (table, ids) {
        ("complete", [name, unit]) => Some(Key::Complete { stream: stream(name)?, unit: id(unit)? }),
        ("lease", [name, unit]) => Some(Key::Lease { stream: stream(name)?, unit: id(unit)? }),
        ("lease", [name, "member", holder]) => {
            Some(Key::Member { stream: stream(name)?, holder: id(holder)? })
        }
        _ => None,
    }
}

fn intent(ids: &[&str]) -> Option<Key> {
    let [space, group, kind, namespace, name] = ids else { return None };
    let group = if *group == "core" { String::new() } else { id(group).filter(|group| !group.is_empty())? };
    Some(Key::Intent(ResourceKey {
        space: id(space)?,
        group,
        kind: id(kind)?,
        namespace: id(namespace)?,
        name: id(name)?,
    }))
}

fn placement(space: &str, name: &str) -> Option<PlacementKey> {
    Some(PlacementKey { space: id(space)?, name: id(name)? })
}

fn id(token: &str) -> Option<String> {
    token::decode(token)
}

fn digest(hex: &str) -> Option<Digest> {
    Digest::from_hex(hex)
}

/// Only the shortest decimal form: `07` would be a second subject of the same key.
fn number(token: &str) -> Option<u32> {
    token.parse().ok().filter(|number: &u32| number.to_string() == token)
}
