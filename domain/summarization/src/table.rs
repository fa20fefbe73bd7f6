//! What is read, by what is forgotten together when a stream is read again.

/// Tables that views take rows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Regions and locations.
    Locations,
    Decisions,
    /// Of one region.
    Statuses,
    /// Partials and presence.
    Partials,
    Summaries,
}
