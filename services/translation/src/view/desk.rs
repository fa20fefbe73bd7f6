//! What the collector asks, answered by the replica that collects: the one that holds the first region's lease, while
//! everything is read to its end.

use std::collections::{BTreeMap, BTreeSet};

use bus::{Key, Stream};
use model::Digest;
use tokio::sync::{mpsc, oneshot};
use translation::{Blob, Named, Unknown};

use super::View;

/// Something that only the view knows. Whoever does not collect lets it wait.
#[derive(Debug)]
pub enum Question {
    /// Whether this replica collects now.
    Turn(oneshot::Sender<()>),
    /// What is named, once each stream of documents has been read up to the sequence that it had come to.
    Named { ends: BTreeMap<Stream, u64>, answer: oneshot::Sender<Answer> },
    /// The content of those of `lost` that can be made.
    Remake { lost: BTreeSet<Digest>, answer: oneshot::Sender<Vec<Blob>> },
}

/// What is named.
#[derive(Debug)]
pub struct Answer {
    pub named: Result<Named, Unknown>,
    /// Streams of documents that nobody follows, as no location and no region of that name is declared.
    pub stray: BTreeSet<Stream>,
}

/// The questions, and what is remembered in order to answer.
#[derive(Debug, Default)]
pub struct Desk {
    /// `None`: nobody asks.
    questions: Option<mpsc::Receiver<Question>>,
    /// Taken, and not to be answered yet.
    open: Option<Question>,
    /// By region, how far its documents have been read.
    read_to: BTreeMap<String, u64>,
    /// Documents that cannot be decoded: what they name is not known.
    unreadable: BTreeSet<Key>,
}

impl Desk {
    pub fn of(questions: mpsc::Receiver<Question>) -> Self {
        Self { questions: Some(questions), ..Self::default() }
    }

    /// A row was told; leases and marks are among them.
    pub fn see(&mut self, key: &Key, seq: u64) {
        let region = match key {
            Key::Desired { region, .. } => region,
            Key::Lease { stream: Stream::Desired(region), .. }
            | Key::Member { stream: Stream::Desired(region), .. }
            | Key::Complete { stream: Stream::Desired(region), .. } => region,
            _ => return,
        };
        match self.read_to.get_mut(region) {
            Some(read_to) => *read_to = seq.max(*read_to),
            None => drop(self.read_to.insert(region.clone(), seq)),
        }
    }

    /// Whether the row of `key` could be decoded.
    pub fn read(&mut self, key: &Key, decoded: bool) {
        if !decoded && matches!(key, Key::Desired { .. }) {
            self.unreadable.insert(key.clone());
        } else if !self.unreadable.is_empty() {
            self.unreadable.remove(key);
        }
    }

    /// The region's documents are read again.
    pub fn forget(&mut self, region: &str) {
        self.read_to.remove(region);
        self.unreadable.retain(|key| !matches!(key, Key::Desired { region: of, .. } if of == region));
    }

    /// The question that waits, unless its asker has given up.
    fn next(&mut self) -> Option<Question> {
        let is_awaited = |question: &Question| match question {
            Question::Turn(answer) => !answer.is_closed(),
            Question::Named { answer, .. } => !answer.is_closed(),
            Question::Remake { answer, .. } => !answer.is_closed(),
        };
        if let Some(open) = self.open.take().filter(is_awaited) {
            return Some(open);
        }
        let questions = self.questions.as_mut()?;
        std::iter::from_fn(|| questions.try_recv().ok()).find(is_awaited)
    }
}

impl View {
    /// Answers the question that waits, if it can be answered now. Whoever asked may have given up in this moment.
    pub(super) fn answer(&mut self) {
        match self.desk.next() {
            Some(Question::Turn(answer)) => _ = answer.send(()),
            Some(Question::Remake { lost, answer }) => _ = answer.send(self.domain.remake(&lost)),
            Some(Question::Named { ends, answer }) if self.has_read(&ends) => {
                _ = answer.send(self.named(&ends));
            }
            open => self.desk.open = open,
        }
    }

    /// Whether the documents of all regions that are followed have been read as far.
    fn has_read(&self, ends: &BTreeMap<Stream, u64>) -> bool {
        let read_to = |region: &String| self.desk.read_to.get(region).copied().unwrap_or_default();
        let end = |region: &String| ends.get(&Stream::Desired(region.clone())).copied().unwrap_or_default();
        self.regions.iter().all(|region| read_to(region) >= end(region))
    }

    fn named(&self, ends: &BTreeMap<Stream, u64>) -> Answer {
        let documents: BTreeSet<Stream> = self.documents().collect();
        let gone = documents.iter().find(|stream| !ends.contains_key(stream));
        let unreadable = self.desk.unreadable.first().and_then(Key::stream);
        let named = match gone.cloned().or(unreadable) {
            Some(Stream::Desired(region)) => Err(Unknown { region }),
            _ => self.domain.named(self.regions.iter().map(String::as_str)),
        };
        let stray = ends.keys().filter(|stream| !documents.contains(stream)).cloned().collect();
        Answer { named, stray }
    }
}
