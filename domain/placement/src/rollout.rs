//! How a release reaches the locations of a placement: which of them are moved now, and what is waited for.
//!
//! ```text
//!   content changed, undo --> [begin] --> wave: Moving --> Soaking --> Gating --> Approving --> Passed --> next wave
//!                                ^          |   ^____________|____________|            (not in a rollback)
//!                                |          v    too few are healthy any more
//!                                '----- [judge]: too many failed, no progress --> Paused, or back to the last good release
//! ```
//!
//! [`step`] is the one decision: a function of what is declared, what is stored, what is reported and a clock. Whoever
//! calls it stores the state first, or with the moves, and does not call it again before all moves are stored: then it
//! does not matter when a process dies.
//!
//! - **Feedback counts for the number that it is feedback on.** A location holds a release under a number, and only a report
//!   of that number says anything about it. Every decision about a location has a number that no earlier decision about it
//!   had, so that nothing late can be taken for news.
//! - **In flight** is who has been decided to have the release, and is not healthy. Whoever is silent and has reported the
//!   release is not in flight any more; whoever is silent and has not is set back before anybody takes the slot.
//! - Sets of locations are bitmaps of handles. Only those that are moved are looked at one by one.

mod advance;
mod assign;
mod begin;
mod course;
mod input;
mod judge;
mod moves;
mod sight;
mod target;
mod tell;
mod windows;

pub(crate) use self::target::{Latest, Target, row, withdrawn_row};
pub use self::{
    assign::{Membership, assign},
    course::step,
    input::{Ask, Fleet, Held, Input, Move, Order, Report, Step, Verdict, Why},
    windows::{Look, UnknownZone, is_zone, look},
};
