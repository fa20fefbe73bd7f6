//! The resources of one kind, and then every change.
//!
//! A watcher remembers up to which sequence it has been told, and what it has been told of. A slow one misses states in
//! between, never the newest: changes are kept by key, not in a queue. When a table has to be read again from its
//! beginning, its sequences may mean something else: the watch ends with `UNAVAILABLE`, and the caller begins again.

use std::collections::BTreeSet;

use bus::Stream;
use tokio::sync::mpsc;
use tonic::Status;
use wire::{
    Key,
    api::{self, watch_response::Event},
};

use crate::{
    declared::{Row, message},
    error::Error,
    filter::Filter,
    names,
    state::{Shared, State},
};

/// Changes found at one look: the state's lock is not held for longer.
const BATCH: usize = 500;

/// What a watcher has been told.
struct Watcher {
    filter: Filter,
    /// The reading of the tables that the sequences are from.
    reading: u64,
    /// Sequences of intent and locations.
    told: [(Stream, u64); 2],
    shown: BTreeSet<Key>,
}

/// Keys that have changed, with their rows; none: deleted.
type Changes = Vec<(Key, Option<Row>)>;

pub(crate) type Answers = mpsc::Receiver<Result<api::WatchResponse, Status>>;

pub(crate) fn watch(shared: &Shared, request: api::WatchRequest) -> Result<Answers, Error> {
    let filter = Filter::new(request.space, request.group, request.kind, &request.label_selector)?;
    let reading = shared.read(State::reading)?;
    let (sender, receiver) = mpsc::channel(BATCH);
    let told = [(Stream::Intent, 0), (Stream::Locations, 0)];
    let watcher = Watcher { filter, reading, told, shown: BTreeSet::new() };
    tokio::spawn(run(shared.clone(), watcher, sender));
    Ok(receiver)
}

/// Ends when the caller has gone.
async fn run(shared: Shared, mut watcher: Watcher, sender: mpsc::Sender<Result<api::WatchResponse, Status>>) {
    let mut moves = shared.moves();
    let mut caught_up = false;
    loop {
        moves.borrow_and_update();
        let (changes, more) = match shared.read(|state| watcher.look(state)).flatten() {
            Ok(found) => found,
            Err(error) => {
                sender.send(Err(error.into())).await.ok();
                return;
            }
        };
        let mut events: Vec<Event> =
            changes.into_iter().filter_map(|(key, row)| watcher.event(key, row)).collect();
        if !more && !caught_up {
            caught_up = true;
            events.push(Event::CaughtUp(true));
        }
        for event in events {
            if sender.send(Ok(api::WatchResponse { event: Some(event) })).await.is_err() {
                return;
            }
        }
        if more {
            continue;
        }
        tokio::select! {
            changed = moves.changed() => if changed.is_err() { return },
            () = sender.closed() => return,
        }
    }
}

impl Watcher {
    /// Some of what has changed, and whether there is more.
    fn look(&mut self, state: &State) -> Result<(Changes, bool), Error> {
        if state.reading() != self.reading {
            return Err(Error::Unavailable(
                "the tables were read again from their beginning, and changes may have been missed; watch again"
                    .to_owned(),
            ));
        }
        let mut changes = Vec::new();
        let mut looked = 0;
        for (stream, told) in &mut self.told {
            let from = *told;
            for (seq, key) in state.declared.changes(stream, from).take(BATCH - looked) {
                *told = seq;
                looked += 1;
                if self.filter.takes_key(key) {
                    changes.push((key.clone(), state.declared.get(key).cloned()));
                }
            }
        }
        Ok((changes, looked == BATCH))
    }

    fn event(&mut self, key: Key, row: Option<Row>) -> Option<Event> {
        let message = row.as_ref().and_then(message).filter(|message| self.filter.takes(message));
        match message {
            Some(message) => {
                self.shown.insert(key);
                Some(Event::Changed(message))
            }
            None if self.shown.remove(&key) => {
                names::resource(&key).as_ref().map(wire::resource_key_message).map(Event::Deleted)
            }
            None => None,
        }
    }
}
