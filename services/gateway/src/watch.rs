//! The resources of one kind, and then every change.
//!
//! A watcher remembers up to which sequence it has been told, and what it has been told of. A slow one misses states in
//! between, never the newest: changes are kept by key, not in a queue.

use std::collections::BTreeSet;

use bus::Stream;
use tokio::sync::mpsc;
use tonic::Status;
use wire::{
    Key,
    api::{self, watch_response::Event},
};

use crate::{
    declared::message,
    error::Error,
    list::{Filter, gone},
    state::{Shared, State},
};

/// Changes found at one look: the state's lock is not held for longer.
const BATCH: usize = 500;

/// What a watcher has been told.
struct Watcher {
    filter: Filter,
    /// Sequences of intent and locations.
    told: [(Stream, u64); 2],
    shown: BTreeSet<Key>,
}

pub(crate) type Answers = mpsc::Receiver<Result<api::WatchResponse, Status>>;

pub(crate) fn watch(shared: &Shared, request: api::WatchRequest) -> Result<Answers, Error> {
    let filter = Filter::new(request.space, request.group, request.kind, &request.label_selector)?;
    shared.read(|_| ())?;
    let (sender, receiver) = mpsc::channel(BATCH);
    let told = [(Stream::Intent, 0), (Stream::Locations, 0)];
    let watcher = Watcher { filter, told, shown: BTreeSet::new() };
    tokio::spawn(run(shared.clone(), watcher, sender));
    Ok(receiver)
}

/// Ends when the caller has gone.
async fn run(shared: Shared, mut watcher: Watcher, sender: mpsc::Sender<Result<api::WatchResponse, Status>>) {
    let mut moves = shared.moves();
    let mut caught_up = false;
    loop {
        moves.borrow_and_update();
        let found = match shared.read(|state| watcher.look(state)) {
            Ok((events, more)) => (events, more),
            Err(error) => {
                sender.send(Err(error.into())).await.ok();
                return;
            }
        };
        let (mut events, more) = found;
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
    fn look(&mut self, state: &State) -> (Vec<Event>, bool) {
        let mut events = Vec::new();
        let mut looked = 0;
        for (stream, told) in &mut self.told {
            let from = *told;
            for (seq, key) in state.declared.changes(stream, from).take(BATCH - looked) {
                *told = seq;
                looked += 1;
                events.extend(event(&self.filter, &mut self.shown, state, key));
            }
        }
        (events, looked == BATCH)
    }
}

fn event(filter: &Filter, shown: &mut BTreeSet<Key>, state: &State, key: &Key) -> Option<Event> {
    if !filter.takes_key(key) {
        return None;
    }
    let row = state.declared.get(key).filter(|row| filter.takes(row));
    match row.and_then(message) {
        Some(message) => {
            shown.insert(key.clone());
            Some(Event::Changed(message))
        }
        None if shown.remove(key) => gone(key).map(Event::Deleted),
        None => None,
    }
}
