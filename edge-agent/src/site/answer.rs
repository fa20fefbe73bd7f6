//! Answers to questions about this location, from what is here now. Nothing of them is kept anywhere.

mod events;
mod named;
mod object;
mod secret;
mod trouble;

use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;
use wire::bus::{Answer, ask::Question};

use super::Site;
use crate::sink::Sink;

/// Nothing else happens meanwhile, and whoever asks does not wait for longer.
const PATIENCE: Duration = Duration::from_secs(8);
/// The bytes of a list: with what is around it, it has to fit into one message.
const ROOM: usize = 512 << 10;

impl<S: Sink> Site<S> {
    /// Answers an encoded [`wire::bus::Ask`]; what is wrong with it is an answer, too.
    pub async fn answer(&mut self, ask: &[u8]) -> Bytes {
        let question = match wire::decode_ask(ask) {
            Ok(ask) => ask.question,
            Err(error) => return encode(Err(format!("the question cannot be read: {error}"))),
        };
        let answer = timeout(PATIENCE, Box::pin(self.reply(question))).await;
        let late = |_| format!("the cluster did not answer within {}", humantime::format_duration(PATIENCE));
        encode(answer.map_err(late).flatten())
    }

    async fn reply(&mut self, question: Option<Question>) -> Result<Answer, String> {
        match question {
            Some(Question::Object(asked)) => self.object(asked).await,
            Some(Question::Diff(asked)) => self.diff(asked).await,
            Some(Question::Errors(_)) => Ok(self.troubles()),
            Some(Question::Events(asked)) => self.events(asked).await,
            Some(Question::Resend(_)) => Ok(Answer::default()),
            None => Err("this agent does not know the question; it may be older than who asks".to_owned()),
        }
    }
}

fn encode(answer: Result<Answer, String>) -> Bytes {
    let failed = |error| Answer { error, ..Answer::default() };
    wire::encode_answer(&answer.unwrap_or_else(failed))
}

/// Whether an encoded question asks for all statuses again.
pub fn is_resend(ask: &[u8]) -> bool {
    wire::decode_ask(ask).is_ok_and(|ask| matches!(ask.question, Some(Question::Resend(_))))
}

/// As many items as there is room for, and how many are left out.
fn bounded<T>(items: impl IntoIterator<Item = T>, size: impl Fn(&T) -> usize) -> (Vec<T>, usize) {
    let (mut kept, mut left_out, mut used) = (Vec::new(), 0, 0);
    for item in items {
        used += size(&item);
        if used <= ROOM { kept.push(item) } else { left_out += 1 }
    }
    (kept, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_no_room_for_is_counted() {
        assert_eq!(bounded([1, ROOM, 3], |size| *size), (vec![1], 2));
        assert_eq!(bounded([1, 2, 3], |size| *size), (vec![1, 2, 3], 0));
    }
}
