//! A history in the making.

use model::*;
use placement::rollout::{Ask, Step, Verdict};

use super::check::Watch;
use super::dice::Dice;
use super::edge::Edge;
use super::users;
use crate::stage::{Stage, UID, release};

/// Rows are stored in so many pieces.
const PIECES: u32 = 4;

pub struct World {
    pub dice: Dice,
    pub stage: Stage,
    pub edge: Edge,
    pub watch: Watch,
    asks: Vec<Ask>,
    releases: Vec<Digest>,
    /// More locations than are chosen.
    count: u32,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let count = 3 + dice.below(18);
        let mut stage = Stage::new(count, users::spec(&mut dice));
        stage.pilots = (0..count).filter(|_| dice.percent(25)).collect();
        let releases = vec![stage.wanted];
        let count = count + 4;
        Self {
            dice,
            stage,
            edge: Edge::default(),
            watch: Watch::default(),
            asks: Vec::new(),
            releases,
            count,
        }
    }

    /// Anything.
    pub fn event(&mut self) {
        match self.dice.below(100) {
            0..=29 => self.step(),
            30..=39 => self.pass_time(),
            40..=69 => self.work_at_the_edge(),
            70..=79 => self.learn(),
            80..=85 => self.disturb(),
            86..=91 => self.answer(),
            _ => self.change(),
        }
    }

    /// The machine decides. It may die before all of it is stored: the state comes first, then rows, piece by piece.
    fn step(&mut self) {
        let step = self.stage.ask();
        self.watch.step(&self.stage, &step);
        if self.dice.percent(5) {
            return;
        }
        self.watch.stored(&step);
        let whole = self.dice.percent(85);
        self.stage.rollout = Some(step.rollout.clone());
        for one in &step.moves {
            let lost: Vec<u32> = (0..PIECES).filter(|_| !whole && self.dice.percent(50)).collect();
            self.stage.store(one, |location| !lost.contains(&(location % PIECES)));
        }
        self.asks = step.asks;
    }

    fn pass_time(&mut self) {
        let most = if self.dice.percent(50) { 2000 } else { 40_000 };
        self.stage.now += u64::from(self.dice.below(most));
        if self.stage.now >= self.stage.opens {
            self.stage.closed.clear();
        }
    }

    fn anybody(&mut self) -> u32 {
        self.dice.below(self.count)
    }

    fn work_at_the_edge(&mut self) {
        for _ in 0..4 {
            let location = self.anybody();
            match self.dice.below(4) {
                0 => self.edge.deliver(location, self.stage.rows.get(&location)),
                1 => self.edge.fare(location, &mut self.dice),
                2 => self.edge.report(location),
                _ => self.receive(),
            }
        }
    }

    fn receive(&mut self) {
        if let Some((location, number, fares)) = self.edge.arrival(&mut self.dice) {
            self.stage.reports.insert(location, (number, fares));
        }
    }

    /// The hub learns who is there, of some.
    fn learn(&mut self) {
        for _ in 0..3 {
            let location = self.anybody();
            match self.edge.offline.contains(&location) {
                true => self.stage.silent.insert(location),
                false => self.stage.silent.remove(&location),
            };
            if self.dice.percent(20) {
                self.stage.unknown.remove(&location);
            }
        }
    }

    fn disturb(&mut self) {
        let location = self.anybody();
        match self.dice.below(8) {
            0..=2 => drop(self.edge.offline.insert(location)),
            3 => drop(self.edge.offline.remove(&location)),
            4 => self.cut_a_wave(),
            5 => self.edge.offline.clear(),
            6 => drop(self.stage.unknown.insert(location)),
            _ => {
                self.stage.closed.insert(location);
                self.stage.opens = self.stage.now + u64::from(self.dice.below(60_000)) + 1;
            }
        }
    }

    fn cut_a_wave(&mut self) {
        let members = self.stage.members();
        if let Some(wave) = self.dice.pick(0..members.len()) {
            self.edge.offline.extend(&members[wave]);
        }
    }

    /// A gate says something, asked or not.
    fn answer(&mut self) {
        let Some(rollout) = &self.stage.rollout else { return };
        let progress = crate::stage::progress(rollout);
        let old = Verdict {
            number: progress.first - 1,
            wave: "w0".to_owned(),
            allowed: true,
            asked_ms: self.stage.now,
            ..Verdict::default()
        };
        self.stage.verdicts.push(old);
        for ask in std::mem::take(&mut self.asks) {
            if ask.number == self.stage.progress().first {
                let allowed = self.dice.percent(60);
                self.stage.answer(&ask, allowed);
            }
        }
        let surplus = self.stage.verdicts.len().saturating_sub(20);
        self.stage.verdicts.drain(..surplus);
    }

    fn change(&mut self) {
        match self.dice.below(8) {
            0 | 1 => self.new_release(),
            2 => self.stage.spec = self.dice.percent(95).then(|| users::spec(&mut self.dice)),
            3 | 4 => self.membership(),
            _ => self.speak(),
        }
    }

    fn new_release(&mut self) {
        let again = self.dice.percent(20);
        let known = self.dice.pick(self.releases.iter().copied()).filter(|_| again);
        let next = known.unwrap_or_else(|| release(&format!("r{}", self.releases.len())));
        if self.dice.percent(25) {
            self.edge.bad.insert(next);
        }
        self.releases.push(next);
        self.stage.wanted = next;
    }

    fn membership(&mut self) {
        let location = self.anybody();
        match self.dice.below(3) {
            0 => drop(self.stage.chosen.insert(location)),
            1 => drop(self.stage.chosen.remove(&location)),
            _ => drop(self.stage.pilots.insert(location)),
        }
    }

    fn speak(&mut self) {
        let Some(progress) = self.stage.rollout.as_ref().and_then(|rollout| rollout.progress.clone()) else {
            return;
        };
        let about = |control: &RolloutControlSpec| (progress.first..=progress.last).contains(&control.number);
        let mut said = self.stage.control.take().filter(about).unwrap_or_default();
        (said.placement_uid, said.number) = (UID.to_owned(), progress.last);
        users::say(&mut said, &progress, &self.releases, &mut self.dice);
        self.stage.control = Some(said);
    }

    /// No more trouble; everybody comes back, releases do no harm, gates let through, and people say yes. Then there is an
    /// end, and everybody has the same.
    pub fn settle(&mut self) {
        self.edge.offline.clear();
        self.edge.bad.clear();
        (self.stage.silent, self.stage.unknown, self.stage.closed) = Default::default();
        if let Some(spec) = &mut self.stage.spec {
            spec.paused = false;
        }
        let mut rounds = 0;
        while !self.quiet_round() {
            rounds += 1;
            assert!(rounds < 1_000, "it never ends: {:#?} {:#?}", self.stage.rollout, self.stage.rows);
        }
        self.watch.settled(&self.stage);
    }

    /// Whether nothing has happened.
    fn quiet_round(&mut self) -> bool {
        self.edge.network.clear();
        for location in 0..self.count {
            self.edge.deliver(location, self.stage.rows.get(&location));
            if let Some(runs) = self.edge.runs.get_mut(&location) {
                runs.fares = crate::stage::Fares::Healthy;
                self.stage.reports.insert(location, (runs.number, runs.fares));
            }
        }
        let before = (self.stage.rollout.clone(), self.stage.control.clone());
        let step = self.stage.ask();
        self.watch.step(&self.stage, &step);
        self.watch.stored(&step);
        self.stage.step();
        self.agree(&step);
        let after = (self.stage.rollout.clone(), self.stage.control.clone());
        let stands = before == after && step.moves.is_empty();
        match step.wake_ms {
            Some(time) if stands => self.stage.now = self.stage.now.max(time),
            _ => self.stage.now += 1,
        }
        stands && step.wake_ms.is_none() && step.asks.is_empty()
    }

    fn agree(&mut self, step: &Step) {
        let progress = self.stage.progress();
        let (number, pauses) = (progress.last, progress.pauses);
        let approved = progress.waves.iter().map(|wave| wave.name.clone()).collect();
        self.stage.control = Some(RolloutControlSpec {
            placement_uid: UID.to_owned(),
            number,
            resumed: pauses,
            approved,
            ..RolloutControlSpec::default()
        });
        step.asks.iter().for_each(|ask| self.stage.answer(ask, true));
    }
}
