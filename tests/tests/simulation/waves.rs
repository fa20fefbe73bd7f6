//! Whoever decides about releases in waves is watched: each batch of decisions, as it is stored, has to keep to the rules
//! by what its process had been told. Each rule once more, one location after the other, with nothing of the machine's.

mod told;

use std::collections::{BTreeMap, BTreeSet};

use bus::flow::Unit;
use bus::{Key, Stream, Write};
use model::{Decision, Digest, PlacementKey, Rollout, RolloutProgress, RolloutSpec, Share, WavePhase};

use crate::rollouts;
use crate::tables::Tables;
pub use told::Told;

/// What is decided for a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub release: Digest,
    pub number: u64,
    /// Counted from one; 0: it is in no wave.
    pub wave: usize,
    pub former: Option<Digest>,
}

/// Decisions about one placement by location.
pub type Decided = BTreeMap<String, Held>;

/// What is decided by these rows. In two of them, while a location is on the move, the later number counts.
fn decided<'a>(rows: impl IntoIterator<Item = &'a Decision>) -> Decided {
    let mut decided = Decided::new();
    for group in rows.into_iter().flat_map(|row| &row.groups) {
        let (release, number, former) = (group.release, group.rollout, group.former);
        let held = Held { release, number, wave: group.wave as usize, former };
        for location in &group.locations {
            let known = decided.entry(location.clone()).or_insert(held);
            if known.number < number {
                *known = held;
            }
        }
    }
    decided
}

/// The rows of a placement as they are stored.
fn stored(tables: &Tables, placement: &PlacementKey) -> BTreeMap<Key, Decision> {
    let of_it = |key: &Key| matches!(key, Key::Decision { placement: of, .. } if of == placement);
    let rows = tables.rows(&Stream::Decision).filter(|row| of_it(&row.key));
    rows.filter_map(|row| Some((row.key.clone(), decode(row.value.as_ref()?)))).collect()
}

fn decode(value: &bytes::Bytes) -> Decision {
    wire::decode_decision(value).expect("only placement writes it").0
}

/// What is decided for a placement.
pub fn held(tables: &Tables, placement: &PlacementKey) -> Decided {
    decided(stored(tables, placement).values())
}

/// What a batch does to a placement in waves.
struct Pass<'a> {
    told: &'a Told,
    placement: &'a PlacementKey,
    spec: &'a RolloutSpec,
    is_same: bool,
    before: Decided,
    after: Decided,
    old: Option<Rollout>,
    new: Rollout,
    progress: RolloutProgress,
}

/// What is wrong with a batch of a unit that is about to be stored.
pub fn judge(told: &Told, unit: &Unit, tables: &Tables, writes: &[Write]) -> Result<(), String> {
    let is_of_now = !told.behind.contains(unit);
    let about = |write: &Write| match &write.key {
        Key::Decision { placement, .. } | Key::Rollout(placement) => Some(placement.clone()),
        _ => None,
    };
    let placements: BTreeSet<PlacementKey> = writes.iter().filter_map(about).collect();
    for placement in &placements {
        if let Some(pass) = Pass::of(told, tables, writes, placement) {
            pass.judge(is_of_now).map_err(|wrong| format!("{placement}: {wrong}: {:#?}", pass.new))?;
        }
    }
    Ok(())
}

impl<'a> Pass<'a> {
    /// `None`: it goes everywhere at once, or goes.
    fn of(told: &'a Told, tables: &Tables, writes: &[Write], placement: &'a PlacementKey) -> Option<Self> {
        let spec = told.placements.get(placement)?.rollout.as_ref()?;
        let rows = stored(tables, placement);
        let mut written = rows.clone();
        for write in writes.iter().filter(|write| !write.value.is_empty()) {
            if matches!(&write.key, Key::Decision { placement: of, .. } if of == placement) {
                written.insert(write.key.clone(), decode(&write.value));
            }
        }
        let old = rollouts::stored(tables, placement);
        let state = writes.iter().find(|write| write.key == Key::Rollout(placement.clone()));
        let state = state.map(|write| wire::decode_rollout(&write.value).expect("placement encodes it"));
        let new = state.or_else(|| old.clone()).filter(|new| !new.withdrawn)?;
        let progress = new.progress.clone()?;
        let is_same = old.as_ref().is_some_and(|old| old.placement_uid == new.placement_uid);
        let (before, after) = (decided(rows.values()), decided(written.values()));
        Some(Self { told, placement, spec, is_same, before, after, old, new, progress })
    }

    fn judge(&self, is_of_now: bool) -> Result<(), String> {
        self.nobody_is_moved_twice()?;
        self.moves_keep_to_the_order()?;
        self.history_goes_on()?;
        if is_of_now {
            self.only_who_is_there_is_moved()?;
            self.bounds_are_kept()?;
            self.gates_and_approvals_are_kept()?;
        }
        Ok(())
    }

    /// Those that get the release that goes out, with their wave.
    fn sent(&self) -> impl Iterator<Item = (&String, usize)> {
        let release = self.new.release;
        let is_sent = move |(location, held): &(&String, &Held)| {
            let had = self.before.get(*location).map(|held| held.release);
            held.release == release && had != Some(release) && held.former != Some(release)
        };
        self.after.iter().filter(is_sent).map(|(location, held)| (location, held.wave.saturating_sub(1)))
    }

    /// What a location has under one number it does not get under another one.
    fn nobody_is_moved_twice(&self) -> Result<(), String> {
        for (location, held) in self.after.iter().filter(|_| self.is_same) {
            let before = self.before.get(location).filter(|before| before.wave > 0);
            let twice = before.is_some_and(|it| it.release == held.release && it.number != held.number);
            check(!twice, || format!("{location} is moved to what it has: {before:?}, {held:?}"))?;
        }
        let last = |rollout: &Rollout| rollout.progress.as_ref().map_or(0, |progress| progress.last);
        let before = self.old.as_ref().map_or(0, last);
        check(self.progress.last >= before, || format!("numbers go back from {before}"))
    }

    fn moves_keep_to_the_order(&self) -> Result<(), String> {
        let is_still = self.progress.paused.is_some() || self.progress.stopped;
        for (location, wave) in self.sent() {
            check(!is_still, || format!("{location} is moved in spite of a pause"))?;
            let mut before = self.progress.waves.iter().take(wave);
            let passed = before.all(|wave| wave.phase == WavePhase::Passed);
            check(passed, || format!("{location} is moved in wave {wave}, which has not begun"))?;
        }
        Ok(())
    }

    /// Nothing is forgotten but the oldest lines of a long history.
    fn history_goes_on(&self) -> Result<(), String> {
        let (Some(old), true) = (&self.old, self.is_same) else { return Ok(()) };
        if old.progress.is_none() {
            return Ok(());
        }
        let (old, new) = (&old.history, &self.new.history);
        let cut = |count: &usize| new.starts_with(&old[*count..]);
        let most = if new.len() >= 50 { old.len() } else { 0 };
        check((0..=most).any(|count| cut(&count)), || format!("the history was {old:#?}"))
    }

    fn only_who_is_there_is_moved(&self) -> Result<(), String> {
        for (location, _) in self.sent() {
            check(self.told.is_online(location), || {
                format!("{location} is moved and not known to be there")
            })?;
        }
        Ok(())
    }

    /// Of those who are known to be there, no more are on their way than may be.
    fn bounds_are_kept(&self) -> Result<(), String> {
        let waves: BTreeSet<usize> = self.sent().map(|(_, wave)| wave).collect();
        for wave in waves {
            let declared = self.spec.waves.get(wave).and_then(|wave| wave.max_concurrency);
            let Some(Share::Count(limit)) = declared else { continue };
            let flying: Vec<&String> = self.flying(wave).collect();
            check(flying.len() <= limit as usize, || {
                format!("wave {wave}: {flying:?} of {limit} are on the way")
            })?;
        }
        Ok(())
    }

    fn flying(&self, wave: usize) -> impl Iterator<Item = &String> {
        let flies = move |(location, held): &(&String, &Held)| {
            held.wave == wave + 1
                && held.release == self.new.release
                && held.number >= self.progress.first
                && self.told.is_online(location)
                && !self.told.is_healthy(self.placement, &self.new.placement_uid, location, held.number)
        };
        self.after.iter().filter(flies).map(|(location, _)| location)
    }

    fn gates_and_approvals_are_kept(&self) -> Result<(), String> {
        let now = &self.progress;
        let before = self.old.as_ref().and_then(|old| old.progress.as_ref()).filter(|_| self.is_same);
        let before = before.filter(|before| before.first == now.first && before.current().is_some());
        let Some(before) = before.filter(|_| !now.cause.is_back()) else { return Ok(()) };
        for wave in now.waves.iter().filter(|wave| wave.phase == WavePhase::Passed) {
            let known = before.waves.iter().find(|known| known.name == wave.name);
            let declared = self.spec.waves.iter().find(|declared| declared.name == wave.name);
            let (Some(known), Some(declared)) = (known, declared) else { continue };
            if known.phase == WavePhase::Passed {
                continue;
            }
            let approved = self.told.approves(self.placement, &self.new.placement_uid, now, &wave.name);
            check(!declared.approval || approved, || format!("wave {} passed without approval", wave.name))?;
            let mut ahead = declared.gates.iter().skip(known.gates as usize);
            let closed = ahead.any(|gate| gate.expression.as_deref() == Some(rollouts::CLOSED));
            check(!closed, || format!("wave {} passed a gate that is closed", wave.name))?;
        }
        Ok(())
    }
}

fn check(holds: bool, wrong: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(wrong()) }
}
