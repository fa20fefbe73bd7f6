//! What a location could not apply, or what does not do well there, with how often it was tried and when it is again.

use anyhow::Result;
use model::{ObjectStatus, Phase};
use serde_json::{Value, json};
use wire::bus::ObjectTrouble;

use crate::{args::Global, client::Client, command::Outcome, moment, output, table::Table};

/// Whether these words ask for errors, not for objects of a kind.
pub fn are_asked_for(words: &[String]) -> bool {
    matches!(words, [word] if ["error", "errors"].contains(&word.as_str()))
}

pub async fn run(global: &Global, location: &str) -> Result<Outcome> {
    let answer = Client::connect(global).await?.location_errors(location).await?;
    let now = moment::now_ms();
    let errors: Result<Vec<_>> =
        answer.troubles.into_iter().map(|trouble| Failing::read(trouble, now)).collect();
    let mut errors = errors?;
    errors.retain(|error| !is_on_its_way(error.status.phase));
    if let Some(format) = global.document_format() {
        let each: Vec<_> = errors.iter().map(Failing::document).collect();
        output::document(format, &json!({"errors": each}))?;
    } else if errors.is_empty() {
        output::note(format_args!("nothing is wrong at {location}"));
    } else {
        let mut table = Table::new(["OBJECT", "PHASE", "REASON", "SINCE", "ATTEMPTS", "NEXT", "MESSAGE"]);
        errors.into_iter().for_each(|error| table.row(error.cells(now)));
        output::table(global, &table)?;
    }
    Ok(Outcome::Done)
}

/// An object that fails, or fares badly.
struct Failing {
    status: ObjectStatus,
    attempts: u32,
    /// Milliseconds since the Unix epoch, by the clock of here; 0: not told.
    since_ms: u64,
    next_ms: u64,
}

/// It need not be an error.
fn is_on_its_way(phase: Phase) -> bool {
    matches!(phase, Phase::Applied | Phase::Progressing)
}

impl Failing {
    fn read(trouble: ObjectTrouble, now: u64) -> Result<Self> {
        let ObjectTrouble { status, attempts, failing_ms, next_ms } = trouble;
        let (since_ms, next_ms) = match attempts {
            0 => (0, 0),
            _ => (now.saturating_sub(failing_ms), now + next_ms),
        };
        let status = wire::object_status(status.unwrap_or_default())?;
        Ok(Self { status, attempts, since_ms, next_ms })
    }

    fn cells(self, now: u64) -> [String; 7] {
        let tried = |text: String| if self.attempts == 0 { String::new() } else { text };
        let next = format!("in {}s", self.next_ms.saturating_sub(now).div_ceil(1000));
        let ObjectStatus { object, phase, reason, message } = self.status;
        let since = tried(moment::age(self.since_ms, now));
        let attempts = tried(self.attempts.to_string());
        [object, format!("{phase:?}"), reason, since, attempts, tried(next), message]
    }

    fn document(&self) -> Value {
        let time = |ms| (self.attempts > 0).then(|| model::time::to_rfc3339(ms));
        json!({
            "object": self.status.object,
            "phase": format!("{:?}", self.status.phase),
            "reason": self.status.reason,
            "message": self.status.message,
            "attempts": self.attempts,
            "since": time(self.since_ms),
            "next": time(self.next_ms),
        })
    }
}

#[cfg(test)]
mod tests {
    use wire::bus::ObjectStatus;

    use super::*;

    fn cells(attempts: u32) -> [String; 7] {
        let status = ObjectStatus {
            object: "ConfigMap shop/a".into(),
            phase: wire::bus::Phase::Failed.into(),
            reason: "Forbidden".into(),
            message: "no".into(),
        };
        let trouble = ObjectTrouble { status: Some(status), attempts, failing_ms: 7000, next_ms: 1500 };
        Failing::read(trouble, 1_000_000).unwrap().cells(1_000_000)
    }

    #[test]
    fn times_are_told_of_what_is_tried_again_alone() {
        assert_eq!(cells(3), ["ConfigMap shop/a", "Failed", "Forbidden", "7s", "3", "in 2s", "no"]);
        assert_eq!(cells(0)[3..6], ["", "", ""]);
    }
}
