//! Pages of resources of one kind.
//!
//! The rows are looked at in chunks, and decoded while nobody waits for the state: a list of a million locations takes
//! seconds, in which the tables go on. So a list is no snapshot. It is sorted by key, and a page goes on after the last
//! key of the page before: what is there all the time is told exactly once, whatever comes and goes meanwhile.

use std::ops::Bound;

use prost::Message as _;
use wire::{Key, api};

use crate::{
    declared::{Row, message},
    error::Error,
    filter::Filter,
    page,
    state::{Shared, State},
};

/// Rows looked at in one go: a millisecond.
const CHUNK: usize = 2000;

pub(crate) async fn list(shared: &Shared, request: api::ListRequest) -> Result<api::ListResponse, Error> {
    let size = page::size(request.page_size)?;
    let after = page::after(&request.page_token)?;
    let filter = Filter::new(request.space, request.group, request.kind, &request.label_selector)?;
    let shared = shared.clone();
    let listed = move || Listing::new(after, size).read(&shared, &filter);
    tokio::task::spawn_blocking(listed).await.map_err(|error| Error::Internal(format!("listing: {error}")))?
}

/// A page in the making.
#[derive(Debug)]
struct Listing {
    after: Option<Key>,
    size: usize,
    bytes: usize,
    /// The last key on the page.
    last: Option<Key>,
    answer: api::ListResponse,
}

impl Listing {
    fn new(after: Option<Key>, size: usize) -> Self {
        Self { after, size, bytes: 0, last: None, answer: api::ListResponse::default() }
    }

    fn read(mut self, shared: &Shared, filter: &Filter) -> Result<api::ListResponse, Error> {
        let mut from = Some(filter.first());
        while let Some(first) = from {
            let rows;
            (rows, from) = shared.read(|state| chunk(state, filter, first))?;
            rows.into_iter().for_each(|(key, row)| self.take(filter, key, &row));
        }
        Ok(self.answer)
    }

    fn take(&mut self, filter: &Filter, key: Key, row: &Row) {
        let before = self.after.as_ref().is_some_and(|after| key <= *after);
        let counted = before || !self.answer.next_page_token.is_empty();
        if counted && !filter.needs_labels() {
            self.answer.total_size += 1;
            return;
        }
        let Some(message) = message(row).filter(|message| filter.takes(message)) else { return };
        self.answer.total_size += 1;
        if !counted {
            self.show(key, message);
        }
    }

    fn show(&mut self, key: Key, message: api::Resource) {
        self.bytes += message.encoded_len();
        let full = self.answer.resources.len() >= self.size || self.bytes > page::MAX_BYTES;
        match &self.last {
            Some(last) if full => self.answer.next_page_token = page::token(last),
            _ => {
                self.answer.resources.push(message);
                self.last = Some(key);
            }
        }
    }
}

/// Some rows that the filter may take, and where the next ones begin; `None`: these were the last.
type Chunk = (Vec<(Key, Row)>, Option<Bound<Key>>);

fn chunk(state: &State, filter: &Filter, first: Bound<Key>) -> Chunk {
    let mut rows = Vec::new();
    let mut looked = 0;
    for (key, row) in state.declared.range(first.as_ref()) {
        if filter.is_past(key) {
            return (rows, None);
        }
        if filter.takes_key(key) {
            rows.push((key.clone(), row.clone()));
        }
        looked += 1;
        if looked == CHUNK {
            return (rows, Some(Bound::Excluded(key.clone())));
        }
    }
    (rows, None)
}
