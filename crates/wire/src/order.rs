//! Rows about rows: who writes a unit, how far it has come, and what orders rebuilt streams.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use prost::Message as _;

use crate::{Error, bus, field::Reader};

/// Who may write a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lease {
    /// Empty: released.
    pub holder: String,
    /// Others may take it when it has not been renewed for this long, as they measure it.
    pub duration_ms: u32,
    /// Counts renewals, so that each row differs from the last.
    pub renewal: u64,
}

/// Who is there, and what it could write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Empty: gone.
    pub holder: String,
    /// As of a lease.
    pub duration_ms: u32,
    /// As of a lease.
    pub renewal: u64,
    /// The units of the stream that it serves; empty: all of them.
    pub units: BTreeSet<String>,
}

/// How far the rows of a unit account for their inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complete {
    pub epoch: u64,
    /// By name of the input stream, the sequence up to which it has been folded.
    pub watermark: BTreeMap<String, u64>,
    /// Changes when rows are cut differently.
    pub layout: u32,
}

/// The hub-wide counter that orders rebuilt `desired` streams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Epoch {
    pub epoch: u64,
    /// By name of the stream.
    pub streams: BTreeMap<String, StreamBirth>,
}

/// When a stream was created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamBirth {
    /// The epoch that began with it.
    pub epoch: u64,
    /// Nanoseconds since the Unix epoch, as the server tells.
    pub create_time_ns: u64,
}

pub fn encode_lease(lease: &Lease) -> Bytes {
    let Lease { holder, duration_ms, renewal } = lease.clone();
    bus::Lease { holder, duration_ms, renewal }.encode_to_vec().into()
}

pub fn decode_lease(bytes: &[u8]) -> Result<Lease, Error> {
    let bus::Lease { holder, duration_ms, renewal } = Reader("Lease").parse(bytes)?;
    Ok(Lease { holder, duration_ms, renewal })
}

pub fn encode_member(member: &Member) -> Bytes {
    let Member { holder, duration_ms, renewal, units } = member.clone();
    let units = units.into_iter().collect();
    bus::Member { holder, duration_ms, renewal, units }.encode_to_vec().into()
}

pub fn decode_member(bytes: &[u8]) -> Result<Member, Error> {
    let bus::Member { holder, duration_ms, renewal, units } = Reader("Member").parse(bytes)?;
    Ok(Member { holder, duration_ms, renewal, units: units.into_iter().collect() })
}

pub fn encode_complete(complete: &Complete) -> Bytes {
    let Complete { epoch, watermark, layout } = complete.clone();
    bus::Complete { epoch, watermark, layout }.encode_to_vec().into()
}

pub fn decode_complete(bytes: &[u8]) -> Result<Complete, Error> {
    let bus::Complete { epoch, watermark, layout } = Reader("Complete").parse(bytes)?;
    Ok(Complete { epoch, watermark, layout })
}

pub fn encode_epoch(epoch: &Epoch) -> Bytes {
    let birth = |b: &StreamBirth| bus::StreamBirth { epoch: b.epoch, create_time_ns: b.create_time_ns };
    let streams = epoch.streams.iter().map(|(name, b)| (name.clone(), birth(b))).collect();
    bus::Epoch { epoch: epoch.epoch, streams }.encode_to_vec().into()
}

pub fn decode_epoch(bytes: &[u8]) -> Result<Epoch, Error> {
    let bus::Epoch { epoch, streams } = Reader("Epoch").parse(bytes)?;
    let birth = |b: bus::StreamBirth| StreamBirth { epoch: b.epoch, create_time_ns: b.create_time_ns };
    Ok(Epoch { epoch, streams: streams.into_iter().map(|(name, b)| (name, birth(b))).collect() })
}
