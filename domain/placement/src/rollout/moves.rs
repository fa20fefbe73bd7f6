//! Who is moved now.

use std::collections::BTreeMap;

use model::{Digest, WavePhase};
use roaring::RoaringBitmap;

use super::advance::index;
use super::course::Course;
use super::input::{Move, Order, Why};

impl Course<'_> {
    /// Everybody who gets the release now, or is set back.
    pub fn relocate(&mut self) {
        if !self.is_moving() {
            return;
        }
        if self.input.spec.is_none() {
            let all = self.input.fleet.chosen - &self.sight.holders;
            return self.send(0, &all);
        }
        let fleet = &self.input.fleet;
        let strays = (&self.sight.unsettled & fleet.silent) - fleet.unknown;
        self.take_back(&strays);
        let mut room = self.width_left();
        let open = |wave: &usize| self.progress.waves[*wave].phase != WavePhase::Waiting;
        let open: Vec<usize> = (0..self.progress.waves.len()).filter(open).collect();
        open.iter().for_each(|wave| self.fill(*wave, &open, &mut room));
    }

    /// How many may be in flight in all waves together is raised each time that as many have become healthy.
    pub fn widen(&mut self) {
        let Some(rate) = self.input.spec.and_then(|spec| spec.rate.as_ref()) else {
            self.progress.width = 0;
            return;
        };
        let chosen = self.input.fleet.chosen.len();
        let most = rate.max.map_or(u64::MAX, |max| max.floor(chosen).max(1));
        let healthy = self.sight.healthy.intersection_len(&self.sight.own);
        let progress = &mut self.progress;
        if progress.width == 0 {
            progress.width = rate.start.floor(chosen).max(1);
        }
        while progress.width < most && healthy.saturating_sub(progress.widened_at) >= progress.width {
            progress.widened_at += progress.width;
            progress.width = rate.factor.times(progress.width);
        }
        progress.width = progress.width.min(most);
    }

    /// How many more may be in flight in all waves together.
    fn width_left(&self) -> u64 {
        let flying = || self.sight.in_flight(self.input.fleet.chosen).len();
        match self.progress.width {
            0 => u64::MAX,
            width => width.saturating_sub(flying()),
        }
    }

    /// Who is not chosen any more is to have nothing, at once. That takes a number of its own, so that who is chosen again
    /// gets another one.
    pub fn withdraw(&mut self) {
        let fleet = &self.input.fleet;
        let mut gone = RoaringBitmap::new();
        fleet.held.iter().for_each(|held| gone |= &held.locations - fleet.chosen);
        if !gone.is_empty() {
            self.progress.last += 1;
            let number = self.progress.last;
            self.push(Move {
                why: Why::Withdrawn,
                release: None,
                number,
                wave: 0,
                former: None,
                locations: gone,
            });
        }
    }

    /// Of a wave, those who could be moved.
    pub fn ready(&self, wave: usize) -> RoaringBitmap {
        self.members(wave) - &self.sight.holders - &self.sight.absent - self.input.fleet.closed
    }

    /// Uses the free slots of a wave.
    fn fill(&mut self, wave: usize, open: &[usize], room: &mut u64) {
        let ready = self.ready(wave);
        if ready.is_empty() {
            return;
        }
        let members = self.members(wave);
        let limit = self.declared(wave).max_concurrency;
        let limit = limit.map_or(u64::MAX, |share| share.floor(members.len()).max(1));
        let flying = self.sight.in_flight(members).len();
        // Who is on the way to a release that was cut off goes first: it is in flight already.
        let unsettled = (members & &self.sight.unsettled) - &self.sight.absent;
        let direct =
            pick(&ready & &unsettled, limit.saturating_sub(flying).min(*room), self.input.fleet.order);
        *room -= direct.len();
        let slots = limit.saturating_sub(flying).saturating_sub(unsettled.len()).min(*room);
        let others = pick(&ready - &unsettled, slots, self.input.fleet.order);
        *room -= others.len();
        let short = ready.len() - direct.len() - others.len();
        self.send(wave, &(direct | others));
        if short > 0 {
            self.free(wave, open, short, *room);
        }
    }

    /// Frees so many slots, if silent ones hold them: those of the wave, and of others where all waves together are full.
    fn free(&mut self, wave: usize, open: &[usize], short: u64, room: u64) {
        let fleet = &self.input.fleet;
        let mut lost = pick(self.sight.lost(self.members(wave), fleet), short, fleet.order);
        if room == 0 && lost.len() < short {
            let mut others = RoaringBitmap::new();
            open.iter().for_each(|wave| others |= self.sight.lost(self.members(*wave), fleet));
            let missing = short - lost.len();
            lost |= pick(others - &lost, missing, fleet.order);
        }
        self.take_back(&lost);
    }

    /// Gives silent locations back what they had before. Each release goes under a number of its own.
    fn take_back(&mut self, lost: &RoaringBitmap) {
        let fleet = &self.input.fleet;
        let mut groups: BTreeMap<(Option<Digest>, usize), RoaringBitmap> = BTreeMap::new();
        for (wave, members) in fleet.waves.iter().enumerate() {
            let of_wave = members & lost;
            let held = fleet.held.iter().filter(|_| !of_wave.is_empty());
            for (held, part) in held.map(|held| (held, &held.locations & &of_wave)) {
                *groups.entry((held.former, wave)).or_default() |= part;
            }
        }
        let mut before = None;
        for ((release, wave), locations) in groups.into_iter().filter(|(_, part)| !part.is_empty()) {
            if before != Some(release) {
                self.progress.last += 1;
                before = Some(release);
            }
            self.set_back += locations.len();
            let (number, wave) = (self.progress.last, index(wave));
            self.push(Move { why: Why::SetBack, release, number, wave, former: release, locations });
        }
        // Two groups may hold the same location while it moves between regions: once is enough.
        self.sight.unsettled -= lost;
        self.sight.recent -= lost;
    }

    /// Gives locations the release that goes out.
    fn send(&mut self, wave: usize, locations: &RoaringBitmap) {
        if locations.is_empty() {
            return;
        }
        let number = self.number();
        let mut groups: BTreeMap<Option<Digest>, RoaringBitmap> = BTreeMap::new();
        let mut left = locations.clone();
        for held in self.input.fleet.held {
            let part = &held.locations & &left;
            left -= &part;
            // Nobody knows whether they have it: what they had before is what they can be given back.
            let unsettled = &part & &self.sight.unsettled;
            *groups.entry(Some(held.release)).or_default() |= part - &unsettled;
            *groups.entry(held.former).or_default() |= unsettled;
        }
        *groups.entry(None).or_default() |= left;
        let release = Some(self.step.rollout.release);
        for (former, locations) in groups.into_iter().filter(|(_, group)| !group.is_empty()) {
            self.push(Move { why: Why::Sent, release, number, wave: index(wave), former, locations });
        }
        if self.progress.progress_time > 0 {
            self.progress.progress_time = self.input.now_ms;
        }
    }

    /// The number under which the release goes out now: another one after anything was taken from anybody.
    fn number(&mut self) -> u64 {
        if self.step.rollout.number != self.progress.last {
            self.progress.last += 1;
            self.step.rollout.number = self.progress.last;
        }
        self.step.rollout.number
    }

    fn push(&mut self, one: Move) {
        self.step.moves.push(one);
    }
}

/// The first so many. Sorting is left out where all are taken.
fn pick(from: RoaringBitmap, count: u64, order: Order<'_>) -> RoaringBitmap {
    if count == 0 {
        return RoaringBitmap::new();
    }
    if from.len() <= count {
        return from;
    }
    let mut handles: Vec<u32> = from.iter().collect();
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    handles.select_nth_unstable_by(count, |left, right| order(*left, *right));
    handles.truncate(count);
    handles.into_iter().collect()
}
