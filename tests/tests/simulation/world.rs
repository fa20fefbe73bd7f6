//! All of it together: tables, two replicas of every service, agents, users, and a network that loses, repeats,
//! reorders and delays. Clocks are wrong by up to a day, each in its own way. One seed is one history.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bus::flow::Unit;
use bus::{Key, Stream};
use bytes::Bytes;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};

use crate::agent::Agent;
use crate::check;
use crate::declared::{self, Declared, REGIONS};
use crate::replica::{LEASE_MS, Replica, Start, Wrote};
use crate::tables::Tables;

/// Rounds without a change after which all is taken to be quiet: longer than it takes to notice silence.
const QUIET: u32 = 12;
/// Milliseconds from one round to the next once faults have stopped.
const ROUND_MS: u64 = 300;
/// When histories begin.
const BEGIN_MS: u64 = 1_760_000_000_000;
const DAY_MS: i64 = 24 * 3600 * 1000;

pub struct World {
    pub rng: StdRng,
    pub tables: Tables,
    pub declared: Declared,
    pub replicas: Vec<Replica>,
    pub agents: Vec<Agent>,
    /// Core messages under way to agents: documents as they are republished.
    down: VecDeque<(Key, Bytes)>,
    republished: BTreeMap<Stream, u64>,
    pub now_ms: u64,
    /// Nobody summarizes this region.
    pub abandoned: Option<&'static str>,
}

impl World {
    pub fn new(seed: u64, services: &[(&str, Start)]) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut tables = Tables::default();
        declared::init(&mut tables);
        let declared = Declared::begin(&mut tables, &mut rng);
        let agents = declared.locations().map(|l| Agent::new(&l.metadata.name, &l.spec.region)).collect();
        let pair = |(name, start): &(&str, Start)| {
            ["a", "b"].map(|which| Replica::new(format!("{name}-{which}"), *start, BEGIN_MS, skew(&mut rng)))
        };
        let replicas = services.iter().flat_map(pair).collect();
        let (down, republished) = Default::default();
        Self { rng, tables, declared, replicas, agents, down, republished, now_ms: BEGIN_MS, abandoned: None }
    }

    /// Something happens: mostly progress, sometimes a fault.
    pub fn step(&mut self, users: bool) {
        self.now_ms += self.rng.random_range(0..50);
        match self.rng.random_range(0..100) {
            0..8 if users => self.declared.change(&mut self.tables, &mut self.rng),
            0..45 => self.replica_step(),
            45..55 => self.deliver(),
            55..90 => self.agent_step(),
            90..95 => self.heartbeats(0.8),
            95..97 => self.restart(),
            97 => self.lose_a_stream(),
            98 => self.absence(),
            _ => self.partition(),
        }
        self.republish();
    }

    fn replica_step(&mut self) {
        let index = self.rng.random_range(0..self.replicas.len());
        let (replica, tables, rng) = (&mut self.replicas[index], &mut self.tables, &mut self.rng);
        replica.ensure(tables);
        match rng.random_range(0..10) {
            0..5 => {
                let count = rng.random_range(1..40);
                replica.read(tables, self.now_ms, count, |_| true);
            }
            5 => {
                let one = rng.random_range(0..2) == 0;
                replica.read(tables, self.now_ms, 3, |stream| {
                    one == matches!(stream, Stream::Decision | Stream::Intent)
                });
            }
            6 => drop(replica.fetch(tables)),
            7 => replica.tick(self.now_ms),
            _ => self.write_somewhere(index),
        }
    }

    fn write_somewhere(&mut self, index: usize) {
        let replica = &mut self.replicas[index];
        let Some(unit) = replica.units().choose(&mut self.rng).cloned() else { return };
        if is_abandoned(self.abandoned, &unit) {
            return;
        }
        if self.rng.random_bool(0.3) {
            replica.take_lease(&mut self.tables, &unit, self.now_ms);
        }
        let acknowledged = self.rng.random_bool(0.95);
        replica.write(&mut self.tables, &unit, self.now_ms, acknowledged);
    }

    /// Copies newly stored documents to the network, as the server does.
    fn republish(&mut self) {
        for (region, _) in REGIONS {
            let stream = Stream::Desired(region.to_owned());
            let from =
                self.republished.get(&stream).copied().unwrap_or_default().min(self.tables.last_seq(&stream));
            let new = self.tables.rows(&stream).filter(|row| row.seq > from);
            let new = new.filter_map(|row| Some((row.key.clone(), row.value.clone()?)));
            self.down.extend(new.filter(|(key, _)| matches!(key, Key::Desired { .. })));
            self.republished.insert(stream.clone(), self.tables.last_seq(&stream));
        }
    }

    /// A message on the network arrives, arrives twice, overtakes another, or is lost.
    fn deliver(&mut self) {
        let Some(index) = (0..self.down.len()).collect::<Vec<_>>().choose(&mut self.rng).copied() else {
            return;
        };
        let (key, bytes) = match self.rng.random_range(0..4) {
            0 => self.down[index].clone(),
            _ => self.down.remove(index).expect("the index is in range"),
        };
        if self.rng.random_bool(0.2) {
            return;
        }
        let Key::Desired { region, location } = key else { return };
        let reached =
            self.agents.iter_mut().filter(|a| a.connected && a.location == location && a.region == region);
        reached.for_each(|agent| agent.receive(&bytes));
    }

    fn agent_step(&mut self) {
        let Some(agent) = self.agents.choose_mut_by(&mut self.rng) else { return };
        match self.rng.random_range(0..10) {
            0..2 if agent.connected => agent.poll(&self.tables),
            2..4 => {
                // Dies in the middle.
                let steps = self.rng.random_range(0..4);
                if !agent.act(&self.tables, steps) {
                    agent.restart();
                }
            }
            4..7 => drop(agent.act(&self.tables, usize::MAX)),
            _ if agent.connected => agent.report(&mut self.tables),
            _ => {}
        }
    }

    /// Heartbeats of the agents that are connected, some of which are lost.
    fn heartbeats(&mut self, arriving: f64) {
        for agent in self.agents.iter().filter(|agent| agent.connected) {
            let key = Key::Alive { region: agent.region.clone(), location: agent.location.clone() };
            let payload = wire::encode_heartbeat(&agent.heartbeat());
            for replica in self.replicas.iter_mut().filter(|replica| replica.listens_to(&key)) {
                if self.rng.random_bool(arriving) {
                    replica.hear(key.clone(), &payload, self.now_ms);
                }
            }
        }
        self.replicas.iter_mut().for_each(|replica| drop(replica.view().asks()));
    }

    fn restart(&mut self) {
        if self.rng.random_bool(0.5) {
            let skew = skew(&mut self.rng);
            self.replicas
                .choose_mut_by(&mut self.rng)
                .expect("there are replicas")
                .restart(self.now_ms, skew);
        } else {
            self.agents.choose_mut_by(&mut self.rng).expect("there are agents").restart();
        }
    }

    /// A derived stream is deleted with all that is in it.
    fn lose_a_stream(&mut self) {
        let regional = REGIONS
            .iter()
            .flat_map(|(r, _)| [Stream::Desired((*r).to_owned()), Stream::Status((*r).to_owned())]);
        let mut streams: Vec<Stream> =
            regional.chain([Stream::Partial, Stream::Summary, Stream::Blob]).collect();
        streams.shuffle(&mut self.rng);
        self.tables.lose(&streams[0]);
        if matches!(streams[0], Stream::Partial | Stream::Summary) {
            self.tables.ensure(&streams[0]);
        }
    }

    fn partition(&mut self) {
        let agent = self.agents.choose_mut_by(&mut self.rng).expect("there are agents");
        agent.connected = !agent.connected;
    }

    /// So much time passes that whoever is cut off is missed.
    fn absence(&mut self) {
        for _ in 0..5 {
            self.now_ms += 1000;
            self.heartbeats(1.0);
            self.replicas.iter_mut().for_each(|replica| replica.tick(self.now_ms));
        }
    }

    /// Faults stop and everything runs until nothing changes any more.
    pub fn settle(&mut self) {
        let mut quiet = 0;
        for _ in 0..400 {
            let before = self.fingerprint();
            self.round();
            quiet = if self.fingerprint() == before { quiet + 1 } else { 0 };
            if quiet == QUIET {
                return;
            }
        }
        panic!("nothing settles: {:?}", self.fingerprint());
    }

    /// The same, with people who let go on what waits for them.
    pub fn settle_with_people(&mut self) {
        for _ in 0..20 {
            self.settle();
            check::ended(self);
            if !self.declared.agree(&mut self.tables) {
                return;
            }
        }
        panic!("there is always somebody to be asked");
    }

    /// From now on nobody summarizes one of the regions.
    pub fn abandon_a_region(&mut self) {
        self.abandoned = REGIONS.choose(&mut self.rng).map(|(region, _)| *region);
    }

    /// Quiet for so long that a lease that nobody renews has lapsed.
    pub fn outlast_leases(&mut self) {
        let until = self.now_ms + 12 * LEASE_MS;
        while self.now_ms < until {
            // Short enough for heartbeats and renewals.
            self.now_ms += 2 * ROUND_MS;
            self.round();
        }
        self.settle();
    }

    fn round(&mut self) {
        self.now_ms += ROUND_MS;
        for index in 0..self.replicas.len() {
            self.replica_round(index);
        }
        self.republish();
        self.down.clear();
        for agent in &mut self.agents {
            agent.connected = true;
            agent.poll(&self.tables);
            agent.act(&self.tables, usize::MAX);
            agent.report(&mut self.tables);
        }
        self.heartbeats(1.0);
    }

    fn replica_round(&mut self, index: usize) {
        let (replica, tables) = (&mut self.replicas[index], &mut self.tables);
        loop {
            replica.ensure(tables);
            let came = replica.read(tables, self.now_ms, usize::MAX, |_| true);
            if !replica.fetch(tables) && !came {
                break;
            }
        }
        replica.tick(self.now_ms);
        // The first of each pair writes, the second stands by.
        if replica.name.ends_with("-a") {
            let units: BTreeSet<Unit> = replica.units().into_iter().collect();
            let units = units.iter().filter(|unit| !is_abandoned(self.abandoned, unit));
            units.for_each(|unit| write_all(replica, tables, unit, self.now_ms));
        }
    }

    /// What may not change any more once all is settled; leases and marks left out.
    fn fingerprint(&self) -> Vec<(Stream, u64)> {
        let streams = [Stream::Decision, Stream::Partial, Stream::Summary].into_iter();
        let regional = REGIONS
            .iter()
            .flat_map(|(r, _)| [Stream::Desired((*r).to_owned()), Stream::Status((*r).to_owned())]);
        let newest = |stream: &Stream| {
            let rows = self
                .tables
                .rows(stream)
                .filter(|row| !matches!(row.key, Key::Lease { .. } | Key::Complete { .. }));
            rows.map(|row| row.seq).max().unwrap_or_default()
        };
        streams.chain(regional).map(|stream| (stream.clone(), newest(&stream))).collect()
    }
}

/// How far a machine's clock is off: right, a day ahead, a day behind, or anything between.
fn skew(rng: &mut StdRng) -> i64 {
    match rng.random_range(0..4) {
        0 => 0,
        1 => DAY_MS,
        2 => -DAY_MS,
        _ => rng.random_range(-DAY_MS..DAY_MS),
    }
}

fn is_abandoned(region: Option<&str>, unit: &Unit) -> bool {
    unit.stream == Stream::Partial && region == Some(unit.name.as_str())
}

/// Writes `unit` until there is nothing left to write. The lease is taken anew when it was lost, and renewed now and then.
fn write_all(replica: &mut Replica, tables: &mut Tables, unit: &Unit, now_ms: u64) {
    if !replica.holds(tables, unit) || now_ms % LEASE_MS < ROUND_MS {
        replica.take_lease(tables, unit, now_ms);
        replica.read(tables, now_ms, usize::MAX, |_| true);
    }
    for _ in 0..100 {
        match replica.write(tables, unit, now_ms, true) {
            Wrote::NotNow | Wrote::Nothing | Wrote::Refused => return,
            Wrote::Rows(_) => drop(replica.read(tables, now_ms, usize::MAX, |_| true)),
        }
    }
    panic!("{unit:?} never has enough");
}

/// Choosing from a slice of something that is borrowed mutably.
trait ChooseMut<T> {
    fn choose_mut_by(&mut self, rng: &mut StdRng) -> Option<&mut T>;
}

impl<T> ChooseMut<T> for Vec<T> {
    fn choose_mut_by(&mut self, rng: &mut StdRng) -> Option<&mut T> {
        if self.is_empty() {
            return None;
        }
        let index = rng.random_range(0..self.len());
        self.get_mut(index)
    }
}
