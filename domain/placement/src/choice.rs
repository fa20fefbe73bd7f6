//! The best of those that may be chosen, spread over groups as a placement asks.
//!
//! ```text
//!   feasible --groups, scores--> Classes (ordered by rank) --choose--> chosen, shortfalls
//!               previous -----------'
//! ```
//!
//! [`choose`] is a pure function of ranked candidates and rules. Around it, a [`Contest`] keeps the candidates ranked, so
//! that one location's change ranks one location, and asks again only if the answer can be another.

mod choose;
mod class;
mod contest;
mod narrow;
mod ranking;
mod rules;
mod scale;
mod tally;
#[cfg(test)]
mod tests;

pub(crate) use choose::{Choice, Shortfall, choose};
pub(crate) use class::{Class, Classes, Groups, Rank};
pub(crate) use contest::Contest;
pub(crate) use rules::{Constraint, Rules};
pub(crate) use scale::Scale;
