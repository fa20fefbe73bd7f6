//! What is known of the locations with regard to the release that goes out.

use model::Digest;
use roaring::RoaringBitmap;

use super::input::{Fleet, Report};

/// Only what is reported of the number under which a location holds its release counts.
#[derive(Debug, Default)]
pub(super) struct Sight {
    /// Decided to have the release.
    pub holders: RoaringBitmap,
    /// Of these, those that this rollout has moved, or set back.
    pub own: RoaringBitmap,
    /// Of the holders, those that were moved by this rollout or by one that it cut off: only they may still be silent on their
    /// way. What is older has been seen through.
    pub recent: RoaringBitmap,
    /// Of the holders, those that had it before and have reported it: nothing is waited for there.
    pub settled: RoaringBitmap,
    /// Of the holders, those that were set back to it.
    pub restored: RoaringBitmap,
    /// Of the holders, those that have reported it, also if they are silent now.
    pub reported: RoaringBitmap,
    /// Of the holders who are there.
    pub updated: RoaringBitmap,
    pub healthy: RoaringBitmap,
    pub degraded: RoaringBitmap,
    pub failed: RoaringBitmap,
    /// Decided to have a release that was cut off, and not known to have it.
    pub unsettled: RoaringBitmap,
    /// Not there, or not known to be.
    pub absent: RoaringBitmap,
    /// Known not to be there: they are not waited for.
    pub offline: RoaringBitmap,
}

/// Which numbers are about what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    pub first: u64,
    pub cut_off: u64,
}

impl Numbers {
    /// Whether it belongs to a rollout that this one has cut off.
    pub fn is_cut_off(self, number: u64) -> bool {
        self.cut_off > 0 && (self.cut_off..self.first).contains(&number)
    }
}

impl Sight {
    pub fn of(fleet: &Fleet<'_>, release: Digest, numbers: Numbers) -> Self {
        let (absent, offline) = (fleet.silent | fleet.unknown, fleet.silent - fleet.unknown);
        let mut sight = Self { absent, offline, ..Self::default() };
        let nothing = Report::default();
        for held in fleet.held {
            let report = fleet.reports.iter().find(|report| report.number == held.number).unwrap_or(&nothing);
            let here = &held.locations & fleet.chosen;
            // Whoever failed on the way has got it, too.
            let told = |here: &RoaringBitmap| (here & &report.updated) | (here & &report.failed);
            if held.release != release {
                if numbers.is_cut_off(held.number) && held.former != Some(held.release) {
                    sight.unsettled |= &here - told(&here);
                }
                continue;
            }
            let reported = told(&here);
            if held.number >= numbers.first || numbers.is_cut_off(held.number) {
                sight.recent |= &here;
            }
            match held.number >= numbers.first {
                true => sight.own |= &here,
                false => sight.settled |= &reported,
            }
            if held.former == Some(release) {
                sight.restored |= &here;
            }
            sight.updated |= &here & &report.updated;
            sight.healthy |= &here & &report.healthy;
            sight.degraded |= &here & &report.degraded;
            sight.failed |= &here & &report.failed;
            sight.reported |= reported;
            sight.holders |= here;
        }
        sight.updated -= &sight.absent;
        sight.healthy -= &sight.absent;
        sight.degraded -= &sight.absent;
        sight.failed -= &sight.absent;
        sight.settled -= &sight.healthy;
        sight
    }

    /// Of `members`, those on their way to the release. Who is silent and has it is not; who is silent and has not said so
    /// still may be.
    pub fn in_flight(&self, members: &RoaringBitmap) -> RoaringBitmap {
        let mut flying = members & &self.holders;
        flying -= &self.settled;
        flying -= &self.healthy;
        let arrived = &self.reported | &self.restored;
        let on_the_way = &self.recent - arrived;
        flying - (&self.absent - on_the_way)
    }

    /// Of `members`, silent ones that have not reported the release, and may be set back.
    pub fn lost(&self, members: &RoaringBitmap, fleet: &Fleet<'_>) -> RoaringBitmap {
        let mut lost = members & &self.recent;
        lost &= fleet.silent;
        lost -= fleet.unknown;
        lost -= &self.reported;
        lost - &self.restored
    }
}
