//! What the cluster has noted about objects.

use wire::bus::{Answer, AskEvents, ClusterEvent};

use super::{Site, bounded};
use crate::sink::{About, Sink};

impl<S: Sink> Site<S> {
    pub(super) async fn events(&mut self, asked: AskEvents) -> Result<Answer, String> {
        let object = match &asked.object {
            Some(object) => Some(self.named(object).await?),
            None => None,
        };
        let about = About { object: object.as_ref(), warnings_only: asked.warnings_only };
        let told = self.sink.events(about).await.map_err(|error| error.to_string())?;
        let told = told.ok_or("this location is no cluster: nothing notes events there")?;
        let found = told.events.len();
        let limit = if asked.limit == 0 { found } else { asked.limit as usize };
        // Those that there is no room for are the oldest.
        let newest = told.events.into_iter().rev().take(limit);
        let (mut events, _) = bounded(newest, |event: &ClusterEvent| {
            event.object.len() + event.reason.len() + event.message.len() + event.source.len() + 40
        });
        events.reverse();
        let mut notes = told.notes;
        if events.len() < found {
            notes.push(format!("the newest {} of {found} events are shown", events.len()));
        }
        Ok(Answer { events, note: notes.join("; "), ..Answer::default() })
    }
}
