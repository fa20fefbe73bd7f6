//! Keeping, taking and giving up leases: carries out what the pure plan says.
//!
//! For each stream there is one batch with the member row, all renewals and what is handed over, and one with what is
//! taken; each row's condition is the sequence that was last seen, so nobody can hold what another has taken.

use futures::future::join_all;

use super::engine::{Done, Engine};
use super::lease::{Entry, Plan};
use super::stats::set;
use super::{Unit, View};
use crate::{Error, Key, Stream, Write};

/// Rows of one batch; the member row comes on top.
const LIMIT: usize = 900;

/// A batch of lease rows that has been answered.
#[derive(Debug)]
pub(super) struct Tenure {
    stream: Stream,
    /// Unit and new holder, parallel to the batch; the member row goes by no unit.
    rows: Vec<(Option<String>, String)>,
    sent: u64,
    result: Result<Vec<u64>, Error>,
    attending: bool,
}

impl<V: View> Engine<V> {
    /// Does what is due now. Only who has been ready once takes part: a newcomer would hold up what it takes.
    pub fn tend(&mut self) {
        let now = self.clock.now();
        let mut units = std::collections::BTreeMap::<Stream, std::collections::BTreeSet<String>>::new();
        for unit in self.view.units() {
            units.entry(unit.stream).or_default().insert(unit.name);
        }
        for (stream, names) in units {
            // What is being read again tells of leases that are no more.
            if !self.inputs.get(&stream).is_some_and(|input| input.caught_up) {
                continue;
            }
            let mut plan = self.units.registry(&stream).plan(&self.config.holder, &names, now, self.timing);
            let idle = |name: &String| !self.units.is_busy(&unit(&stream, name));
            plan.renew.retain(idle);
            plan.release.retain(idle);
            plan.acquire.retain(idle);
            self.carry_out(&stream, plan, now);
        }
        self.count();
    }

    fn carry_out(&mut self, stream: &Stream, plan: Plan, now: u64) {
        let me = self.config.holder.clone();
        let due = plan.attend || !plan.renew.is_empty() || !plan.release.is_empty();
        if due && self.units.attending.insert(stream.clone()) {
            let mut batch = vec![self.member(stream, &me)];
            batch.extend(plan.release.iter().take(LIMIT / 2).map(|name| self.lease(stream, name, "")));
            batch.extend(plan.renew.iter().take(LIMIT / 2).map(|name| self.lease(stream, name, &me)));
            self.send_leases(stream, batch, now, true);
        }
        if !plan.acquire.is_empty() {
            let batch = plan.acquire.iter().take(LIMIT).map(|name| self.lease(stream, name, &me)).collect();
            self.send_leases(stream, batch, now, false);
        }
    }

    fn send_leases(
        &mut self,
        stream: &Stream,
        batch: Vec<(Option<String>, String, Write)>,
        sent: u64,
        attending: bool,
    ) {
        let (bus, stream, timeout) = (self.bus.clone(), stream.clone(), self.config.lease);
        let mut rows = Vec::new();
        let mut writes = Vec::new();
        for (name, holder, write) in batch {
            if let Some(name) = &name {
                self.units.work(&unit(&stream, name)).busy = true;
            }
            rows.push((name, holder));
            writes.push(write);
        }
        self.doing.push(Box::pin(async move {
            let subject = stream.name();
            let late = Error::Timeout { operation: "keeping leases", subject, seconds: timeout.as_secs() };
            // A lease that is renewed later than this is lost anyway.
            let result = tokio::time::timeout(timeout, bus.commit(writes, None)).await;
            Done::Tenure(Tenure { stream, rows, sent, result: result.unwrap_or(Err(late)), attending })
        }));
    }

    pub fn tended(&mut self, tenure: Tenure) {
        let Tenure { stream, rows, sent, result, attending } = tenure;
        if attending {
            self.units.attending.remove(&stream);
        }
        for (name, _) in &rows {
            if let Some(name) = name {
                self.units.work(&unit(&stream, name)).busy = false;
            }
        }
        match result {
            Ok(sequences) => self.keep(&stream, rows, &sequences, sent),
            Err(error) => tracing::debug!(%stream, %error, "leases could not be kept or taken now"),
        }
        self.count();
    }

    fn keep(&mut self, stream: &Stream, rows: Vec<(Option<String>, String)>, sequences: &[u64], sent: u64) {
        let me = self.config.holder.clone();
        for ((name, holder), &seq) in rows.into_iter().zip(sequences) {
            let mine = holder == me;
            let entry = Entry { holder, seq, seen: sent };
            let Some(name) = name else {
                self.units.registry(stream).member(&me, entry);
                continue;
            };
            let unit = unit(stream, &name);
            let held = self.units.registry(stream).of(&name).is_some_and(|entry| entry.holder == me);
            self.units.registry(stream).lease(&name, entry);
            let work = self.units.work(&unit);
            if mine && (!held || work.taken.is_none()) {
                (work.taken, work.established) = (Some((seq, sent)), false);
                tracing::info!(%stream, unit = name, "took a unit");
            } else if !mine {
                (work.taken, work.established) = (None, false);
                tracing::info!(%stream, unit = name, "handed over a unit");
            }
        }
    }

    /// The row that holds, renews or (with an empty holder) releases a lease, on condition that nobody else has.
    pub fn lease(&mut self, stream: &Stream, name: &str, holder: &str) -> (Option<String>, String, Write) {
        let expected = self.units.registry(stream).of(name).map_or(0, |entry| entry.seq);
        let work = self.units.work(&unit(stream, name));
        work.renewal += 1;
        let renewal = work.renewal;
        let key = Key::Lease { stream: stream.clone(), unit: name.to_owned() };
        let write = Write::new(key, self.row(holder, renewal)).expecting(expected);
        (Some(name.to_owned()), holder.to_owned(), write)
    }

    fn member(&mut self, stream: &Stream, holder: &str) -> (Option<String>, String, Write) {
        self.units.renewal += 1;
        let key = Key::Member { stream: stream.clone(), holder: self.config.holder.clone() };
        (None, holder.to_owned(), Write::new(key, self.row(holder, self.units.renewal)))
    }

    fn row(&self, holder: &str, renewal: u64) -> bytes::Bytes {
        let duration_ms = u32::try_from(self.timing.lease).unwrap_or(u32::MAX);
        wire::encode_lease(&wire::Lease { holder: holder.to_owned(), duration_ms, renewal })
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
            let mut writes = vec![self.member(&stream, "").2];
            writes.extend(names.iter().map(|name| self.lease(&stream, name, "").2));
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
