//! The documents of one region: what is written, what is to be looked at, what is on its way.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Digest;

use super::Name;
use super::documents::Document;

/// The trace context of what made a location dirty.
pub type Trace = Option<Arc<str>>;

#[derive(Debug, Default)]
pub struct Region {
    pub epoch: Option<u64>,
    /// As stored.
    pub documents: BTreeMap<Name, Document>,
    pub dirty: BTreeMap<Name, Trace>,
    /// What made a location dirty that waits for something to be known: what comes says nothing of it.
    pub causes: BTreeMap<Name, Arc<str>>,
    /// Of the last writes, until they are stored or rejected.
    pub sent: BTreeMap<Name, (Document, Trace)>,
    /// Releases whose blobs went with the last writes, and when.
    pub staged: BTreeMap<Digest, u64>,
    /// The epoch in which all of its documents have been written once.
    pub complete: Option<u64>,
}

/// What a stored document means for the one that should be there.
#[derive(Debug)]
pub struct Stored {
    /// Somebody else wrote it, and it is news.
    pub differs_from_sent: bool,
}

impl Region {
    pub fn set_document(&mut self, name: &Name, document: Option<Document>) -> Stored {
        let known = self.documents.get(name);
        let is_known = known == document.as_ref();
        let is_sent = self.sent.get(name).is_some_and(|(sent, _)| Some(sent) == document.as_ref());
        match document {
            // The rendered one is kept: it shares what is equal.
            Some(_) if is_sent => {
                let (sent, _) = self.sent.remove(name).expect("it was found just now");
                self.documents.insert(name.clone(), sent);
            }
            Some(_) if is_known => {}
            Some(document) => {
                self.documents.insert(name.clone(), document);
            }
            None => {
                self.documents.remove(name);
            }
        }
        Stored { differs_from_sent: !is_known && !is_sent }
    }

    /// What was sent is to be looked at again.
    pub fn rejected(&mut self) {
        for (name, (_, trace)) in std::mem::take(&mut self.sent) {
            self.dirty.entry(name).or_insert(trace);
        }
        self.staged.clear();
    }

    /// The epoch is not of the rows.
    pub fn reset(&mut self) {
        *self = Self { epoch: self.epoch, ..Self::default() };
    }
}
