//! How far a watch is to be trusted: whether what it has told is all that there is.

use std::time::Duration;

use tokio::time::Instant;

use super::refusal;
use crate::error::Refusal;

/// An API server that does not answer for so long is news; one that restarts is not.
const GRACE: Duration = Duration::from_secs(10);
/// A watch that does not go on says so within this time.
const PROBATION: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub enum State {
    /// It has not told yet what is there.
    Starting,
    Synced,
    /// It has failed. `known`: what was there before is known; `trusted`: it goes on, and is trusted from then on unless it
    /// fails before.
    Blind {
        refusal: Refusal,
        since: Instant,
        known: bool,
        trusted: Option<Instant>,
    },
}

impl State {
    /// What is there has been told. Whether the watch goes on from there shows in a moment.
    pub fn told(&mut self) {
        match self {
            Self::Blind { trusted, .. } => *trusted = Some(Instant::now() + PROBATION),
            state => *state = Self::Synced,
        }
    }

    pub fn blinded(&self, refusal: Refusal) -> Self {
        match self {
            Self::Blind { since, known, .. } if !self.is_trusted() => {
                Self::Blind { refusal, since: *since, known: *known, trusted: None }
            }
            state => {
                let known = !matches!(state, Self::Starting);
                Self::Blind { refusal, since: Instant::now(), known, trusted: None }
            }
        }
    }

    /// It has told what is there, and was to go on.
    pub fn has_begun(&self) -> bool {
        matches!(self, Self::Synced | Self::Blind { trusted: Some(_), .. })
    }

    pub fn is_trusted(&self) -> bool {
        match self {
            Self::Synced => true,
            Self::Blind { trusted, .. } => trusted.is_some_and(|then| then <= Instant::now()),
            Self::Starting => false,
        }
    }

    /// When it is to be said that nothing is known, or that all is.
    pub fn due(&self) -> Option<Instant> {
        let due = match self {
            Self::Blind { trusted: Some(then), .. } => *then,
            Self::Blind { since, known: true, .. } => *since + GRACE,
            _ => return None,
        };
        Some(due).filter(|due| *due > Instant::now())
    }

    /// Why nothing can be told of objects of this kind.
    pub fn trouble(&self, kind: &str) -> Option<Refusal> {
        match self {
            Self::Synced => None,
            Self::Blind { trusted: Some(then), .. } if *then <= Instant::now() => None,
            Self::Blind { refusal, since, known, .. } => {
                let is_news = !known || !refusal.may_pass() || since.elapsed() >= GRACE;
                is_news.then(|| refusal.clone())
            }
            Self::Starting => Some(refusal::not_told(kind)),
        }
    }
}
