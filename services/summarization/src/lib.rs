//! The service that reduces reports: of regions, of the hub, or of both.
//!
//! ```text
//!   locations, decision, status-<region>, partial --\                       /--> partial, presence
//!                            alive.<region>.* --------> View (domain) --loop
//!                            query.<region>   <------/                      \--> summary
//! ```
//!
//! [`View`] turns rows into the domain's calls and the domain's results into rows; everything is decided in
//! `summarization`, and everything about leases, batches and connections in `bus::flow`.

mod args;
mod metrics;
mod trace;
mod view;

pub use args::Args;
pub use metrics::Metrics;
pub use view::{Regions, Scope, View};

/// Follows and summarizes until the frame says to end.
pub async fn run(args: Args, frame: chassis::Frame) -> anyhow::Result<()> {
    let view = View::new(args.scope(), args.settings(), Metrics::registered(&frame.registry), now_ms());
    service::run("summarization", &args.service, view, frame).await
}

fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
