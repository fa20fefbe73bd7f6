//! What is being deleted, and when it goes: when everything of it is withdrawn, and somebody has said so.
//!
//! ```text
//!   Delete --marks--> row with a deletion time --placement--> decisions without it --> agents remove, and confirm
//!                              |                                                                 |
//!                              '<------ deleted, on condition that it is still the same ---------'
//! ```
//!
//! A placement goes when placement has withdrawn it everywhere, every region has counted that, and each location that has
//! still to confirm is offline; those withdraw on their return, and are listed as `withdrawing` until then. A location
//! goes when no placement chooses it any more, its document is empty, and its agent has confirmed for each placement.
//! No answer is no confirmation: it stays.
//!
//! Every replica looks, and what it deletes it deletes on condition, so that they need not agree who does it.

mod confirm;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::Duration;

use bus::Stream;
use tokio::sync::watch;
use wire::Key;

use self::confirm::Confirmations;
use crate::{
    error::Error,
    names,
    service::Service,
    state::{Shared, State},
};

/// Between two looks: people wait for it, and a look asks regions and agents' rows.
const PAUSE: Duration = Duration::from_millis(500);
/// Also when nothing moves here: a region may not have answered.
const AGAIN: Duration = Duration::from_secs(10);
/// Resources that one look is about; the next goes on after them.
const AT_ONCE: usize = 100;

/// Lets go of what is withdrawn, until the gateway ends.
pub(crate) async fn run(hub: Service) {
    let mut shutdown: watch::Receiver<bool> = hub.shutdown.clone();
    tokio::select! {
        () = look_again_and_again(&hub) => {}
        _ = shutdown.wait_for(|stop| *stop) => {}
    }
}

async fn look_again_and_again(hub: &Service) {
    let mut moves = hub.shared.moves();
    let mut after = None;
    loop {
        moves.borrow_and_update();
        let leaving = leaving(&hub.shared, after.take());
        // From the beginning again once the end is reached.
        after = leaving.get(AT_ONCE - 1).cloned();
        for key in &leaving {
            if let Err(error) = look(hub, key).await {
                tracing::debug!(resource = names::text(key), %error, "not known to be withdrawn");
            }
        }
        tokio::time::sleep(PAUSE).await;
        // Whether something moved or much time has passed is the same to the next look.
        tokio::time::timeout(AGAIN, moves.changed()).await.ok();
    }
}

fn leaving(shared: &Shared, after: Option<Key>) -> Vec<Key> {
    let first = after.map_or(Bound::Unbounded, Bound::Excluded);
    let some = |state: &State| {
        let leaving = state.declared.leaving().range((first, Bound::Unbounded));
        leaving.take(AT_ONCE).cloned().collect()
    };
    shared.peek(some).unwrap_or_default()
}

/// Deletes the row if everything of it is withdrawn.
async fn look(hub: &Service, key: &Key) -> Result<(), Error> {
    // One at a time: the state is locked meanwhile.
    let released = |state: &State| is_released(state, key).then(|| state.declared.seq(key));
    let Some(seq) = hub.shared.read(released)? else { return Ok(()) };
    let confirmations = Confirmations { bus: &hub.bus, shared: &hub.shared };
    let confirmed = match key {
        Key::Location(name) => confirmations.of_location(key, name).await?,
        Key::Intent(resource) => confirmations.of_placement(&names::placement_of(resource)).await?,
        _ => false,
    };
    if confirmed { let_go(hub, key, seq).await } else { Ok(()) }
}

/// Whether placement has taken in the deletion, and nothing is decided for it any more.
fn is_released(state: &State, key: &Key) -> bool {
    let seq = state.declared.seq(key);
    match key {
        Key::Location(name) => {
            let mark = BTreeMap::from([(Stream::Locations.name(), seq)]);
            state.decided.all_account_for(&mark) && state.decided.choosers(name).next().is_none()
        }
        Key::Intent(resource) => {
            let placement = names::placement_of(resource);
            let mark = BTreeMap::from([(Stream::Intent.name(), seq)]);
            let withdrawn = state.decided.rollout(&placement).is_none_or(|rollout| rollout.withdrawn);
            withdrawn && state.decided.accounts_for(&placement, &mark)
        }
        _ => false,
    }
}

async fn let_go(hub: &Service, key: &Key, seq: u64) -> Result<(), Error> {
    let Some(stream) = key.stream() else { return Ok(()) };
    let row = bus::Write::delete(key.clone()).expecting(seq);
    match hub.writer.commit(&stream, vec![row]).await {
        Ok(_) => tracing::info!(resource = names::text(key), "withdrawn: gone"),
        // Another replica was faster, or it was declared anew.
        Err(Error::Bus(bus::Error::Conflict { .. })) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}
