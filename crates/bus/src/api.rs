//! JetStream's request interface: JSON in, JSON out, and its error codes as ours.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::stream::Info;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::exchange::Request;
use crate::{Bus, Error};

/// A server that is up answers in milliseconds; a cluster that elects a leader takes a few seconds.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

const STREAM_NOT_FOUND: u64 = 10059;
const MESSAGE_NOT_FOUND: u64 = 10037;
const WRONG_LAST_SEQUENCE: u64 = 10071;
/// No room: of the account; of the server, for what is stored and in memory; of the stream, or no space on the disk.
const FULL: [u64; 5] = [10002, 10023, 10028, 10047, 10077];
/// Too many open batches, or another one with the same fence. The first message of a batch is not answered: where that was one
/// too many, the last one finds the batch incomplete, as it does where one was lost on the way.
const BUSY: [u64; 3] = [10164, 10176, 10210];
const TOO_MANY_REQUESTS: u64 = 429;

impl Bus {
    /// Asks the JetStream API; `Ok(None)`: there is no such stream or message.
    pub(crate) async fn api(
        &self,
        operation: &'static str,
        subject: String,
        body: &Value,
    ) -> Result<Option<Value>, Error> {
        let payload = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let subject = format!("$JS.API.{subject}");
        let answer = self.request_raw(operation, subject.clone(), HeaderMap::new(), payload).await?;
        decode(operation, &subject, &answer)
    }

    /// Asks anything that answers, within the usual time.
    pub(crate) async fn request_raw(
        &self,
        operation: &'static str,
        subject: String,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<Bytes, Error> {
        let request = Request { operation, subject, headers, payload, timeout: TIMEOUT };
        Ok(self.connection.ask(request).await?.payload)
    }

    /// What the server says of a stream; `None`: it does not exist.
    pub(crate) async fn info(&self, stream: &str) -> Result<Option<Info>, Error> {
        let answer = self.api("reading the state", format!("STREAM.INFO.{stream}"), &Value::Null).await?;
        answer.map(|value| from_value(stream, value)).transpose()
    }

    /// The names of all streams with a subject in `filter`.
    pub(crate) async fn stream_names(&self, filter: &str) -> Result<Vec<String>, Error> {
        let mut names = Vec::new();
        loop {
            let body = json!({ "offset": names.len(), "subject": filter });
            let page =
                self.api("listing streams", "STREAM.NAMES".to_owned(), &body).await?.unwrap_or_default();
            let found = page["streams"].as_array().cloned().unwrap_or_default();
            names.extend(found.iter().filter_map(Value::as_str).map(str::to_owned));
            if found.is_empty() || names.len() as u64 >= page["total"].as_u64().unwrap_or_default() {
                return Ok(names);
            }
        }
    }
}

impl crate::connection::Connection {
    /// Asks and waits; fails at once while the link is away, so that nothing queues up behind it.
    pub async fn ask(&self, request: Request) -> Result<async_nats::Message, Error> {
        if self.is_up() {
            self.exchange.request(&self.client, request).await
        } else {
            Err(Error::Disconnected)
        }
    }
}

/// The JSON of an answer; `None` where it says that there is nothing.
pub(crate) fn decode(operation: &'static str, subject: &str, answer: &[u8]) -> Result<Option<Value>, Error> {
    let unreadable = |error: serde_json::Error| Error::Refused {
        operation,
        subject: subject.to_owned(),
        code: 0,
        reason: format!("the answer cannot be read: {error}"),
    };
    let value: Value = serde_json::from_slice(answer).map_err(unreadable)?;
    match value["error"]["err_code"].as_u64() {
        Some(STREAM_NOT_FOUND | MESSAGE_NOT_FOUND) => Ok(None),
        _ if value["error"].is_object() => Err(refusal(operation, subject, &value["error"])),
        _ => Ok(Some(value)),
    }
}

/// An error object of the JetStream API as ours.
fn refusal(operation: &'static str, subject: &str, error: &Value) -> Error {
    let subject = subject.to_owned();
    let reason = error["description"].as_str().unwrap_or("no reason given").to_owned();
    let code = error["err_code"].as_u64().unwrap_or_default();
    let status = error["code"].as_u64().unwrap_or_default();
    if code == WRONG_LAST_SEQUENCE {
        // "wrong last sequence: 17"; in a cluster the number may be missing.
        let current = reason.rsplit(' ').next().and_then(|seq| seq.parse().ok());
        Error::Conflict { subject, current }
    } else if FULL.contains(&code) {
        Error::Full { operation, subject, reason }
    } else if BUSY.contains(&code) || status == TOO_MANY_REQUESTS {
        Error::Busy { operation, subject, reason }
    } else if status == 503 {
        Error::Unavailable { operation, subject, reason }
    } else {
        Error::Refused { operation, subject, code, reason }
    }
}

pub(crate) fn from_value<T: for<'a> serde::Deserialize<'a>>(what: &str, value: Value) -> Result<T, Error> {
    serde_json::from_value(value).map_err(|error| Error::Refused {
        operation: "reading an answer",
        subject: what.to_owned(),
        code: 0,
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cause;

    fn check(error: &str) -> Error {
        let answer = format!(r#"{{"type":"x","error":{error}}}"#);
        decode("storing", "a.b", answer.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_stale_expectation_is_a_conflict_that_names_the_current_sequence() {
        let error = check(r#"{"code":400,"err_code":10071,"description":"wrong last sequence: 17"}"#);
        assert!(matches!(error, Error::Conflict { current: Some(17), .. }), "{error:?}");
    }

    #[test]
    fn an_incomplete_batch_may_be_tried_again_and_an_invalid_one_may_not() {
        let incomplete =
            r#"{"code":400,"err_code":10176,"description":"atomic publish batch is incomplete"}"#;
        assert!(check(incomplete).is_transient());
        let disabled = r#"{"code":400,"err_code":10174,"description":"atomic publish is disabled"}"#;
        assert!(!check(disabled).is_transient());
    }

    #[test]
    fn what_the_server_has_no_room_or_no_time_for_may_be_tried_again_and_is_told_apart() {
        let cases = [
            (r#"{"code":429,"err_code":10210,"description":"too many"}"#, Cause::Busy),
            (r#"{"code":429,"err_code":10167,"description":"too many requests"}"#, Cause::Busy),
            (r#"{"code":503,"err_code":10077,"description":"maximum bytes exceeded"}"#, Cause::Full),
            (r#"{"code":503,"err_code":10023,"description":"insufficient resources"}"#, Cause::Full),
            (
                r#"{"code":400,"err_code":10002,"description":"resource limits exceeded for account"}"#,
                Cause::Full,
            ),
            (r#"{"code":503,"err_code":10008,"description":"not available"}"#, Cause::Unavailable),
        ];
        for (error, cause) in cases {
            let error = check(error);
            assert_eq!((Cause::of(&error), error.is_transient()), (cause, true), "{error}");
        }
    }

    #[test]
    fn a_stream_that_is_not_there_is_no_error() {
        let answer = br#"{"error":{"code":404,"err_code":10059,"description":"stream not found"}}"#;
        assert!(decode("x", "y", answer).unwrap().is_none());
    }
}
