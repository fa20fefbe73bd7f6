//! Objects that are being deleted, and what keeps them.

use model::Phase;
use serde_json::Value;

use super::condition::holding;
use super::value::{group_kind, list, text};
use crate::Outcome;

/// Neither its status nor its pods say anything about an object that goes.
pub const TERMINATING: &str = "Terminating";

/// What a Namespace says about what is left in it.
const REMAINS: [&str; 5] = [
    "NamespaceDeletionDiscoveryFailure",
    "NamespaceDeletionGroupVersionParsingFailure",
    "NamespaceDeletionContentFailure",
    "NamespaceContentRemaining",
    "NamespaceFinalizersRemaining",
];

pub fn terminating(object: &Value) -> Option<Outcome> {
    let since = &object["metadata"]["deletionTimestamp"];
    (!since.is_null()).then(|| {
        let message = format!("being deleted since {}{}", text(since), remains(object));
        Outcome::new(Phase::Progressing, TERMINATING, message)
    })
}

fn remains(object: &Value) -> String {
    let finalizers = match finalizers(object).join(", ") {
        none if none.is_empty() => none,
        finalizers => format!(", finalizers left: {finalizers}"),
    };
    let conditions = REMAINS.iter().filter_map(|kind| holding(object, kind));
    finalizers + &conditions.map(|found| format!("; {}", found.message())).collect::<String>()
}

/// A Namespace has some in its spec as well, `kubernetes` among them until it is empty.
fn finalizers(object: &Value) -> Vec<&str> {
    let is_namespace = group_kind(object) == ("", "Namespace");
    let spec = if is_namespace { list(&object["spec"]["finalizers"]) } else { &[] };
    let own = list(&object["metadata"]["finalizers"]);
    own.iter().chain(spec).map(text).filter(|name| !name.is_empty()).collect()
}
