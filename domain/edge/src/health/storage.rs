//! Volumes and the claims on them.

use model::Phase;
use serde_json::Value;

use super::value::{text, words};
use crate::Outcome;

/// A claim whose class waits for the first pod stays pending without one, and looks like any other that is pending.
pub fn claim(object: &Value) -> Option<Outcome> {
    match phase(object) {
        "Bound" => None,
        "Lost" => Some(Outcome::new(Phase::Degraded, "ClaimLost", "the volume that it was bound to is gone")),
        phase => Some(Outcome::new(Phase::Progressing, "NotBound", not_bound(phase))),
    }
}

fn not_bound(phase: &str) -> String {
    format!("not bound to a volume, its phase is {}", words(phase, "unknown"))
}

/// One that nobody claims, or claims any more, is as it should be.
pub fn volume(object: &Value) -> Option<Outcome> {
    let message = words(text(&object["status"]["message"]), "its phase is Failed");
    match phase(object) {
        "Failed" => Some(Outcome::new(Phase::Degraded, "VolumeFailed", message)),
        "Available" | "Bound" | "Released" => None,
        _ => Some(Outcome::new(Phase::Progressing, "VolumePending", "the volume is not available yet")),
    }
}

fn phase(object: &Value) -> &str {
    text(&object["status"]["phase"])
}
