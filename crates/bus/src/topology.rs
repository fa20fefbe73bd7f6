//! Every stream and every table in it, as data: who writes it, who reads it, what it costs to lose it.
//!
//! `provision` makes the server agree with this page; `ARCHITECTURE.md` and `tributary admin` print it.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::jetstream::stream::{
    Compression, Config, DiscardPolicy, PersistenceMode, Republish, StorageType,
};
use wire::token;

use crate::Stream;

/// A last-value table: some subjects of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    pub name: &'static str,
    /// With `{region}` where the stream is one of a region's.
    pub subjects: &'static str,
    pub value: &'static str,
    pub writer: &'static str,
    pub readers: &'static str,
    /// What one lease covers; "-": written without leases, key by key.
    pub unit: &'static str,
    /// What is lost with it, and what brings it back.
    pub loss: &'static str,
}

/// A stream and why it is as it is.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub tables: &'static [Table],
    /// Writers hold leases in it.
    pub leased: bool,
    /// Bytes.
    pub max_message: i32,
    /// An acknowledged write is on disk. Not so for what its writer sends again whenever it is missing.
    pub synced: bool,
    /// The server compresses blocks that are full, of some megabytes: for many rows that are alike. It heeds a change of this
    /// after its next start.
    pub compressed: bool,
    /// Copied to these subjects for agents, who must not see what was refused: from, to, with `{region}`.
    pub republish: Option<(&'static str, &'static str)>,
    pub why: &'static str,
}

/// More than all readers of a stream ever are, and far less than a server can bear.
const MAX_CONSUMERS: i32 = 200;
/// Of everything but content, whose chunks have 512 KiB of data: documents and resources with what is inline.
const ROW: i32 = 900 * 1024;
const CHUNK: i32 = 600 * 1024;
/// The server's own default. Nothing here sends message ids, so it costs nothing.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);

const INTENT: Shape = Shape {
    tables: &[Table {
        name: "intent",
        subjects: "$KV.intent.>",
        value: "resources as applied; large manifests by digest",
        writer: "gateway, compare-and-set, one atomic batch for each apply",
        readers: "placement, translation, gateway",
        unit: "-",
        loss: "truth: only a backup brings it back",
    }],
    leased: false,
    max_message: ROW,
    synced: true,
    compressed: false,
    republish: None,
    why: "shaped as a key-value bucket, so that `nats kv` works on it",
};

const LOCATIONS: Shape = Shape {
    tables: &[Table {
        name: "locations",
        subjects: "$KV.locations.>",
        value: "locations and regions",
        writer: "gateway, compare-and-set",
        readers: "placement, translation, summarization, gateway",
        unit: "-",
        loss: "truth: only a backup brings it back",
    }],
    leased: false,
    max_message: ROW,
    synced: true,
    compressed: false,
    republish: None,
    why: "apart from intent because it is large and changes for other reasons",
};

const RELEASE: Shape = Shape {
    tables: &[Table {
        name: "release",
        subjects: "trib.v1.release.>",
        value: "source content by digest, in chunks",
        writer: "gateway and placement, before anything names it",
        readers: "translation",
        unit: "-",
        loss: "truth: running releases could not be rendered again",
    }],
    leased: false,
    max_message: CHUNK,
    synced: true,
    compressed: false,
    republish: None,
    why: "content never changes, so writers need no condition",
};

const DECISION: Shape = Shape {
    tables: &[
        Table {
            name: "decision",
            subjects: "trib.v1.decision.>",
            value: "the locations of a bucket that a placement has chosen",
            writer: "placement",
            readers: "translation, summarization, placement",
            unit: "hash of (space, placement)",
            loss: "truth: steady placements and waves depend on what was decided before",
        },
        Table {
            name: "rollout",
            subjects: "trib.v1.rollout.>",
            value: "release, number, problems and history of a placement",
            writer: "placement, with the decisions",
            readers: "gateway, placement",
            unit: "hash of (space, placement)",
            loss: "truth: the history of rollouts",
        },
        Table {
            name: "epoch",
            subjects: "trib.v1.epoch",
            value: "the counter that orders rebuilt desired streams, and their births",
            writer: "whoever creates a desired stream, compare-and-set",
            readers: "translation",
            unit: "-",
            loss: "truth: agents would refuse documents of a lower epoch",
        },
    ],
    leased: true,
    max_message: ROW,
    synced: true,
    compressed: false,
    republish: None,
    why: "one stream, so that a step of a rollout and its decisions are one batch",
};

const BLOB: Shape = Shape {
    tables: &[Table {
        name: "blob",
        subjects: "trib.v1.blob.>",
        value: "rendered objects and bundles by digest, in chunks",
        writer: "translation, before anything names it",
        readers: "agents",
        unit: "-",
        loss: "rendered again; agents keep what they have meanwhile",
    }],
    leased: false,
    max_message: CHUNK,
    synced: true,
    compressed: false,
    republish: None,
    why: "content never changes, so writers need no condition",
};

const DESIRED: Shape = Shape {
    tables: &[Table {
        name: "desired",
        subjects: "trib.v1.desired.{region}.>",
        value: "all that one location should run",
        writer: "translation",
        readers: "the location's agent, through trib.v1.dn and direct gets; translation",
        unit: "region",
        loss: "rebuilt under a higher epoch; agents keep what they have meanwhile",
    }],
    leased: true,
    max_message: ROW,
    synced: true,
    compressed: true,
    republish: Some(("trib.v1.desired.{region}.>", "trib.v1.dn.{region}.>")),
    why: "one for each region, so that losing or rebuilding one concerns one; no byte limit, because a full stream \
          would refuse even overwrites",
};

const STATUS: Shape = Shape {
    tables: &[Table {
        name: "status",
        subjects: "trib.v1.status.{region}.>",
        value: "a location's report of a placement",
        writer: "the location's agent, compare-and-set on its own keys",
        readers: "summarization of the region",
        unit: "-",
        loss: "agents send it again: their heartbeats carry its digest",
    }],
    leased: false,
    max_message: 128 * 1024,
    synced: false,
    compressed: true,
    republish: None,
    why: "written in singles by the whole fleet; asynchronous persistence is twenty times faster and loses nothing \
          that heartbeats do not bring back",
};

const PARTIAL: Shape = Shape {
    tables: &[
        Table {
            name: "partial",
            subjects: "trib.v1.partial.>",
            value: "a region's counts of a placement, absolute",
            writer: "summarization of the child region",
            readers: "summarization of the parent",
            unit: "region",
            loss: "counted again from status",
        },
        Table {
            name: "presence",
            subjects: "trib.v1.presence.>",
            value: "when locations were last seen, coarse",
            writer: "summarization of the region",
            readers: "gateway, placement, summarization at its start",
            unit: "region",
            loss: "heartbeats bring it back within a period",
        },
        Table {
            name: "progress",
            subjects: "trib.v1.progress.>",
            value: "where locations stand in a rollout",
            writer: "summarization of the region",
            readers: "placement",
            unit: "region",
            loss: "derived again from status",
        },
    ],
    leased: true,
    max_message: ROW,
    synced: true,
    compressed: false,
    republish: None,
    why: "all that summarization of a region tells, so that its lease fences all of it",
};

const SUMMARY: Shape = Shape {
    tables: &[Table {
        name: "summary",
        subjects: "trib.v1.summary.>",
        value: "what users see of a placement",
        writer: "summarization of the hub",
        readers: "gateway, placement",
        unit: "hash of (space, placement)",
        loss: "summed again from partials",
    }],
    leased: true,
    max_message: ROW,
    synced: true,
    compressed: false,
    republish: None,
    why: "small and read by users",
};

/// The streams that exist once, in the order of provisioning.
pub const SINGLE: [Stream; 7] = [
    Stream::Intent,
    Stream::Locations,
    Stream::Release,
    Stream::Decision,
    Stream::Blob,
    Stream::Partial,
    Stream::Summary,
];

/// What a stream is.
pub fn shape(stream: &Stream) -> &'static Shape {
    match stream {
        Stream::Intent => &INTENT,
        Stream::Locations => &LOCATIONS,
        Stream::Release => &RELEASE,
        Stream::Decision => &DECISION,
        Stream::Blob => &BLOB,
        Stream::Desired(_) => &DESIRED,
        Stream::Status(_) => &STATUS,
        Stream::Partial => &PARTIAL,
        Stream::Summary => &SUMMARY,
    }
}

/// Its subjects, leases and marks of completeness included.
pub fn subjects(stream: &Stream) -> Vec<String> {
    let shape = shape(stream);
    let mut subjects: Vec<String> = shape.tables.iter().map(|table| fill(stream, table.subjects)).collect();
    if shape.leased {
        // Outside of the tables' subjects, hence never republished to agents.
        let name = token::encode(&stream.name());
        subjects.push(format!("trib.v1.lease.{name}.>"));
        subjects.push(format!("trib.v1.complete.{name}.>"));
    }
    subjects
}

/// The server's configuration of it. All are last-value tables: one message for each subject, kept for ever.
pub(crate) fn config(stream: &Stream, replicas: usize) -> Config {
    let shape = shape(stream);
    let republish = shape.republish.map(|(from, to)| Republish {
        source: fill(stream, from),
        destination: fill(stream, to),
        headers_only: false,
    });
    Config {
        name: stream.name(),
        description: Some(format!("{}: {}", names(shape), shape.why)),
        subjects: subjects(stream),
        max_messages_per_subject: 1,
        max_messages: -1,
        max_bytes: -1,
        max_consumers: MAX_CONSUMERS,
        max_message_size: shape.max_message,
        storage: StorageType::File,
        num_replicas: replicas,
        duplicate_window: DUPLICATE_WINDOW,
        // As ADR-8 wants it of key-value buckets; it suits the others too.
        discard: DiscardPolicy::New,
        // `nats kv purge` needs it; elsewhere one message with such a header could empty a stream.
        allow_rollup: matches!(stream, Stream::Intent | Stream::Locations),
        deny_delete: stream.is_truth(),
        allow_direct: true,
        // The server refuses batches in a stream that is persisted asynchronously, and that where there are replicas.
        allow_atomic_publish: shape.synced,
        persist_mode: (!shape.synced && replicas == 1).then_some(PersistenceMode::Async),
        compression: Some(if shape.compressed { Compression::S2 } else { Compression::None }),
        republish,
        metadata: BTreeMap::from([("tributary".to_owned(), "v1".to_owned())]).into_iter().collect(),
        ..Config::default()
    }
}

fn names(shape: &Shape) -> String {
    shape.tables.iter().map(|table| table.name).collect::<Vec<_>>().join(", ")
}

fn fill(stream: &Stream, pattern: &str) -> String {
    match stream {
        Stream::Desired(region) | Stream::Status(region) => {
            pattern.replace("{region}", &token::encode(region))
        }
        _ => pattern.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use wire::Key;

    use super::*;

    fn takes(stream: &Stream, key: &Key) -> bool {
        let subject = key.subject();
        subjects(stream).iter().any(|pattern| {
            pattern.strip_suffix('>').map_or(subject == *pattern, |prefix| subject.starts_with(prefix))
        })
    }

    #[test]
    fn every_key_lies_in_its_own_stream_and_in_no_other() {
        let region = "eu".to_owned();
        let placement = model::PlacementKey { space: "default".into(), name: "shop".into() };
        let streams =
            [SINGLE.to_vec(), vec![Stream::Desired("eu".into()), Stream::Status("eu".into())]].concat();
        let mut keys = vec![
            Key::Location("store-1".into()),
            Key::Region("eu".into()),
            Key::Decision { region: region.clone(), bucket: 3, placement: placement.clone() },
            Key::Rollout(placement.clone()),
            Key::Epoch,
            Key::Blob { digest: model::Digest::of(b""), chunk: 0 },
            Key::Desired { region: region.clone(), location: "store-1".into() },
            Key::Status { region: region.clone(), location: "store-1".into(), placement: placement.clone() },
            Key::Presence { region, bucket: 0 },
            Key::Summary(placement),
        ];
        for stream in streams.iter().filter(|stream| shape(stream).leased) {
            keys.push(Key::Lease { stream: stream.clone(), unit: "0".into() });
            keys.push(Key::Complete { stream: stream.clone(), unit: "0".into() });
        }
        for key in keys {
            for stream in &streams {
                assert_eq!(takes(stream, &key), key.stream().as_ref() == Some(stream), "{key:?} in {stream}");
            }
        }
    }
}
