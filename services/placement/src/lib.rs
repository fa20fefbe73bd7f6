//! The service that decides which objects go to which locations.
//!
//! ```text
//!   KV_intent, KV_locations --\                         /--> release (content, first)
//!   decision, summary ---------> View (domain) --loop---+--> decision
//!   release (large objects) --/                         \--> rollout
//! ```
//!
//! [`View`] turns rows into the domain's calls and the domain's outcome into rows; everything is decided in
//! `placement`, and everything about leases, batches and connections in `bus::flow`.

mod args;
mod metrics;
mod pending;
mod view;

pub use args::Args;
pub use metrics::{Metrics, Unreadable};
pub use view::View;

/// Follows and decides until the frame says to end.
pub async fn run(args: Args, frame: chassis::Frame) -> anyhow::Result<()> {
    let view = View::new(Metrics::registered(&frame.registry));
    service::run("placement", &args.service, view, frame).await
}
