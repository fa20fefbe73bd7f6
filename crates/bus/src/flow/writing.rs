//! Batches of rows: when a unit may be written, what goes into its batch, and what its answer means.

use std::time::Duration;

use bytes::Bytes;
use model::Digest;

use super::engine::{Done, Engine};
use super::lease::Entry;
use super::stats::add;
use super::{Unit, rules, transfer};
use crate::backoff::Backoff;
use crate::{Bus, Cause, Error, Fence, Key, Row, Store, Write};

/// Rows that a view may give at once; the mark of completeness and the lease come on top.
const LIMIT: usize = 990;

/// Milliseconds for which units are asked before everything else has its turn: a fraction of a lease.
const TURN: u64 = 200;

/// After a rejection the row that won is already on its way.
const REJECTED: Duration = Duration::from_millis(100);
/// After a failure that may pass: at first as long as a leader's election or a burst takes, at most as long as somebody who has
/// made room should have to wait. Meanwhile newer values replace older ones.
const FAILED: std::ops::Range<Duration> = Duration::from_millis(200)..Duration::from_secs(5);

/// A batch that has been answered.
#[derive(Debug)]
pub(super) struct Written {
    unit: Unit,
    /// The view's own rows come first.
    writes: Vec<Write>,
    rows: usize,
    complete: Option<wire::Complete>,
    /// The position of the renewal of the lease.
    renewal: Option<usize>,
    stored: Vec<(Store, Digest)>,
    /// See [`rules::Contents::generation`].
    generation: u64,
    sent: u64,
    result: Result<Vec<u64>, Error>,
}

impl Engine {
    /// Asks the view for the rows of each unit that may be written now, of as many as there is time for; whether to ask again
    /// without waiting for anything. Leases are renewed between turns, so that no turn may take long.
    pub fn write(&mut self) -> bool {
        let session = *self.bus.session().borrow();
        if !session.up || !self.inputs.compared(session.number) || !self.inputs.whole() {
            return false;
        }
        let (begun, mut again) = (self.clock.now(), false);
        for unit in self.units.in_turn(self.view.units()) {
            let Some(fence) = self.may_write(&unit) else { continue };
            if self.clock.now().saturating_sub(begun) >= TURN {
                return true;
            }
            self.units.asked = Some(unit.clone());
            again |= self.write_unit(unit, fence);
        }
        again
    }

    /// The fence of a unit that is held here, idle, and whose former holder's rows have been folded.
    fn may_write(&mut self, unit: &Unit) -> Option<Fence> {
        let now = self.clock.now();
        let me = &self.config.holder;
        let work = self.units.work.get_mut(unit).filter(|work| !work.busy && now >= work.retry_at)?;
        let registry = self.units.registries.get(&unit.stream)?;
        let entry = registry.held(&unit.name, me, now, self.timing)?;
        let key = Key::Lease { stream: unit.stream.clone(), unit: unit.name.clone() };
        let fence = Fence { key, seq: entry.seq };
        work.duty.may_write(unit, |stream| self.inputs.progress(stream)).then_some(fence)
    }

    /// Whether there is more to be asked for, although nothing is on the way whose end would be a reason.
    fn write_unit(&mut self, unit: Unit, fence: Fence) -> bool {
        let now = self.clock.now();
        let batch = self.view.writes(&unit, LIMIT, self.clock.wall());
        let complete = rules::complete(&*self.view, &unit, |stream| self.inputs.progress(stream));
        // What the view lacks for these rows is on the way, too.
        self.contents.want(self.view.wants());
        let idle = self.contents.is_idle();
        let duty = &self.units.work(&unit).duty;
        let single = duty.goes_alone(&batch, now);
        let complete = duty.mark(&batch, complete, idle, now);
        if batch.rows.is_empty() && batch.contents.is_empty() && complete.is_none() {
            return batch.again;
        }
        let contents = self.contents.unknown(batch.contents, now, self.view.content_holds_ms());
        let rows = batch.rows.len();
        let mut writes = batch.rows;
        if let Some(complete) = &complete {
            let key = Key::Complete { stream: unit.stream.clone(), unit: unit.name.clone() };
            writes.push(Write::new(key, wire::encode_complete(complete)));
        }
        let renewal = self.renewal(&unit, &mut writes, single, now);
        self.units.work(&unit).busy = true;
        let stored = contents.iter().map(|(store, digest, _)| (*store, *digest)).collect();
        let written = Written {
            unit,
            writes,
            rows,
            complete,
            renewal,
            stored,
            generation: self.contents.generation(),
            sent: now,
            result: Ok(Vec::new()),
        };
        self.doing.push(Box::pin(store(self.bus.clone(), contents, fence, written)));
        false
    }

    /// Renews the lease with the batch when that is due soon (renewals wait for batches on the way), or when only an
    /// unconditional row can carry the fence and there is none.
    fn renewal(&mut self, unit: &Unit, writes: &mut Vec<Write>, single: bool, now: u64) -> Option<usize> {
        let seen = self.units.registry(&unit.stream).of(&unit.name).map_or(0, |entry| entry.seen);
        let due = now.saturating_sub(seen) >= if single { self.timing.renew } else { self.timing.renew / 2 };
        let carrier = writes.iter().all(|write| write.expected.is_some()) && !writes.is_empty();
        (due && !writes.is_empty() || carrier).then(|| {
            let me = self.config.holder.clone();
            let lease = self.lease(&unit.stream, &unit.name, me);
            // The fence is its condition.
            writes.push(Write { expected: None, ..lease });
            writes.len() - 1
        })
    }

    pub fn written(&mut self, mut written: Written) {
        let now = self.clock.now();
        let work = self.units.work(&written.unit);
        work.busy = false;
        match std::mem::replace(&mut written.result, Ok(Vec::new())) {
            Ok(sequences) => self.stored(written, &sequences, now),
            Err(error) => {
                work.retry_at = now + pause(&error, &mut work.backoff);
                work.duty.failed();
                self.failed(&written.unit, &error);
            }
        }
    }

    fn stored(&mut self, written: Written, sequences: &[u64], now: u64) {
        let Written { unit, writes, rows, complete, renewal, stored, generation, sent, .. } = written;
        add(&self.hooks.stats.contents_stored, stored.len());
        self.contents.stored(stored, generation, sent, self.view.content_holds_ms());
        if let Some(&seq) = renewal.and_then(|index| sequences.get(index)) {
            let entry = Entry { holder: self.config.holder.clone(), seq, seen: sent };
            self.units.registry(&unit.stream).lease(&unit.name, entry);
        }
        let work = self.units.work(&unit);
        work.backoff.succeeded();
        work.duty.stored(rows > 0, complete, now);
        let pairs = writes.into_iter().zip(sequences).take(rows);
        let rows: Vec<Row> = pairs
            .map(|(write, &seq)| Row { key: write.key, value: Some(write.value), seq, trace: write.trace })
            .collect();
        if let Some(input) = self.inputs.get_mut(&unit.stream) {
            rows.iter().for_each(|row| input.stored(&row.key, row.seq));
        }
        add(&self.hooks.stats.batches, usize::from(!sequences.is_empty()));
        add(&self.hooks.stats.rows_written, rows.len());
        self.view.committed(&unit, &rows);
    }

    fn failed(&mut self, unit: &Unit, error: &Error) {
        self.hooks.stats.not_stored.add(Cause::of(error));
        match error {
            Error::Conflict { .. } | Error::Fenced { .. } => {
                tracing::info!(stream = %unit.stream, unit = unit.name, %error, "a batch was rejected");
            }
            _ if error.is_transient() => {
                tracing::info!(stream = %unit.stream, unit = unit.name, %error, "a batch failed; trying again");
            }
            _ => {
                tracing::error!(stream = %unit.stream, unit = unit.name, %error, "a batch cannot be stored");
            }
        }
        self.view.rejected(unit);
    }
}

/// Milliseconds until the unit is tried again.
fn pause(error: &Error, backoff: &mut Backoff) -> u64 {
    let pause = match error {
        Error::Conflict { .. } | Error::Fenced { .. } => REJECTED,
        _ if error.is_transient() => backoff.failed(FAILED.start, FAILED.end),
        _ => FAILED.end,
    };
    u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)
}

async fn store(bus: Bus, contents: Vec<(Store, Digest, Bytes)>, fence: Fence, mut written: Written) -> Done {
    written.result = match transfer::store(&bus, contents).await {
        Ok(()) if written.writes.is_empty() => Ok(Vec::new()),
        Ok(()) => bus.commit(written.writes.clone(), Some(fence)).await,
        Err(error) => Err(error),
    };
    Done::Written(written)
}
