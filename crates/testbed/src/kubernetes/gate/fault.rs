//! What a gate does to requests.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};

use super::traffic::Request;

/// How a request fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// This status at once; the API server hears nothing of it.
    Refuse(u16),
    /// The API server does it, and the client gets this status: an answer that was lost.
    Lose(u16),
    /// The API server is asked only after this time.
    Slow(Duration),
}

/// Which requests fail, and how.
#[derive(Debug, Clone)]
pub struct Rule {
    fault: Fault,
    verb: Option<String>,
    path: String,
    left: Option<usize>,
}

impl Rule {
    /// Every request, until all is mended.
    pub fn new(fault: Fault) -> Rule {
        Rule { fault, verb: None, path: String::new(), left: None }
    }

    /// Only requests of this [`Request::verb`].
    #[must_use]
    pub fn verb(mut self, verb: &str) -> Rule {
        self.verb = Some(verb.to_owned());
        self
    }

    /// Only requests whose path contains this.
    #[must_use]
    pub fn path(mut self, part: &str) -> Rule {
        part.clone_into(&mut self.path);
        self
    }

    /// Only the next so many that fit.
    #[must_use]
    pub fn times(mut self, times: usize) -> Rule {
        self.left = Some(times);
        self
    }

    fn fits(&self, request: &Request) -> bool {
        self.left != Some(0)
            && self.verb.as_ref().is_none_or(|verb| *verb == request.verb)
            && request.path.contains(&self.path)
    }
}

#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Vec<Rule>>);

impl Faults {
    pub(super) fn add(&self, rule: Rule) {
        self.rules().push(rule);
    }

    pub(super) fn clear(&self) {
        self.rules().clear();
    }

    /// What happens to this one; uses up a time of the rule.
    pub(super) fn of(&self, request: &Request) -> Option<Fault> {
        let mut rules = self.rules();
        let rule = rules.iter_mut().rev().find(|rule| rule.fits(request))?;
        rule.left = rule.left.map(|left| left - 1);
        Some(rule.fault)
    }

    fn rules(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A refusal as the API server words it.
pub(super) fn refusal(code: u16) -> Response<Body> {
    let mut answer = Response::new(Body::from(status(code)));
    *answer.status_mut() = code.try_into().unwrap_or_default();
    answer.headers_mut().insert(CONTENT_TYPE, "application/json".parse().expect("a media type is ASCII"));
    if code == 429 {
        answer.headers_mut().insert(RETRY_AFTER, 1.into());
    }
    answer
}

/// The object `Status` of an error.
pub(super) fn status(code: u16) -> String {
    let reason = match code {
        401 => "Unauthorized",
        403 => "Forbidden",
        409 => "Conflict",
        410 => "Expired",
        429 => "TooManyRequests",
        500 => "InternalError",
        503 => "ServiceUnavailable",
        504 => "Timeout",
        _ => "",
    };
    format!(
        r#"{{"kind":"Status","apiVersion":"v1","metadata":{{}},"status":"Failure","message":"the gate answers {code}","reason":"{reason}","code":{code}}}"#
    )
}
