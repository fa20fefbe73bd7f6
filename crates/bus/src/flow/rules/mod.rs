//! The loop's rules without its I/O: how far a replica has read, when it may write a unit, when a mark of completeness
//! goes with the rows, what content must be stored again.
//!
//! ```text
//!   rows ---> Progress (a stream) --.
//!   leases, marks ------> Duty (a unit) --> may it be written? --> batch --> which mark goes with it?
//!   names of content --> Contents --------> what is still to be stored first?
//! ```
//!
//! The loop calls them between what arrives and what it sends; the simulation calls them over tables in memory. They
//! know no clock: `now` is in milliseconds and only goes forward.

mod contents;
mod duty;
mod progress;

use super::{Unit, View};
use crate::Stream;

pub use contents::{Contents, Name};
pub use duty::Duty;
pub use progress::Progress;

/// What a mark of completeness of `unit` says now.
pub fn complete<'a>(
    view: &dyn View,
    unit: &Unit,
    progress: impl Fn(&Stream) -> Option<&'a Progress>,
) -> wire::Complete {
    let watermark = |stream: &Stream| progress(stream).map_or(0, Progress::watermark);
    wire::Complete {
        epoch: view.epoch(unit),
        watermark: view.watermarks().iter().map(|stream| (stream.name(), watermark(stream))).collect(),
        layout: view.layout(),
    }
}
