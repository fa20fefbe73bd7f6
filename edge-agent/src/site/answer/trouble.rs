//! What is not healthy here, and what is done about it.

use std::collections::BTreeMap;

use edge::Outcome;
use model::{ObjectKey, ObjectStatus};
use tokio::time::Instant;
use wire::bus::{Answer, ObjectTrouble};

use super::{Site, bounded};
use crate::sink::Sink;
use crate::site::retry::Retry;
use crate::timing;

impl<S: Sink> Site<S> {
    /// All objects that are not healthy, worst first, as many as there is room for.
    pub(super) fn troubles(&self) -> Answer {
        let tried: BTreeMap<String, &Retry> =
            self.retries.all().map(|(key, retry)| (key.to_string(), retry)).collect();
        let now = Instant::now();
        let troubles =
            self.unhealthy().into_iter().map(|status| trouble(&status, tried.get(&status.object), now));
        let size = |trouble: &ObjectTrouble| {
            trouble.status.as_ref().map_or(0, |it| it.object.len() + it.reason.len() + it.message.len()) + 40
        };
        let (troubles, left_out) = bounded(troubles, size);
        let note = match left_out {
            0 => String::new(),
            some => format!("{some} more that are not healthy are left out; they are not worse"),
        };
        Answer { troubles, note, ..Answer::default() }
    }

    /// What fares badly, and what another placement has, of which only the reports tell.
    fn unhealthy(&self) -> Vec<ObjectStatus> {
        let found = self
            .outcomes
            .iter()
            .map(|(key, outcome): (_, &Outcome)| (ObjectKey::to_string(key), outcome.clone()));
        let mut objects: Vec<ObjectStatus> = edge::worst_first(found);
        for status in self.standing.values() {
            let elsewhere =
                |object: &&ObjectStatus| !objects.iter().any(|known| known.object == object.object);
            let conflicts: Vec<ObjectStatus> = status.unhealthy.iter().filter(elsewhere).cloned().collect();
            objects.extend(conflicts);
        }
        objects
    }
}

fn trouble(status: &ObjectStatus, tried: Option<&&Retry>, now: Instant) -> ObjectTrouble {
    let ms = |duration| timing::millis(duration);
    ObjectTrouble {
        status: Some(wire::object_status_message(status)),
        attempts: tried.map_or(0, |retry| retry.attempts.saturating_add(1)),
        failing_ms: tried.map_or(0, |retry| ms(now.saturating_duration_since(retry.since))),
        next_ms: tried.map_or(0, |retry| ms(retry.due.saturating_duration_since(now))),
    }
}
