//! A placement whose releases go out in waves: what the state machine is asked on, and what its rows are to say until they
//! are stored.

mod closed;
mod gates;
mod members;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use model::{Digest, Rollout, RolloutControlSpec, RolloutSpec, Select};
use roaring::RoaringBitmap;

use self::closed::Closed;
use self::members::Members;
use crate::difference::Interest;
use crate::feedback::{Attendance, Feedback};
use crate::inventory::Inventory;
use crate::labels;
use crate::names::Names;
use crate::rollout::{self, Ask, Fleet, Held, Input, Membership, Move, Verdict};
use crate::rows::Rows;
use crate::zones;

/// What is known of a rollout beside its rows.
#[derive(Debug, Default)]
pub(crate) struct Rolling {
    /// What users have said to it.
    pub control: Option<RolloutControlSpec>,
    pub verdicts: Vec<Verdict>,
    pub feedback: Feedback,
    /// What locations are to hold; `None`: what the rows say.
    pub held: Option<Vec<Held>>,
    /// The state that is to be stored.
    pub next: Option<Rollout>,
    /// When it must be looked at again although nothing has happened.
    pub wake_ms: Option<u64>,
    /// Gates to be asked.
    pub asks: Vec<Ask>,
    /// `None`: to be filled.
    members: Option<Members>,
}

/// What a step of a placement is decided on, beside what it keeps itself.
pub(crate) struct Around<'a> {
    pub inventory: &'a Inventory,
    pub attendance: &'a Attendance,
    pub chosen: &'a RoaringBitmap,
    pub wanted: Digest,
    pub uid: &'a str,
    pub now_ms: u64,
}

impl Rolling {
    /// Whether nothing is said to it or reported of it.
    pub fn is_empty(&self) -> bool {
        self.control.is_none() && self.feedback.is_empty()
    }

    /// Keeps what a gate has said last.
    pub fn hear(&mut self, verdict: Verdict) {
        let same = |known: &Verdict| (&known.wave, known.gate) == (&verdict.wave, verdict.gate);
        self.verdicts.retain(|known| !same(known));
        self.verdicts.push(verdict);
    }

    /// Reads off what is stored, unless it is known what is to be.
    pub fn recall(&mut self, rows: &Rows, stored: Option<&Rollout>) {
        self.held.get_or_insert_with(|| held(rows));
        if self.next.is_none() {
            self.next = stored.cloned();
        }
    }

    /// Forgets what was to be stored: the rows say what is.
    pub fn reset(&mut self) {
        (self.held, self.next, self.members) = (None, None, None);
    }

    /// One step, when everything is stored; those whose rows have to be looked at.
    pub fn step(
        &mut self,
        spec: &RolloutSpec,
        rows: &Rows,
        stored: Option<&Rollout>,
        around: &Around<'_>,
    ) -> RoaringBitmap {
        let held = self.held.get_or_insert_with(|| held(rows));
        let order = |left: u32, right: u32| order(&around.inventory.names, left, right);
        let progress = stored.and_then(|stored| stored.progress.as_ref());
        let first = progress.map_or(u64::MAX, |progress| progress.first);
        let selected: Vec<RoaringBitmap> =
            spec.waves.iter().map(|wave| selected(wave.select.as_ref(), around)).collect();
        let membership =
            Membership { chosen: around.chosen, selected: &selected, held, first, order: &order };
        let members = Members::of(self.members.take(), spec, membership);
        let members = self.members.insert(members);
        let unknown = around.chosen - &around.attendance.known;
        let closed = Closed::of(&spec.windows, around.inventory, around.chosen, around.now_ms);
        let fleet = Fleet {
            chosen: around.chosen,
            waves: members.waves(),
            held,
            reports: &self.feedback.reports(around.uid),
            silent: &around.attendance.silent,
            unknown: &unknown,
            closed: &closed.locations,
            opens_ms: closed.opens_ms,
            order: &order,
        };
        let input = Input {
            spec: Some(spec),
            uid: around.uid,
            before: stored,
            wanted: around.wanted,
            control: self.control.as_ref(),
            verdicts: &self.verdicts,
            now_ms: around.now_ms,
            fleet,
        };
        let step = rollout::step(&input);
        let mut touched = RoaringBitmap::new();
        for one in &step.moves {
            touched |= &one.locations;
            apply(held, one);
        }
        self.next = Some(step.rollout);
        (self.wake_ms, self.asks) = (step.wake_ms, step.asks);
        self.answer(spec, around.now_ms);
        touched
    }

    /// Answers what can be answered here; the next step hears it.
    fn answer(&mut self, spec: &RolloutSpec, now_ms: u64) {
        let Some(progress) = self.next.as_ref().and_then(|next| next.progress.as_ref()) else { return };
        let (mut said, mut left) = (Vec::new(), Vec::new());
        for ask in std::mem::take(&mut self.asks) {
            match gates::answer(&ask, spec, progress, now_ms) {
                Some(verdict) => said.push(verdict),
                None => left.push(ask),
            }
        }
        self.asks = left;
        for verdict in said {
            self.hear(verdict);
            self.wake_ms = Some(now_ms);
        }
    }
}

/// What of a location decides when it is moved: its wave, and the clock of its windows.
pub(crate) fn interest(spec: &RolloutSpec) -> Interest {
    let mut interest = Interest::default();
    for wave in &spec.waves {
        if let Some(Select::Selector(selector)) = &wave.select {
            let requirements = labels::requirements(selector);
            requirements.iter().for_each(|it| interest.add("labels", Some(&it.key)));
        }
    }
    if !spec.windows.is_empty() {
        interest.add("properties", Some(zones::PROPERTY));
    }
    interest
}

/// What the rows say that locations hold.
fn held(rows: &Rows) -> Vec<Held> {
    let mut groups: BTreeMap<(u64, Digest, u32, Option<Digest>), RoaringBitmap> = BTreeMap::new();
    for group in rows.iter().flat_map(|(_, _, row)| &row.groups) {
        // Rows count waves from one, so that it shows who is in none.
        let key = (group.rollout, group.release, group.wave.saturating_sub(1), group.former);
        groups.entry(key).or_default().extend(group.members.iter().copied());
    }
    let held =
        |((number, release, wave, former), locations)| Held { release, number, wave, former, locations };
    groups.into_iter().map(held).collect()
}

fn apply(all: &mut Vec<Held>, one: &Move) {
    all.iter_mut().for_each(|held| held.locations -= &one.locations);
    all.retain(|held| !held.locations.is_empty());
    let Move { number, wave, former, .. } = *one;
    let Some(release) = one.release else { return };
    let same = |held: &&mut Held| {
        (held.release, held.number, held.wave, held.former) == (release, number, wave, former)
    };
    match all.iter_mut().find(same) {
        Some(held) => held.locations |= &one.locations,
        None => all.push(Held { release, number, wave, former, locations: one.locations.clone() }),
    }
}

/// By a hash of the name, then by the name.
fn order(names: &Names, left: u32, right: u32) -> Ordering {
    let by_hash = names.position(left).cmp(&names.position(right));
    by_hash.then_with(|| names.name(left).cmp(names.name(right)))
}

fn selected(select: Option<&Select>, around: &Around<'_>) -> RoaringBitmap {
    match select {
        Some(Select::Selector(selector)) => {
            around.inventory.labels.select(&labels::requirements(selector), around.chosen)
        }
        _ => RoaringBitmap::new(),
    }
}
