//! Answers to questions about this location, from what is here.

use bytes::Bytes;
use edge::Content;
use model::{ObjectKey, ObjectStatus};
use wire::bus::{Answer, AskObject, ask::Question};

use super::Site;
use crate::sink::Sink;

impl<S: Sink> Site<S> {
    /// Answers an encoded [`wire::bus::Ask`]; what is wrong with it is an answer, too.
    pub async fn answer(&mut self, ask: &[u8]) -> Bytes {
        let answer = match wire::decode_ask(ask).map(|ask| ask.question) {
            Ok(Some(Question::Object(object))) => self.object(&key_of(object)).await,
            Ok(Some(Question::Diff(object))) => self.diff(&key_of(object)).await,
            Ok(Some(Question::Errors(_))) => self.errors(),
            Ok(Some(Question::Resend(_))) => Ok(Answer::default()),
            Ok(None) => {
                Err("this agent does not know the question; it may be older than who asks".to_owned())
            }
            Err(error) => Err(format!("the question cannot be read: {error}")),
        };
        let failed = |error| Answer { error, ..Answer::default() };
        wire::encode_answer(&answer.unwrap_or_else(failed))
    }

    async fn object(&mut self, key: &ObjectKey) -> Result<Answer, String> {
        let live = self.sink.live(key).await.map_err(|error| error.to_string())?;
        Ok(Answer { live_json: live.unwrap_or_default().into(), ..Answer::default() })
    }

    async fn diff(&mut self, key: &ObjectKey) -> Result<Answer, String> {
        let wish = self.current.as_ref().and_then(|current| current.view.wishes.objects.get(key));
        let content = wish.map(|wish| wish.content.clone());
        let desired = match content {
            None => Bytes::new(),
            Some(Content::Withheld(reason)) => return Err(format!("{key} could not be rendered: {reason}")),
            Some(Content::Manifest(digest)) => {
                let manifest = self.manifest(&digest);
                manifest.ok_or_else(|| format!("blob {} of {key} is not here", digest.short()))?
            }
        };
        Ok(Answer { desired_json: desired, ..self.object(key).await? })
    }

    /// All objects that are not healthy, unbounded.
    fn errors(&self) -> Result<Answer, String> {
        let found = self.outcomes.iter().map(|(key, outcome)| (key.to_string(), outcome.clone()));
        let mut objects: Vec<ObjectStatus> = edge::worst_first(found);
        for status in self.standing.values() {
            let elsewhere =
                |object: &&ObjectStatus| !objects.iter().any(|known| known.object == object.object);
            let conflicts: Vec<ObjectStatus> = status.unhealthy.iter().filter(elsewhere).cloned().collect();
            objects.extend(conflicts);
        }
        Ok(Answer { objects: objects.iter().map(wire::object_status_message).collect(), ..Answer::default() })
    }
}

/// Whether an encoded question asks for all statuses again.
pub fn is_resend(ask: &[u8]) -> bool {
    wire::decode_ask(ask).is_ok_and(|ask| matches!(ask.question, Some(Question::Resend(_))))
}

fn key_of(object: AskObject) -> ObjectKey {
    let AskObject { group, kind, namespace, name } = object;
    ObjectKey { group, kind, namespace, name }
}
