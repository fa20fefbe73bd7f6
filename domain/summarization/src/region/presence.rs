//! Which locations belong to the region, and what its presence rows say of them.

use std::sync::Arc;

use model::{LocationSpec, Presence};

use super::RegionView;
use crate::buckets::Recut;
use crate::location::{Location, Seen};
use crate::{Silence, silence};

/// A row in which only times have moved is written this often, in milliseconds, or once a heartbeat where that is longer:
/// last seen is told in whole minutes, and each has been heard once by then.
const SEEN_APART_MS: u64 = 60_000;
/// A row in which a location has come or gone: soon, but once for all that come back together.
const CONNECTION_APART_MS: u64 = 1_000;

impl RegionView {
    /// Takes in a location of the hub; `None`: it is deleted. Those of other regions are told too: one may have left.
    pub fn set_location(&mut self, name: &str, row: Option<&LocationSpec>) {
        let resident = row.is_some_and(|location| location.region == self.region);
        if !resident && !self.locations.contains_key(name) {
            return;
        }
        let name = self.location(name);
        self.reside(&name, resident);
        if self.locations.get(&name).is_some_and(Location::is_idle) {
            self.locations.remove(&name);
        }
    }

    pub(super) fn reside(&mut self, name: &Arc<str>, resident: bool) {
        let Some(location) = self.locations.get_mut(name).filter(|it| it.resident != resident) else {
            return;
        };
        location.resident = resident;
        if resident {
            self.buckets.insert(name);
        } else {
            self.buckets.remove(name);
        }
        self.silence_changed(name);
        let recut = self.buckets.fit();
        self.recut(recut);
        self.presence_pace.mark(&self.buckets.bucket(name), CONNECTION_APART_MS);
    }

    /// Takes in a presence row of this region; `None`: it is gone. What it says of locations that were not heard since
    /// the start is believed: an online one has a period to be heard again.
    pub fn set_presence(&mut self, bucket: u32, row: Option<&Presence>) {
        let recut = self.buckets.set_stored(bucket, row.map(|row| row.locations.len()));
        self.recut(recut);
        self.forget_recorded(bucket, row);
        for (name, told) in row.iter().flat_map(|row| &row.locations) {
            let name = self.location(name);
            let version = self.shared.intern(&told.agent_version);
            let Some(location) = self.locations.get_mut(&name) else { continue };
            if self.buckets.bucket(&name) == bucket {
                location.recorded = Some(Seen::of_row(told, version.clone()));
            }
            if location.adopt(told, version) {
                location.deadline = silence::grace(self.now, self.settings.period_ms(told.period_ms));
                self.expect(&name);
            }
        }
        if let Some(apart) = self.row_apart(bucket) {
            self.presence_pace.mark(&bucket, apart);
        }
    }

    /// How soon the row of `bucket` has to be written again; `None`: it is as it should be.
    fn row_apart(&self, bucket: u32) -> Option<u64> {
        if !self.buckets.is_stored_whole(bucket) {
            return Some(CONNECTION_APART_MS);
        }
        self.buckets.members(bucket).filter_map(|name| apart(self.locations.get(name)?)).min()
    }

    /// Waits for a location that was online a short time ago.
    fn expect(&mut self, name: &Arc<str>) {
        self.set_timer(name);
        if let Some(location) =
            self.locations.get_mut(name).filter(|location| location.silence == Silence::Silent)
        {
            location.silence = Silence::Heard;
            self.silence_changed(name);
        }
    }

    fn forget_recorded(&mut self, bucket: u32, row: Option<&Presence>) {
        let missing = |name: &&Arc<str>| row.is_none_or(|row| !row.locations.contains_key(&***name));
        for name in self.buckets.members(bucket).filter(missing) {
            if let Some(location) = self.locations.get_mut(name) {
                location.recorded = None;
            }
        }
    }

    fn recut(&mut self, recut: Recut) {
        if recut == Recut::Yes {
            self.locations.values_mut().for_each(|location| location.recorded = None);
            self.buckets.all().iter().for_each(|bucket| self.presence_pace.mark(bucket, CONNECTION_APART_MS));
        }
    }

    /// Has the location's row written if it says something else.
    pub(super) fn mark_presence(&mut self, name: &Arc<str>) {
        let location = self.locations.get(name).filter(|location| location.resident);
        if let Some(apart) = location.and_then(apart) {
            self.presence_pace.mark(&self.buckets.bucket(name), apart);
        }
    }

    /// The presence row of `bucket` as it should be; `None`: it is stored like that.
    pub(super) fn presence_row(&self, bucket: u32) -> Option<Presence> {
        let mut stored = self.buckets.is_stored_whole(bucket);
        let mut row = Presence::default();
        for name in self.buckets.members(bucket) {
            let Some(location) = self.locations.get(name) else { continue };
            let seen = location.seen();
            stored &= location.recorded.as_ref() == Some(&seen);
            row.locations.insert(name.to_string(), seen.to_row());
        }
        (!stored).then_some(row)
    }

    /// What is known of a location's connection.
    pub fn is_heard(&self, location: &str) -> bool {
        self.locations.get(location).is_some_and(|location| location.silence == Silence::Heard)
    }
}

/// How soon what has changed about a location has to be written; `None`: it is written.
fn apart(location: &Location) -> Option<u64> {
    let seen = location.seen();
    match &location.recorded {
        Some(recorded) if *recorded == seen => None,
        Some(recorded) if recorded.connection == seen.connection => {
            Some(SEEN_APART_MS.max(location.period_ms))
        }
        _ => Some(CONNECTION_APART_MS),
    }
}
