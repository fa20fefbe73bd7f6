//! What a cluster warns of about an object: the words of controllers that cannot do their work.

use model::Status;
use serde_json::Value;

use crate::{Outlook, Why, cut};

/// The latest of the warnings among `events`, which are about one object; the order does not matter.
pub fn events_reason(events: &[Value]) -> Option<Why> {
    let warnings = events.iter().filter(|event| event["type"] == "Warning");
    let last = warnings.max_by_key(|event| (time(event), text(event, "message")))?;
    let message = cut(text(last, "message").trim(), Status::MAX_MESSAGE).to_owned();
    Some(Why { outlook: Outlook::Blocked, reason: reason(last), message })
}

/// When it was last seen: RFC 3339 in UTC, so that later ones sort after earlier ones.
fn time(event: &Value) -> &str {
    let series = event.pointer("/series/lastObservedTime").and_then(Value::as_str);
    let times = [series.unwrap_or_default(), text(event, "lastTimestamp"), text(event, "eventTime")];
    times.into_iter().max().unwrap_or_default()
}

fn reason(event: &Value) -> String {
    match text(event, "reason") {
        "" => "Warning".to_owned(),
        reason => reason.to_owned(),
    }
}

fn text<'a>(event: &'a Value, field: &str) -> &'a str {
    event[field].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_latest_warning_counts_and_what_is_normal_does_not() {
        let event = |kind: &str, reason: &str, time: &str| json!({"type": kind, "reason": reason, "message": "words", "lastTimestamp": time});
        let events = [
            event("Warning", "FailedCreate", "2026-01-01T00:00:02Z"),
            event("Warning", "FailedMount", "2026-01-01T00:00:01Z"),
            event("Normal", "Scheduled", "2026-01-01T00:00:03Z"),
        ];
        let why = events_reason(&events).unwrap();
        assert_eq!((why.reason.as_str(), why.message.as_str()), ("FailedCreate", "words"));
        assert_eq!(events_reason(&events[2..]), None);
    }
}
