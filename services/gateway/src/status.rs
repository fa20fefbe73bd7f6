//! The state of a placement: its rollout, its summary, and whether the two are of now.

use std::collections::BTreeMap;
use std::time::Duration;

use bus::Stream;
use model::{PlacementKey, Rollout, Summary};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tonic::Status;
use wire::api::{self, PlacementStatus};

use crate::{
    error::Error,
    names,
    state::{Shared, State},
};

/// For callers that name no deadline.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) async fn get(
    shared: &Shared,
    request: api::GetStatusRequest,
    deadline: Duration,
) -> Result<api::GetStatusResponse, Error> {
    let placement = names::placement(&request.space, &request.placement)?;
    let watermark = checked(request.watermark)?;
    if watermark.is_empty() {
        let status = shared.read(|state| status(state, &placement, &watermark))?;
        let status = status.ok_or_else(|| Error::NotFound(format!("Placement {placement}")))?;
        return Ok(api::GetStatusResponse { status: Some(status) });
    }
    let current = |state: &State| status(state, &placement, &watermark).filter(|status| status.current);
    match shared.until(Instant::now() + deadline, current).await? {
        Some(status) => Ok(api::GetStatusResponse { status: Some(status) }),
        None => Err(Error::Deadline(lagging(shared, &placement, &watermark)?)),
    }
}

/// Sequences of streams that nobody accounts for would be waited for in vain.
fn checked(watermark: BTreeMap<String, u64>) -> Result<BTreeMap<String, u64>, Error> {
    let known = [Stream::Intent.name(), Stream::Locations.name()];
    match watermark.keys().find(|stream| !known.contains(stream)) {
        None => Ok(watermark),
        Some(stream) => Err(Error::Invalid(format!(
            "watermark[{stream}]: is none of {}; use the one that Apply or Delete answered",
            known.join(", ")
        ))),
    }
}

/// What is behind, in words.
fn lagging(
    shared: &Shared,
    placement: &PlacementKey,
    watermark: &BTreeMap<String, u64>,
) -> Result<String, Error> {
    shared.read(|state| match state.decided.rollout(placement) {
        None => format!("placement has not decided {placement} yet; does its service run?"),
        Some(_) if !state.decided.accounts_for(placement, watermark) => {
            format!("placement has not yet taken in the change that {placement} was asked about")
        }
        Some(_) => {
            format!("the decisions of {placement} are made, and its regions have not yet counted all of them")
        }
    })
}

pub(crate) type Answers = mpsc::Receiver<Result<api::WatchStatusResponse, Status>>;

pub(crate) fn watch(shared: &Shared, request: api::WatchStatusRequest) -> Result<Answers, Error> {
    let placement = names::placement(&request.space, &request.placement)?;
    let watermark = checked(request.watermark)?;
    shared.read(|_| ())?;
    // One: a slow caller gets the newest state, not every state.
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(follow(shared.clone(), placement, watermark, sender));
    Ok(receiver)
}

async fn follow(
    shared: Shared,
    placement: PlacementKey,
    watermark: BTreeMap<String, u64>,
    sender: mpsc::Sender<Result<api::WatchStatusResponse, Status>>,
) {
    let mut moves = shared.moves();
    let mut told = None;
    loop {
        moves.borrow_and_update();
        // While tables are read again, what was told last stands.
        let found = shared.peek(|state| status(state, &placement, &watermark));
        if let Some(found) = found.filter(|found| told.as_ref() != Some(found)) {
            // A placement without a rollout (any more) is told as an empty state.
            let status = Some(found.clone().unwrap_or_default());
            if sender.send(Ok(api::WatchStatusResponse { status })).await.is_err() {
                return;
            }
            told = Some(found);
        }
        tokio::select! {
            changed = moves.changed() => if changed.is_err() { return },
            () = sender.closed() => return,
        }
    }
}

/// `None`: nothing was ever declared or decided under this name.
fn status(
    state: &State,
    placement: &PlacementKey,
    watermark: &BTreeMap<String, u64>,
) -> Option<PlacementStatus> {
    let rollout = state.decided.rollout(placement);
    let summary = state.feedback.summary(placement);
    let declared = state.declared.get(&names::placement_row(placement)).is_some();
    if rollout.is_none() && summary.is_none() && !declared {
        return None;
    }
    let decided = state.decided.accounts_for(placement, &state.horizon(watermark));
    Some(PlacementStatus {
        rollout: rollout.map(wire::rollout_message),
        summary: summary.map(wire::summary_message),
        current: decided
            && rollout.is_some_and(|rollout| counted(&state.decided.sequences(placement), rollout, summary)),
        decided,
    })
}

/// Whether the summary is feedback on exactly these decisions.
fn counted(decisions: &BTreeMap<&str, u64>, rollout: &Rollout, summary: Option<&Summary>) -> bool {
    let Some(Summary { partial, behind, .. }) = summary else {
        // Nobody summarizes what was never decided.
        return decisions.is_empty();
    };
    // What is withdrawn is counted under no number any more, and in waves nobody may have the newest one yet.
    let number = partial.rollout == rollout.number || rollout.withdrawn || rollout.progress.is_some();
    let same = partial.placement_uid == rollout.placement_uid && number;
    let all = decisions.iter().all(|(region, seq)| partial.watermark.get(*region) == Some(seq));
    (same || decisions.is_empty()) && behind.is_empty() && all
}

#[cfg(test)]
mod tests {
    use model::Partial;

    use super::*;

    fn rollout(number: u64) -> Rollout {
        Rollout { placement_uid: "u".into(), number, ..Rollout::default() }
    }

    fn summary(number: u64, eu: u64) -> Summary {
        let watermark = [("eu".to_owned(), eu)].into();
        let partial = Partial { placement_uid: "u".into(), rollout: number, watermark, ..Partial::default() };
        Summary { partial, ..Summary::default() }
    }

    #[test]
    fn a_summary_counts_only_for_the_rollout_and_the_decisions_of_now() {
        let decisions = BTreeMap::from([("eu", 7)]);
        assert!(counted(&decisions, &rollout(2), Some(&summary(2, 7))));
        assert!(!counted(&decisions, &rollout(2), Some(&summary(1, 7))));
        assert!(!counted(&decisions, &rollout(2), Some(&summary(2, 6))));
        let waves = Rollout { progress: Some(model::RolloutProgress::default()), ..rollout(2) };
        assert!(counted(&decisions, &waves, Some(&summary(1, 7))));
        assert!(!counted(&decisions, &waves, Some(&summary(1, 6))));
        let behind = Summary { behind: vec!["eu".into()], ..summary(2, 7) };
        assert!(!counted(&decisions, &rollout(2), Some(&behind)));
        assert!(!counted(&decisions, &rollout(2), None));
    }

    #[test]
    fn what_chose_nothing_needs_no_summary() {
        assert!(counted(&BTreeMap::new(), &rollout(0), None));
    }
}
