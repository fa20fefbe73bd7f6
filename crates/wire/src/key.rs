//! The one list of subjects: every row of every table, and every core subject, is a [`Key`].
//!
//! A key has exactly one subject and a subject at most one key. Identifiers travel as [tokens](crate::token); the core
//! API group is spelled `core` (no group of Kubernetes has that name).

mod parse;

use model::{Digest, PlacementKey, ResourceKey};

use crate::{Stream, token};

/// What a message is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A declared resource, but for regions and locations.
    Intent(ResourceKey),
    Location(String),
    Region(String),
    /// A piece of source content.
    Release {
        digest: Digest,
        chunk: u32,
    },
    /// The chosen locations of a bucket.
    Decision {
        region: String,
        bucket: u32,
        placement: PlacementKey,
    },
    Rollout(PlacementKey),
    /// The counter that orders rebuilt streams of documents.
    Epoch,
    /// A piece of rendered content.
    Blob {
        digest: Digest,
        chunk: u32,
    },
    /// A location's document.
    Desired {
        region: String,
        location: String,
    },
    /// A location's report of a placement.
    Status {
        region: String,
        location: String,
        placement: PlacementKey,
    },
    Presence {
        region: String,
        bucket: u32,
    },
    Progress {
        region: String,
        bucket: u32,
        placement: PlacementKey,
    },
    /// A region's counts for its parent; an empty parent is the hub.
    Partial {
        parent: String,
        child: String,
        placement: PlacementKey,
    },
    Summary(PlacementKey),
    /// How far a unit's rows account for their inputs.
    Complete {
        stream: Stream,
        unit: String,
    },
    /// Who writes a unit.
    Lease {
        stream: Stream,
        unit: String,
    },
    /// Who could.
    Member {
        stream: Stream,
        holder: String,
    },
    /// Heartbeats.
    Alive {
        region: String,
        location: String,
    },
    /// Questions to summarization of a region.
    Query {
        region: String,
    },
    /// Questions to an agent.
    Ask {
        region: String,
        location: String,
    },
    /// The copy of [`Key::Desired`] that agents subscribe to.
    Down {
        region: String,
        location: String,
    },
}

/// The built-in collector, which counts locations by state; others will have names.
pub(crate) const PLACEMENT_COLLECTOR: &str = "_placement";

impl Key {
    /// Its subject.
    pub fn subject(&self) -> String {
        match self {
            Self::Intent(key) => intent(key),
            Self::Location(name) => Subject::kv("locations").id(name).0,
            Self::Region(name) => Subject::kv("locations").word("region").id(name).0,
            Self::Rollout(placement) => Subject::of("rollout").placement(placement).0,
            Self::Epoch => Subject::of("epoch").0,
            Self::Release { digest, chunk } => content("release", digest, *chunk),
            Self::Blob { digest, chunk } => content("blob", digest, *chunk),
            Self::Decision { region, bucket, placement } => {
                Subject::of("decision").id(region).number(*bucket).placement(placement).0
            }
            Self::Progress { region, bucket, placement } => {
                Subject::of("progress").id(region).number(*bucket).placement(placement).0
            }
            Self::Presence { region, bucket } => Subject::of("presence").id(region).number(*bucket).0,
            Self::Status { region, location, placement } => {
                Subject::of("status").id(region).id(location).placement(placement).0
            }
            Self::Partial { parent, child, placement } => {
                Subject::of("partial").id(parent).id(child).placement(placement).word(PLACEMENT_COLLECTOR).0
            }
            Self::Summary(placement) => {
                Subject::of("summary").placement(placement).word(PLACEMENT_COLLECTOR).0
            }
            Self::Complete { stream, unit } => Subject::of("complete").id(&stream.name()).id(unit).0,
            Self::Lease { stream, unit } => Subject::of("lease").id(&stream.name()).id(unit).0,
            Self::Member { stream, holder } => {
                Subject::of("lease").id(&stream.name()).word("member").id(holder).0
            }
            Self::Desired { region, location } => Subject::of("desired").id(region).id(location).0,
            Self::Alive { region, location } => Subject::of("alive").id(region).id(location).0,
            Self::Ask { region, location } => Subject::of("ask").id(region).id(location).0,
            Self::Down { region, location } => Subject::of("dn").id(region).id(location).0,
            Self::Query { region } => Subject::of("query").id(region).0,
        }
    }

    /// The key of `subject`.
    pub fn parse(subject: &str) -> Result<Self, crate::Error> {
        parse::parse(subject).ok_or_else(|| crate::Error::Subject(subject.to_owned()))
    }

    /// The stream that holds its rows; `None` for a core subject, which holds nothing.
    pub fn stream(&self) -> Option<Stream> {
        Some(match self {
            Self::Intent(_) => Stream::Intent,
            Self::Location(_) | Self::Region(_) => Stream::Locations,
            Self::Release { .. } => Stream::Release,
            Self::Decision { .. } | Self::Rollout(_) | Self::Epoch => Stream::Decision,
            Self::Blob { .. } => Stream::Blob,
            Self::Desired { region, .. } => Stream::Desired(region.clone()),
            Self::Status { region, .. } => Stream::Status(region.clone()),
            Self::Presence { .. } | Self::Progress { .. } | Self::Partial { .. } => Stream::Partial,
            Self::Summary(_) => Stream::Summary,
            Self::Complete { stream, .. } | Self::Lease { stream, .. } | Self::Member { stream, .. } => {
                stream.clone()
            }
            Self::Alive { .. } | Self::Query { .. } | Self::Ask { .. } | Self::Down { .. } => return None,
        })
    }
}

/// A subject in the making.
struct Subject(String);

impl Subject {
    fn of(table: &str) -> Self {
        Self(format!("trib.v1.{table}"))
    }

    fn kv(bucket: &str) -> Self {
        Self(format!("$KV.{bucket}"))
    }

    fn id(mut self, id: &str) -> Self {
        self.0.push('.');
        token::encode_into(id, &mut self.0);
        self
    }

    fn word(self, word: &str) -> Self {
        Self(self.0 + "." + word)
    }

    fn number(self, number: u32) -> Self {
        self.word(&number.to_string())
    }

    fn placement(self, placement: &PlacementKey) -> Self {
        self.id(&placement.space).id(&placement.name)
    }
}

fn intent(key: &ResourceKey) -> String {
    let group = if key.group.is_empty() { "core" } else { &key.group };
    Subject::kv("intent").id(&key.space).id(group).id(&key.kind).id(&key.namespace).id(&key.name).0
}

fn content(table: &str, digest: &Digest, chunk: u32) -> String {
    Subject::of(table).word(&digest.to_string()).number(chunk).0
}
