//! Where a placement's expression cannot be evaluated, by reason: the same one at forty thousand locations is one problem.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::Problem;

use crate::state::problem;

/// Locations named with a reason.
const EXAMPLES: usize = 3;

/// Names by reason, and the other way round.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    names: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
    reasons: BTreeMap<Arc<str>, Arc<str>>,
}

impl Failures {
    /// Takes in why it fails at a location, or that it does not (any more); whether that is news.
    pub fn set(&mut self, name: &Arc<str>, reason: Option<Arc<str>>) -> bool {
        if self.reasons.get(name) == reason.as_ref() {
            return false;
        }
        if let Some(before) = self.reasons.remove(name)
            && let Some(names) = self.names.get_mut(&before)
        {
            names.remove(name);
            if names.is_empty() {
                self.names.remove(&before);
            }
        }
        if let Some(reason) = reason {
            self.names.entry(reason.clone()).or_default().insert(name.clone());
            self.reasons.insert(name.clone(), reason);
        }
        true
    }

    /// One problem for each reason, with the first examples.
    pub fn problems(&self) -> impl Iterator<Item = Problem> {
        self.names.iter().map(|(reason, names)| {
            let places = places(names.iter().map(|name| &**name));
            let message = format!("{reason}: {places}; what was chosen there stays, nothing is added");
            problem("ExpressionFailed", message)
        })
    }
}

/// `at 5 locations, among them a, b, c`.
pub(crate) fn places<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let (count, plural) = (names.len(), if names.len() == 1 { "" } else { "s" });
    let among = if count > EXAMPLES { "among them " } else { "" };
    let examples: Vec<&str> = names.take(EXAMPLES).collect();
    format!("at {count} location{plural}, {among}{}", examples.join(", "))
}
