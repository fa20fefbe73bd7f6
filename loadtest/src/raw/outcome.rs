//! What the process tells the run that has started it.

use serde::{Deserialize, Serialize};

/// Of the timed round.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Seconds from the first batch until the reader had the last row.
    pub all: f64,
    /// Until the last batch was acknowledged.
    pub published: f64,
    /// Microseconds, by location: until the document was there, and until its row was acknowledged.
    pub received: Vec<u64>,
    pub reported: Vec<u64>,
    /// CPU seconds of the server and of this process.
    pub server_cpu: f64,
    pub own_cpu: f64,
}
