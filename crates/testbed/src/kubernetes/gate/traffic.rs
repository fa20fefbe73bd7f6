//! What goes through a gate.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{Method, Uri};

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    /// As RBAC calls it: `get` (lists too), `watch`, `create`, `update`, `patch`, `delete`.
    pub verb: String,
    /// Without the query.
    pub path: String,
}

/// How often each was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requests(pub BTreeMap<Request, u64>);

#[derive(Debug, Default)]
pub(super) struct Traffic(Mutex<Requests>);

impl Request {
    pub(super) fn new(method: &Method, uri: &Uri) -> Request {
        let watches = |query: &str| query.split('&').any(|pair| matches!(pair, "watch=true" | "watch=1"));
        let verb = match *method {
            Method::GET if uri.query().is_some_and(watches) => "watch".to_owned(),
            Method::POST => "create".to_owned(),
            Method::PUT => "update".to_owned(),
            _ => method.as_str().to_lowercase(),
        };
        Request { verb, path: uri.path().to_owned() }
    }

    /// It changes something, unless it is a dry run or a question in the form of a creation.
    pub fn is_write(&self) -> bool {
        !matches!(self.verb.as_str(), "get" | "watch" | "head" | "options")
    }
}

impl Requests {
    /// All of this verb whose path contains this.
    pub fn of(&self, verb: &str, path: &str) -> u64 {
        self.sum(|request| request.verb == verb && request.path.contains(path))
    }

    /// All that is not only looking.
    pub fn writes(&self) -> u64 {
        self.sum(Request::is_write)
    }

    /// All.
    pub fn total(&self) -> u64 {
        self.sum(|_| true)
    }

    fn sum(&self, wanted: impl Fn(&Request) -> bool) -> u64 {
        self.0.iter().filter(|(request, _)| wanted(request)).map(|(_, times)| times).sum()
    }
}

/// A line each, for the message of an assertion.
impl fmt::Display for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = self.0.iter();
        lines.try_for_each(|(request, times)| writeln!(f, "{times:6} {} {}", request.verb, request.path))
    }
}

impl Traffic {
    pub(super) fn count(&self, request: &Request) {
        *self.kept().0.entry(request.clone()).or_default() += 1;
    }

    pub(super) fn seen(&self) -> Requests {
        self.kept().clone()
    }

    pub(super) fn clear(&self) {
        self.kept().0.clear();
    }

    fn kept(&self) -> MutexGuard<'_, Requests> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
