//! Keeping, taking and giving up leases: carries out what the pure plan says.
//!
//! For each stream there is one batch with the member row, all renewals and what is handed over, and one with what is
//! taken; each row's condition is the sequence that was last seen, so nobody can hold what another has taken.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::future::join_all;

use super::Unit;
use super::engine::{Done, Engine};
use super::lease::{Entry, Member, Plan};
use super::rules::Progress;
use super::stats::set;
use crate::{Cause, Error, Key, Stream, Write};

/// Rows of one batch; the member row comes on top.
const LIMIT: usize = 900;

/// After leases could not be stored; doubled up to the time between renewals.
const PAUSE: Duration = Duration::from_millis(50);

/// A batch of lease rows that has been answered.
#[derive(Debug)]
pub(super) struct Tenure {
    stream: Stream,
    /// Parallel to the batch.
    claims: Vec<Claim>,
    sent: u64,
    result: Result<Vec<u64>, Error>,
    attending: bool,
}

/// What a row says of this replica.
#[derive(Debug)]
enum Claim {
    /// It is there, and serves these units.
    Serves(BTreeSet<String>),
    /// It holds a unit.
    Holds(String),
    /// It has released a unit.
    Leaves(String),
}

impl Claim {
    fn unit(&self) -> Option<&str> {
        match self {
            Self::Serves(_) => None,
            Self::Holds(name) | Self::Leaves(name) => Some(name),
        }
    }
}

impl Engine {
    /// Does what is due now. Only who has been ready once takes part: a newcomer would hold up what it takes.
    pub fn tend(&mut self) {
        let now = self.clock.now();
        for (stream, names) in self.served() {
            // What is being read again tells of leases that are no more.
            let known = self.inputs.progress(&stream).is_some_and(Progress::is_caught_up);
            if !known || self.units.is_resting(&stream, now) {
                continue;
            }
            let mut plan = self.units.registry(&stream).plan(&self.config.holder, &names, now, self.timing);
            let idle = |name: &String| !self.units.is_busy(&unit(&stream, name));
            plan.renew.retain(idle);
            plan.release.retain(idle);
            plan.acquire.retain(idle);
            self.carry_out(&stream, names, plan, now);
        }
        self.count();
    }

    /// The units of this process, by stream.
    fn served(&self) -> BTreeMap<Stream, BTreeSet<String>> {
        let mut served = BTreeMap::<Stream, BTreeSet<String>>::new();
        for unit in self.view.units() {
            served.entry(unit.stream).or_default().insert(unit.name);
        }
        served
    }

    fn carry_out(&mut self, stream: &Stream, served: BTreeSet<String>, plan: Plan, now: u64) {
        let due = plan.attend || !plan.renew.is_empty() || !plan.release.is_empty();
        if due && self.units.attending.insert(stream.clone()) {
            let release = plan.release.into_iter().take(LIMIT / 2).map(Claim::Leaves);
            let renew = plan.renew.into_iter().take(LIMIT / 2).map(Claim::Holds);
            let claims = [Claim::Serves(served)].into_iter().chain(release).chain(renew).collect();
            self.send_leases(stream, claims, now, true);
        }
        if !plan.acquire.is_empty() {
            let claims = plan.acquire.into_iter().take(LIMIT).map(Claim::Holds).collect();
            self.send_leases(stream, claims, now, false);
        }
    }

    fn send_leases(&mut self, stream: &Stream, claims: Vec<Claim>, sent: u64, attending: bool) {
        let (bus, stream, timeout) = (self.bus.clone(), stream.clone(), self.config.lease);
        let writes = claims.iter().map(|claim| self.claim(&stream, claim)).collect();
        for name in claims.iter().filter_map(Claim::unit) {
            self.units.work(&unit(&stream, name)).busy = true;
        }
        self.doing.push(Box::pin(async move {
            let subject = stream.name();
            let late = Error::Timeout { operation: "keeping leases", subject, seconds: timeout.as_secs() };
            // A lease that is renewed later than this is lost anyway.
            let result = tokio::time::timeout(timeout, bus.commit(writes, None)).await;
            Done::Tenure(Tenure { stream, claims, sent, result: result.unwrap_or(Err(late)), attending })
        }));
    }

    pub fn tended(&mut self, tenure: Tenure) {
        let Tenure { stream, claims, sent, result, attending } = tenure;
        if attending {
            self.units.attending.remove(&stream);
        }
        for name in claims.iter().filter_map(Claim::unit) {
            self.units.work(&unit(&stream, name)).busy = false;
        }
        match result {
            Ok(sequences) => {
                self.units.resting.remove(&stream);
                self.keep(&stream, claims, &sequences, sent);
            }
            Err(error) => self.rest(stream, &error),
        }
        self.count();
    }

    /// The server did not store leases: whoever asked again at once would ask for as long as it says no.
    fn rest(&mut self, stream: Stream, error: &Error) {
        tracing::debug!(%stream, %error, "leases could not be kept or taken now");
        self.hooks.stats.not_kept.add(Cause::of(error));
        let (now, longest) = (self.clock.now(), Duration::from_millis(self.timing.renew));
        let (until, backoff) = self.units.resting.entry(stream).or_default();
        let pause = backoff.failed(PAUSE, longest);
        *until = now + u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
    }

    fn keep(&mut self, stream: &Stream, claims: Vec<Claim>, sequences: &[u64], sent: u64) {
        let me = self.config.holder.clone();
        for (claim, &seq) in claims.into_iter().zip(sequences) {
            let entry = |holder: &str| Entry { holder: holder.to_owned(), seq, seen: sent };
            match claim {
                Claim::Serves(units) => {
                    self.units.registry(stream).member(&me, Member { entry: entry(&me), units, heard: true });
                }
                Claim::Holds(name) => self.held(stream, &name, entry(&me)),
                Claim::Leaves(name) => {
                    self.units.registry(stream).lease(&name, entry(""));
                    self.units.lost(&unit(stream, &name));
                    tracing::info!(%stream, unit = name, "handed over a unit");
                }
            }
        }
    }

    /// The lease of a unit was taken or renewed.
    fn held(&mut self, stream: &Stream, name: &str, entry: Entry) {
        let before = self.units.registry(stream).of(name).is_some_and(|known| known.holder == entry.holder);
        let (seq, taken) = (entry.seq, entry.seen);
        self.units.registry(stream).lease(name, entry);
        let duty = &mut self.units.work(&unit(stream, name)).duty;
        if !before || !duty.is_taken() {
            duty.take(seq, taken);
            tracing::info!(%stream, unit = name, "took a unit");
        }
    }

    fn claim(&mut self, stream: &Stream, claim: &Claim) -> Write {
        let me = self.config.holder.clone();
        match claim {
            Claim::Serves(units) => self.member(stream, me, units.clone()),
            Claim::Holds(name) => self.lease(stream, name, me),
            Claim::Leaves(name) => self.lease(stream, name, String::new()),
        }
    }

    /// The row that holds, renews or (with an empty holder) releases a lease, on condition that nobody else has.
    pub fn lease(&mut self, stream: &Stream, name: &str, holder: String) -> Write {
        let expected = self.units.registry(stream).of(name).map_or(0, |entry| entry.seq);
        let work = self.units.work(&unit(stream, name));
        work.renewal += 1;
        let lease = wire::Lease { holder, duration_ms: self.timing.millis(), renewal: work.renewal };
        let key = Key::Lease { stream: stream.clone(), unit: name.to_owned() };
        Write::new(key, wire::encode_lease(&lease)).expecting(expected)
    }

    /// The row that says who is there, or (with an empty holder) that it has gone.
    fn member(&mut self, stream: &Stream, holder: String, units: BTreeSet<String>) -> Write {
        self.units.renewal += 1;
        let (duration_ms, renewal) = (self.timing.millis(), self.units.renewal);
        let member = wire::Member { holder, duration_ms, renewal, units };
        let key = Key::Member { stream: stream.clone(), holder: self.config.holder.clone() };
        Write::new(key, wire::encode_member(&member))
    }

    fn count(&self) {
        let me = &self.config.holder;
        let held: usize = self.units.registries.values().map(|registry| registry.held_by(me).count()).sum();
        set(&self.hooks.stats.leases, held as u64);
    }

    /// Gives everything up.
    pub async fn release(&mut self) {
        let streams: Vec<Stream> = self.units.registries.keys().cloned().collect();
        let bus = self.bus.clone();
        let mut commits = Vec::new();
        for stream in streams {
            let me = self.config.holder.clone();
            let names: Vec<String> =
                self.units.registry(&stream).held_by(&me).map(|(name, _)| name.clone()).take(LIMIT).collect();
            let mut writes = vec![self.member(&stream, String::new(), BTreeSet::new())];
            writes.extend(names.iter().map(|name| self.lease(&stream, name, String::new())));
            commits.push(bus.commit(writes, None));
        }
        for error in join_all(commits).await.into_iter().filter_map(Result::err) {
            tracing::warn!(%error, "leases could not be released");
        }
    }
}

fn unit(stream: &Stream, name: &str) -> Unit {
    Unit { stream: stream.clone(), name: name.to_owned() }
}
