//! Who should write which unit: a pure decision on the rows that were seen, when they were seen, and the clock.
//!
//! Everyone renews a row of their own (a member) and the rows of the units they hold. A row that has not changed for
//! the duration of a lease, as measured here, is dead. Each unit goes to one of the live members that serve it, by
//! rendezvous hashing: all who see the same rows agree, and a member that comes or goes moves only its own share. Nothing
//! that must be correct rests on this: writes are fenced by the lease's sequence.

use std::collections::{BTreeMap, BTreeSet};

/// A row as it was last seen. Times are milliseconds of the local monotonic clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Empty: released.
    pub holder: String,
    pub seq: u64,
    pub seen: u64,
}

/// One who takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub entry: Entry,
    /// What it serves; empty: all units of the stream.
    pub units: BTreeSet<String>,
    /// Its row came while it was waited for. Rows that were stored before tell of the dead as of the living, and whoever
    /// lives renews its own soon.
    pub heard: bool,
}

/// The leases and members of one stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Registry {
    leases: BTreeMap<String, Entry>,
    members: BTreeMap<String, Member>,
}

/// Milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    pub lease: u64,
    pub renew: u64,
}

impl Timing {
    /// The duration of a lease, as rows carry it.
    pub fn millis(self) -> u32 {
        u32::try_from(self.lease).unwrap_or(u32::MAX)
    }
}

/// What to do now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Renew the member row, or say what is served now.
    pub attend: bool,
    /// Held, and due to be renewed.
    pub renew: Vec<String>,
    /// Held, but another's by now, or nobody's.
    pub release: Vec<String>,
    /// Free, and ours.
    pub acquire: Vec<String>,
}

impl Registry {
    /// A lease row was seen, or was stored here.
    pub fn lease(&mut self, unit: &str, entry: Entry) {
        if entry.is_newer(self.leases.get(unit)) {
            self.leases.insert(unit.to_owned(), entry);
        }
    }

    /// A member row was seen, or was stored here.
    pub fn member(&mut self, name: &str, member: Member) {
        if member.entry.is_newer(self.members.get(name).map(|known| &known.entry)) {
            self.members.insert(name.to_owned(), member);
        }
    }

    /// The row of a unit's lease.
    pub fn of(&self, unit: &str) -> Option<&Entry> {
        self.leases.get(unit)
    }

    /// The lease of `unit` if `me` holds it and nobody else can believe that it is dead.
    pub fn held(&self, unit: &str, me: &str, now: u64, timing: Timing) -> Option<&Entry> {
        self.of(unit).filter(|entry| entry.holder == me && !entry.is_dead(now, timing))
    }

    /// All units that `me` holds, dead or not.
    pub fn held_by(&self, me: &str) -> impl Iterator<Item = (&String, &Entry)> {
        self.leases.iter().filter(move |(_, entry)| entry.holder == me)
    }

    /// What `me`, which is alive and ready to work, should do for `units`, which are those that it serves.
    pub fn plan(&self, me: &str, units: &BTreeSet<String>, now: u64, timing: Timing) -> Plan {
        let rivals = self.rivals(me, now, timing);
        let mine = |unit: &String| {
            let serving = rivals.iter().filter(|(_, member)| member.serves(unit));
            owner(unit, serving.map(|(name, _)| *name).chain([me])) == Some(me)
        };
        let due = |entry: &Entry| now.saturating_sub(entry.seen) >= timing.renew;
        let said = |member: &Member| member.units == *units && !due(&member.entry);
        let attend = !self.members.get(me).is_some_and(said);
        let mut plan = Plan { attend, ..Plan::default() };
        for unit in units {
            match self.of(unit) {
                Some(entry) if entry.holder == me && !mine(unit) => plan.release.push(unit.clone()),
                Some(entry) if entry.holder == me && due(entry) => plan.renew.push(unit.clone()),
                Some(entry) if entry.holder == me || !entry.is_free(now, timing) => {}
                _ if mine(unit) => plan.acquire.push(unit.clone()),
                _ => {}
            }
        }
        let gone = self.held_by(me).map(|(unit, _)| unit).filter(|unit| !units.contains(*unit));
        plan.release.extend(gone.cloned());
        plan
    }

    /// The other members that are known to be alive.
    fn rivals(&self, me: &str, now: u64, timing: Timing) -> Vec<(&str, &Member)> {
        let others = self.members.iter().map(|(name, member)| (name.as_str(), member));
        let alive = |member: &Member| member.heard && !member.entry.is_free(now, timing);
        others.filter(|(name, member)| *name != me && alive(member)).collect()
    }
}

impl Member {
    fn serves(&self, unit: &str) -> bool {
        self.units.is_empty() || self.units.contains(unit)
    }
}

impl Entry {
    /// Rows come twice: when they are stored here, and when they are followed.
    fn is_newer(&self, known: Option<&Self>) -> bool {
        known.is_none_or(|known| self.seq > known.seq)
    }

    fn is_dead(&self, now: u64, timing: Timing) -> bool {
        now.saturating_sub(self.seen) >= timing.lease
    }

    fn is_free(&self, now: u64, timing: Timing) -> bool {
        self.holder.is_empty() || self.is_dead(now, timing)
    }
}

/// Rendezvous hashing: the member with the highest weight for this unit; of equal ones the last by name.
fn owner<'a>(unit: &str, members: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    members.max_by_key(|member| (weight(unit, member), *member))
}

/// FNV-1a, then the finisher of MurmurHash3, without which names that differ in their last byte only would be ordered
/// alike for all units.
fn weight(unit: &str, member: &str) -> u64 {
    let bytes = unit.bytes().chain([0]).chain(member.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TIMING: Timing = Timing { lease: 3000, renew: 1000 };

    fn entry(holder: &str, seq: u64, seen: u64) -> Entry {
        Entry { holder: holder.to_owned(), seq, seen }
    }

    fn member(holder: &str, units: &BTreeSet<String>, seq: u64, seen: u64) -> Member {
        Member { entry: entry(holder, seq, seen), units: units.clone(), heard: true }
    }

    fn units(count: usize) -> BTreeSet<String> {
        (0..count).map(|unit| unit.to_string()).collect()
    }

    /// A registry where `names` are members that serve `units`, just seen.
    fn alive(names: &[&str], units: &BTreeSet<String>, now: u64) -> Registry {
        let mut registry = Registry::default();
        names.iter().for_each(|name| registry.member(name, member(name, units, 1, now)));
        registry
    }

    /// Lets everyone in `names` carry out its plan at once, as if each batch were stored.
    fn carry_out(registry: &mut Registry, names: &[&str], units: &BTreeSet<String>, now: u64, seq: u64) {
        let plans: Vec<_> =
            names.iter().map(|name| (*name, registry.plan(name, units, now, TIMING))).collect();
        for (name, plan) in plans {
            registry.member(name, member(name, units, seq, now));
            plan.acquire
                .iter()
                .chain(&plan.renew)
                .for_each(|unit| registry.lease(unit, entry(name, seq, now)));
            plan.release.iter().for_each(|unit| registry.lease(unit, entry("", seq, now)));
        }
    }

    fn holders(registry: &Registry) -> BTreeMap<&str, &str> {
        registry.leases.iter().map(|(unit, entry)| (unit.as_str(), entry.holder.as_str())).collect()
    }

    proptest! {
        #[test]
        fn the_live_members_split_all_units_and_nobody_wants_anothers(count in 1usize..40, members in 1usize..6) {
            let names = &["a-1", "a-2", "a-3", "a-4", "a-5"][..members.min(5)];
            let units = units(count);
            let mut registry = alive(names, &units, 0);
            carry_out(&mut registry, names, &units, 0, 2);
            prop_assert_eq!(registry.leases.len(), count, "each unit has one holder");
            for name in names {
                let plan = registry.plan(name, &units, 10, TIMING);
                prop_assert_eq!(&plan, &Plan::default(), "it is a fixed point");
            }
        }

        #[test]
        fn whoever_serves_different_units_leaves_none_of_them_without_a_holder(
            served in prop::collection::vec(prop::collection::btree_set(0usize..12, 1..12), 1..5),
        ) {
            let served: Vec<(String, BTreeSet<String>)> = served
                .iter()
                .enumerate()
                .map(|(n, units)| (format!("a-{n}"), units.iter().map(usize::to_string).collect()))
                .collect();
            let mut registry = Registry::default();
            for (name, units) in &served {
                registry.member(name, member(name, units, 1, 0));
            }
            let plans = served.iter().map(|(name, units)| registry.plan(name, units, 0, TIMING).acquire);
            let mut taken: Vec<String> = plans.flatten().collect();
            taken.sort();
            let all: BTreeSet<String> = served.iter().flat_map(|(_, units)| units.clone()).collect();
            prop_assert_eq!(taken, all.into_iter().collect::<Vec<_>>(), "each unit by exactly one");
        }

        #[test]
        fn a_newcomer_gets_only_its_share_and_only_what_was_released(count in 1usize..40) {
            let units = units(count);
            let mut registry = alive(&["a-1", "a-2"], &units, 0);
            carry_out(&mut registry, &["a-1", "a-2"], &units, 0, 2);
            let before = registry.clone();
            registry.member("a-3", member("a-3", &units, 3, 100));
            prop_assert!(registry.plan("a-3", &units, 100, TIMING).acquire.is_empty(), "nothing is free yet");
            carry_out(&mut registry, &["a-1", "a-2"], &units, 100, 4);
            carry_out(&mut registry, &["a-1", "a-2", "a-3"], &units, 200, 5);
            for (unit, holder) in holders(&registry) {
                prop_assert!(holder == "a-3" || holder == holders(&before)[unit], "{unit} moved to {holder}");
            }
        }

        #[test]
        fn the_dead_are_replaced_after_the_lease_and_not_before(count in 1usize..40, at in 0u64..6000) {
            let units = units(count);
            let mut registry = alive(&["a-1", "a-2"], &units, 0);
            carry_out(&mut registry, &["a-1", "a-2"], &units, 0, 2);
            registry.member("a-1", member("a-1", &units, 9, at));
            let plan = registry.plan("a-1", &units, at, TIMING);
            let others = holders(&registry).values().filter(|holder| **holder == "a-2").count();
            prop_assert_eq!(plan.acquire.len(), if at >= TIMING.lease { others } else { 0 });
        }
    }

    #[test]
    fn what_is_served_is_said_again_when_it_changes() {
        let registry = alive(&["me"], &units(2), 0);
        assert!(!registry.plan("me", &units(2), 10, TIMING).attend);
        assert!(registry.plan("me", &units(3), 10, TIMING).attend);
    }

    #[test]
    fn a_member_that_does_not_say_what_it_serves_serves_everything() {
        let mut registry = alive(&["a-1"], &BTreeSet::new(), 0);
        registry.member("a-2", member("a-2", &units(40), 1, 0));
        let theirs = registry.plan("a-2", &units(40), 10, TIMING).acquire.len();
        assert!((1..40).contains(&theirs), "{theirs} of 40");
    }

    #[test]
    fn whoever_is_only_read_of_keeps_nobody_from_what_is_free() {
        let (mut registry, units) = (alive(&["me"], &units(8), 0), units(8));
        registry.member("dead", Member { heard: false, ..member("dead", &units, 1, 0) });
        assert_eq!(registry.plan("me", &units, 0, TIMING).acquire.len(), 8);
        registry.member("dead", member("dead", &units, 2, 0));
        assert!(registry.plan("me", &units, 0, TIMING).acquire.len() < 8, "it lives");
    }

    #[test]
    fn what_is_released_is_taken_at_once() {
        let units = units(8);
        let mut registry = alive(&["a-1", "a-2"], &units, 0);
        carry_out(&mut registry, &["a-1", "a-2"], &units, 0, 2);
        registry.member("a-2", member("", &units, 3, 10));
        let left: Vec<String> = registry.held_by("a-2").map(|(unit, _)| unit.clone()).collect();
        left.iter().for_each(|unit| registry.lease(unit, entry("", 3, 10)));
        assert_eq!(registry.plan("a-1", &units, 10, TIMING).acquire, left);
    }

    #[test]
    fn leases_are_renewed_in_time_and_given_up_with_their_unit() {
        let mut registry = alive(&["me"], &units(2), 0);
        carry_out(&mut registry, &["me"], &units(2), 0, 2);
        let plan = registry.plan("me", &units(1), TIMING.renew, TIMING);
        assert_eq!(
            (plan.renew, plan.release, plan.attend),
            (vec!["0".to_owned()], vec!["1".to_owned()], true)
        );
    }

    #[test]
    fn an_older_row_never_replaces_a_newer_one() {
        let mut registry = Registry::default();
        registry.lease("0", entry("me", 7, 0));
        registry.lease("0", entry("before", 6, 100));
        assert_eq!(registry.of("0"), Some(&entry("me", 7, 0)));
    }
}
