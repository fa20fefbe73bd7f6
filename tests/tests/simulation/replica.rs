//! One process of a service: its view, and the loop's rules around it, one small step at a time.
//!
//! The steps are as fine as a real process may be interrupted: rows arrive a few at a time, content and leases come
//! late, an acknowledgement may be lost, and the process may die between any two steps.

use std::collections::{BTreeMap, BTreeSet};

use bus::flow::{Unit, View};
use bus::{Fence, Key, Store, Stream, Write};
use model::Digest;

use crate::tables::{Refused, Tables};

/// Makes the view of a service that has just started.
pub type Start = fn() -> Box<dyn View>;

pub struct Replica {
    pub name: String,
    start: Start,
    view: Box<dyn View>,
    followed: BTreeMap<Stream, Followed>,
    wanted: Vec<(Store, Digest)>,
    /// What the replica believes of leases; the tables may know better.
    leases: BTreeMap<Unit, u64>,
    /// What the last mark of completeness of a unit said.
    completes: BTreeMap<Unit, wire::Complete>,
}

/// How far a stream has been read.
#[derive(Default)]
struct Followed {
    created_ns: u64,
    position: u64,
    batch_end: u64,
    /// The last sequence of a row that is not about rows.
    data: u64,
    caught_up: bool,
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
    pub fn new(name: String, start: Start) -> Self {
        let view = start();
        let (followed, leases, completes) = Default::default();
        Self { name, start, view, followed, wanted: Vec::new(), leases, completes }
    }

    /// Dies and starts again: it knows nothing any more.
    pub fn restart(&mut self) {
        *self = Self::new(self.name.clone(), self.start);
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
    pub fn read(&mut self, tables: &Tables, count: usize, mut chosen: impl FnMut(&Stream) -> bool) -> bool {
        let streams: Vec<_> = self.view.follows().into_iter().filter(|s| chosen(s)).collect();
        let mut came = false;
        for stream in streams {
            came |= self.read_stream(tables, &stream, count);
        }
        self.wanted.extend(self.view.wants());
        came
    }

    fn read_stream(&mut self, tables: &Tables, stream: &Stream, count: usize) -> bool {
        let Some(created_ns) = tables.born(stream) else { return false };
        self.begin(stream, created_ns);
        let came = (0..count).take_while(|_| self.read_row(tables, stream)).count() > 0;
        let followed = self.followed.get_mut(stream).expect("begun above");
        followed.caught_up |=
            followed.position >= tables.last_seq(stream) || tables.after(stream, followed.position).is_none();
        came
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
            self.completes.retain(|unit, _| unit.stream != *stream);
        }
        self.view.born(stream, created_ns);
        self.followed.insert(stream.clone(), Followed { created_ns, ..Followed::default() });
    }

    fn read_row(&mut self, tables: &Tables, stream: &Stream) -> bool {
        let followed = self.followed.get_mut(stream).expect("begun before it is read");
        let Some((row, batch_end)) = tables.after(stream, followed.position) else { return false };
        followed.position = row.seq;
        followed.batch_end = batch_end;
        match &row.key {
            Key::Lease { .. } | Key::Member { .. } => {}
            Key::Complete { stream, unit } => {
                let unit = Unit { stream: stream.clone(), name: unit.clone() };
                let complete = wire::decode_complete(row.value.as_deref().unwrap_or_default());
                self.completes.insert(unit, complete.expect("only replicas write it"));
            }
            _ => followed.data = row.seq,
        }
        self.view.fold(row);
        true
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
        self.wanted.extend(self.view.wants());
        let Some((store, digest)) = self.wanted.pop() else { return false };
        self.view.content(store, digest, tables.content(store, digest));
        true
    }

    /// Takes the lease of `unit` away from whoever had it, as after a silence that only this replica saw.
    pub fn take_lease(&mut self, tables: &mut Tables, unit: &Unit) {
        let key = lease_key(unit);
        let before = tables.get(&key).map_or(0, |row| row.seq);
        let lease = wire::Lease { holder: self.name.clone(), duration_ms: 3000, renewal: before };
        let write = Write::new(key, wire::encode_lease(&lease)).expecting(before);
        if let Ok(rows) = tables.commit(&[write], None) {
            self.leases.insert(unit.clone(), rows[0].seq);
        }
    }

    /// Writes what `unit` lacks. With `ack` false the replica dies before it hears of its success.
    pub fn write(&mut self, tables: &mut Tables, unit: &Unit, now_ms: u64, ack: bool) -> Wrote {
        let Some(&lease) = self.leases.get(unit).filter(|_| self.may_write(tables, unit)) else {
            return Wrote::NotNow;
        };
        let batch = self.view.writes(unit, 1000, now_ms);
        self.wanted.extend(self.view.wants());
        for (store, digest, bytes) in batch.contents {
            tables.put_content(store, digest, bytes);
        }
        let mut rows = batch.rows;
        let count = rows.len();
        rows.extend(self.complete(unit, count > 0));
        if rows.is_empty() {
            return Wrote::Nothing;
        }
        let fence = Fence { key: lease_key(unit), seq: lease };
        self.conclude(unit, tables.commit(&rows, Some(&fence)), count, ack)
    }

    fn conclude(
        &mut self,
        unit: &Unit,
        done: Result<Vec<bus::Row>, Refused>,
        count: usize,
        ack: bool,
    ) -> Wrote {
        match done {
            Ok(_) if !ack => self.restart(),
            Ok(rows) => self.view.committed(unit, &rows),
            Err(_) => {
                self.view.rejected(unit);
                self.leases.remove(unit);
                return Wrote::Refused;
            }
        }
        Wrote::Rows(count)
    }

    fn may_write(&self, tables: &Tables, unit: &Unit) -> bool {
        let complete = self.view.follows().iter().all(|s| self.followed.get(s).is_some_and(|f| f.caught_up));
        let mid_batch = self
            .followed
            .iter()
            .any(|(s, f)| tables.after(s, f.position).is_some_and(|(row, _)| row.seq <= f.batch_end));
        let output = self.followed.get(&unit.stream).map_or(0, |f| f.position);
        complete
            && !mid_batch
            && self.leases.get(unit).is_some_and(|&seq| output >= seq)
            && self.as_far_as_before(unit)
    }

    /// Whether its inputs are folded as far as an earlier holder of the unit had them.
    fn as_far_as_before(&self, unit: &Unit) -> bool {
        let watermark = self.completes.get(unit).map(|complete| &complete.watermark);
        watermark.into_iter().flatten().all(|(name, seq)| {
            self.followed
                .iter()
                .find(|(stream, _)| stream.name() == *name)
                .is_none_or(|(_, f)| f.data >= *seq)
        })
    }

    /// The unit's mark of completeness, if it tells anything new.
    fn complete(&self, unit: &Unit, rows: bool) -> Option<Write> {
        let watched: BTreeSet<Stream> = self.view.watermarks();
        let data = |s: &Stream| self.followed.get(s).map_or(0, |f| f.data);
        let watermark = watched.iter().map(|s| (s.name(), data(s))).collect();
        let complete = wire::Complete { epoch: self.view.epoch(unit), watermark, layout: self.view.layout() };
        let known = self.completes.get(unit);
        let key = Key::Complete { stream: unit.stream.clone(), unit: unit.name.clone() };
        (rows || known != Some(&complete)).then(|| Write::new(key, wire::encode_complete(&complete)))
    }
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
