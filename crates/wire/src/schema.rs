//! The shape of every message, for what reads messages without naming their fields one by one.

use crate::Key;

include!(concat!(env!("OUT_DIR"), "/schema.rs"));

pub(crate) struct Message {
    /// With its package.
    pub name: &'static str,
    /// An entry of a map: key and value.
    pub is_map_entry: bool,
    pub fields: &'static [Field],
}

pub(crate) struct Field {
    pub number: u32,
    pub name: &'static str,
    pub repeated: bool,
    pub kind: Kind,
}

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Bool,
    Unsigned,
    Signed,
    Text,
    Bytes,
    Enum(&'static str),
    Message(&'static str),
}

pub(crate) struct Enum {
    pub name: &'static str,
    pub values: &'static [(i32, &'static str)],
}

impl Message {
    pub(crate) fn field(&self, number: u32) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.number == number)
    }
}

/// The message of this name, which the table itself has told.
pub(crate) fn message(name: &str) -> &'static Message {
    MESSAGES
        .iter()
        .find(|message| message.name == name)
        .expect("every message that is referred to is in the table")
}

/// What a value of an enum is called, without the prefix that all of its values share.
pub(crate) fn enum_value(name: &str, value: i32) -> Option<&'static str> {
    let found = ENUMS.iter().find(|one| one.name == name)?;
    let text = found.values.iter().find(|(number, _)| *number == value)?.1;
    let zero = found.values.first()?.1;
    Some(text.strip_prefix(zero.strip_suffix("UNSPECIFIED")?).unwrap_or(text))
}

/// The message that travels on the subject of `key`.
pub(crate) fn message_of(key: &Key) -> &'static Message {
    message(match key {
        Key::Intent(_) | Key::Location(_) | Key::Region(_) => "tributary.api.v1.Resource",
        Key::Release { .. } | Key::Blob { .. } => "tributary.bus.v1.Chunk",
        Key::Decision { .. } => "tributary.bus.v1.Decision",
        Key::Rollout(_) => "tributary.bus.v1.Rollout",
        Key::Epoch => "tributary.bus.v1.Epoch",
        Key::Desired { .. } | Key::Down { .. } => "tributary.bus.v1.Desired",
        Key::Status { .. } => "tributary.bus.v1.Status",
        Key::Presence { .. } => "tributary.bus.v1.Presence",
        Key::Progress { .. } => "tributary.bus.v1.Progress",
        Key::Partial { .. } => "tributary.bus.v1.Partial",
        Key::Summary(_) => "tributary.bus.v1.Summary",
        Key::Complete { .. } => "tributary.bus.v1.Complete",
        Key::Lease { .. } => "tributary.bus.v1.Lease",
        Key::Member { .. } => "tributary.bus.v1.Member",
        Key::Alive { .. } => "tributary.bus.v1.Heartbeat",
        Key::Query { .. } => "tributary.bus.v1.Query",
        Key::Ask { .. } => "tributary.bus.v1.Ask",
    })
}
