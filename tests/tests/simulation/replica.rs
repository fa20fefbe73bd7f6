//! One process of a service: its view and the loop's own rules, over tables in memory, one small step at a time.
//!
//! The steps are as fine as a real process may be interrupted: rows arrive a few at a time, content and leases come
//! late, an acknowledgement may be lost, and the process may die between any two steps.

use std::collections::BTreeMap;

use bus::flow::rules::{self, Contents, Duty, Name, Progress};
use bus::flow::{Unit, View};
use bus::{Fence, Key, Row, Store, Stream, Write};
use bytes::Bytes;
use model::Digest;

use crate::tables::Tables;
use crate::waves::{self, Told};

/// How long a lease lasts.
pub const LEASE_MS: u64 = 3000;

/// Makes the view of a service that has just started, at this time by its own clock.
pub type Start = fn(u64) -> Box<dyn View>;

pub struct Replica {
    pub name: String,
    start: Start,
    /// What its clock shows is ahead of the truth, or behind it.
    skew_ms: i64,
    view: Box<dyn View>,
    followed: BTreeMap<Stream, Followed>,
    contents: Contents,
    /// What the replica believes of leases; the tables may know better.
    leases: BTreeMap<Unit, u64>,
    duties: BTreeMap<Unit, Duty>,
    /// What the rules of releases in waves are watched by.
    told: Told,
}

/// How far a stream has been read, and which one of its name.
#[derive(Default)]
struct Followed {
    created_ns: u64,
    progress: Progress,
}

/// What a step came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Wrote {
    /// The unit may not be written now.
    NotNow,
    /// There was nothing to write.
    Nothing,
    /// So many rows.
    Rows(usize),
    /// The lease was lost.
    Refused,
}

impl Replica {
    pub fn new(name: String, start: Start, now_ms: u64, skew_ms: i64) -> Self {
        let view = start(now_ms.saturating_add_signed(skew_ms));
        let (followed, contents, leases, duties, told) = Default::default();
        Self { name, start, skew_ms, view, followed, contents, leases, duties, told }
    }

    /// Dies and starts again, on a machine whose clock may be another: it knows nothing any more.
    pub fn restart(&mut self, now_ms: u64, skew_ms: i64) {
        *self = Self::new(self.name.clone(), self.start, now_ms, skew_ms);
    }

    /// The time of day as its machine has it. Within one life it goes on as the truth does, which the loop's clock sees to.
    fn wall(&self, now_ms: u64) -> u64 {
        now_ms.saturating_add_signed(self.skew_ms)
    }

    /// Time passes.
    pub fn tick(&mut self, now_ms: u64) {
        let wall = self.wall(now_ms);
        self.view.tick(wall);
    }

    /// A core message arrives.
    pub fn hear(&mut self, key: Key, payload: &[u8], now_ms: u64) {
        let wall = self.wall(now_ms);
        self.view.message(key, payload, wall);
    }

    pub fn view(&mut self) -> &mut dyn View {
        self.view.as_mut()
    }

    /// The units that it could write.
    pub fn units(&self) -> Vec<Unit> {
        self.view.units().into_iter().collect()
    }

    /// Creates the derived streams that the view needs, and raises the epoch for a new one of documents or blobs.
    pub fn ensure(&mut self, tables: &mut Tables) {
        for stream in self.view.ensures() {
            tables.ensure(&stream);
            if matches!(stream, Stream::Desired(_) | Stream::Blob) {
                raise_epoch(tables, &stream);
            }
        }
    }

    /// Takes in up to `count` rows of each followed stream that `chosen` accepts; whether anything came.
    pub fn read(
        &mut self,
        tables: &Tables,
        now_ms: u64,
        count: usize,
        mut chosen: impl FnMut(&Stream) -> bool,
    ) -> bool {
        let streams: Vec<_> = self.view.follows().into_iter().filter(|s| chosen(s)).collect();
        let mut came = false;
        for stream in streams {
            came |= self.read_stream(tables, &stream, now_ms, count);
        }
        self.contents.want(self.view.wants());
        came
    }

    fn read_stream(&mut self, tables: &Tables, stream: &Stream, now_ms: u64, count: usize) -> bool {
        let Some(created_ns) = tables.born(stream) else {
            self.followed.get_mut(stream).into_iter().for_each(|followed| followed.progress.miss());
            return false;
        };
        self.begin(stream, created_ns);
        self.progress(stream).ends_at(tables.last_seq(stream), now_ms);
        let came = (0..count).take_while(|_| self.read_row(tables, stream)).count() > 0;
        let progress = self.progress(stream);
        if tables.after(stream, progress.folded()).is_none() {
            progress.catch_up();
        }
        came
    }

    fn progress(&mut self, stream: &Stream) -> &mut Progress {
        &mut self.followed.get_mut(stream).expect("begun before it is read").progress
    }

    /// A stream that is new to it, or that was made anew.
    fn begin(&mut self, stream: &Stream, created_ns: u64) {
        let known = self.followed.get(stream);
        if known.is_some_and(|followed| followed.created_ns == created_ns) {
            return;
        }
        if known.is_some() {
            self.view.reset(stream);
            self.leases.retain(|unit, _| unit.stream != *stream);
            let lost = self.duties.iter_mut().filter(|(unit, _)| unit.stream == *stream);
            lost.for_each(|(_, duty)| duty.forget());
        }
        self.view.born(stream, created_ns);
        let followed = self.followed.entry(stream.clone()).or_default();
        followed.created_ns = created_ns;
        followed.progress.begin();
    }

    fn read_row(&mut self, tables: &Tables, stream: &Stream) -> bool {
        let position = self.progress(stream).folded();
        let Some((row, batch_end)) = tables.after(stream, position) else { return false };
        let whole = row.seq == batch_end || tables.after(stream, row.seq).is_none();
        let fresh = self.progress(stream).take(&row, whole);
        self.note(&row);
        if fresh {
            self.told.read(&row);
            self.view.fold(row);
        }
        true
    }

    /// Rows about rows.
    fn note(&mut self, row: &Row) {
        let value = row.value.as_deref().unwrap_or_default();
        match &row.key {
            Key::Lease { stream, unit } => {
                let lease = wire::decode_lease(value).expect("only replicas write it");
                let unit = Unit { stream: stream.clone(), name: unit.clone() };
                if lease.holder != self.name {
                    self.lose(&unit);
                }
            }
            Key::Complete { stream, unit } => {
                let complete = wire::decode_complete(value).expect("only replicas write it");
                let unit = Unit { stream: stream.clone(), name: unit.clone() };
                self.duties.entry(unit).or_default().complete(Some(complete));
            }
            Key::Epoch => self.contents.forget(),
            _ => {}
        }
    }

    fn lose(&mut self, unit: &Unit) {
        self.leases.remove(unit);
        self.duties.get_mut(unit).into_iter().for_each(Duty::lose);
    }

    /// Whether a core message of this kind reaches it.
    pub fn listens_to(&self, key: &Key) -> bool {
        let subject = key.subject();
        self.view.subscriptions().iter().any(|pattern| matches(pattern, &subject))
    }

    /// Whether it holds the lease of `unit` as the table has it.
    pub fn holds(&self, tables: &Tables, unit: &Unit) -> bool {
        tables.get(&lease_key(unit)).is_some_and(|row| self.leases.get(unit) == Some(&row.seq))
    }

    /// Answers one want, if there is any; content that is missing is missing for now only.
    pub fn fetch(&mut self, tables: &Tables) -> bool {
        self.contents.want(self.view.wants());
        let Some((store, digest)) = self.contents.begin() else { return false };
        self.contents.fetched((store, digest));
        self.view.content(store, digest, tables.content(store, digest));
        true
    }

    /// Takes the lease of `unit` away from whoever had it, as after a silence that only this replica saw.
    pub fn take_lease(&mut self, tables: &mut Tables, unit: &Unit, now_ms: u64) {
        let key = lease_key(unit);
        let before = tables.get(&key).map_or(0, |row| row.seq);
        let lease = wire::Lease {
            holder: self.name.clone(),
            duration_ms: u32::try_from(LEASE_MS).expect("it is short"),
            renewal: before,
        };
        let write = Write::new(key, wire::encode_lease(&lease)).expecting(before);
        if let Ok(rows) = tables.commit(&[write], None) {
            let held = self.leases.insert(unit.clone(), rows[0].seq) == Some(before);
            let duty = self.duties.entry(unit.clone()).or_default();
            if !held || !duty.is_taken() {
                duty.take(rows[0].seq, now_ms);
            }
        }
    }

    /// Writes what `unit` lacks. With `ack` false the replica dies before it hears of its success.
    pub fn write(&mut self, tables: &mut Tables, unit: &Unit, now_ms: u64, ack: bool) -> Wrote {
        let Some(&lease) = self.leases.get(unit).filter(|_| self.settled()) else { return Wrote::NotNow };
        let wall = self.wall(now_ms);
        let duty = self.duties.entry(unit.clone()).or_default();
        if !duty.may_write(unit, |stream| Some(&self.followed.get(stream)?.progress)) {
            return Wrote::NotNow;
        }
        let batch = self.view.writes(unit, 1000, wall);
        let complete =
            rules::complete(&*self.view, unit, |stream| Some(&self.followed.get(stream)?.progress));
        self.contents.want(self.view.wants());
        let complete = duty.mark(&batch, complete, self.contents.is_idle(), now_ms);
        if batch.rows.is_empty() && batch.contents.is_empty() && complete.is_none() {
            return Wrote::Nothing;
        }
        self.store(tables, batch.contents, now_ms);
        let (count, mut writes) = (batch.rows.len(), batch.rows);
        writes.extend(complete.as_ref().map(|complete| complete_row(unit, complete)));
        let fence = Fence { key: lease_key(unit), seq: lease };
        let judged = waves::judge(&self.told, unit, tables, &writes);
        let Ok(rows) = tables.commit(&writes, Some(&fence)) else { return self.refused(unit) };
        judged.unwrap_or_else(|wrong| panic!("{} has stored what it may not: {wrong}", self.name));
        match ack {
            true => self.stored(unit, &rows[..count], complete, now_ms),
            false => self.restart(now_ms, self.skew_ms),
        }
        Wrote::Rows(count)
    }

    /// Whether everything is read to its end, and nothing stands in the middle of a batch.
    fn settled(&self) -> bool {
        let settled = |progress: &Progress| progress.is_caught_up() && progress.is_whole();
        let follows = self.view.follows();
        follows.iter().all(|stream| self.followed.get(stream).is_some_and(|f| settled(&f.progress)))
    }

    fn store(&mut self, tables: &mut Tables, contents: Vec<(Store, Digest, Bytes)>, now_ms: u64) {
        let generation = self.contents.generation();
        let holds = self.view.content_holds_ms();
        let unknown = self.contents.unknown(contents, now_ms, holds);
        let names: Vec<Name> = unknown.iter().map(|(store, digest, _)| (*store, *digest)).collect();
        for (store, digest, bytes) in unknown {
            tables.put_content(store, digest, bytes);
        }
        self.contents.stored(names, generation, now_ms, holds);
    }

    fn stored(&mut self, unit: &Unit, rows: &[Row], complete: Option<wire::Complete>, now_ms: u64) {
        self.duties.entry(unit.clone()).or_default().stored(!rows.is_empty(), complete, now_ms);
        if let Some(followed) = self.followed.get_mut(&unit.stream) {
            rows.iter().for_each(|row| followed.progress.stored(&row.key, row.seq));
        }
        self.view.committed(unit, rows);
        self.told.behind.remove(unit);
    }

    fn refused(&mut self, unit: &Unit) -> Wrote {
        self.view.rejected(unit);
        self.told.behind.insert(unit.clone());
        self.duties.entry(unit.clone()).or_default().failed();
        self.lose(unit);
        Wrote::Refused
    }
}

fn complete_row(unit: &Unit, complete: &wire::Complete) -> Write {
    let key = Key::Complete { stream: unit.stream.clone(), unit: unit.name.clone() };
    Write::new(key, wire::encode_complete(complete))
}

fn lease_key(unit: &Unit) -> Key {
    Key::Lease { stream: unit.stream.clone(), unit: unit.name.clone() }
}

/// NATS subjects: `*` stands for one token, `>` for the rest.
fn matches(pattern: &str, subject: &str) -> bool {
    let (mut pattern, mut subject) = (pattern.split('.'), subject.split('.'));
    loop {
        match (pattern.next(), subject.next()) {
            (Some(">"), Some(_)) | (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(expected), Some(token)) if expected == token => {}
            _ => return false,
        }
    }
}

/// Records the birth of a stream of documents or blobs under a higher epoch, by compare-and-set.
fn raise_epoch(tables: &mut Tables, stream: &Stream) {
    let (Some(born), Some(row)) = (tables.born(stream), tables.get(&Key::Epoch).cloned()) else { return };
    let mut epoch =
        wire::decode_epoch(row.value.as_deref().unwrap_or_default()).expect("only replicas write it");
    if epoch.streams.get(&stream.name()).is_some_and(|birth| birth.create_time_ns == born) {
        return;
    }
    epoch.epoch += 1;
    let birth = wire::StreamBirth { epoch: epoch.epoch, create_time_ns: born };
    epoch.streams.insert(stream.name(), birth);
    let write = Write::new(Key::Epoch, wire::encode_epoch(&epoch)).expecting(row.seq);
    tables.commit(&[write], None).expect("nothing came between");
}
