//! The service that renders: one document for each location of every region.
//!
//! ```text
//!   locations, decision ----------\
//!   release (content, on demand) ---> View (domain) --loop--> blob, desired-<region>
//!   desired-<region> -------------/
//! ```
//!
//! [`View`] turns rows into the domain's calls and the domain's results into rows; everything is decided in
//! `translation`, and everything about leases, batches and connections in `bus::flow`.

mod args;
mod metrics;
mod view;

pub use args::Args;
pub use metrics::Metrics;
pub use view::View;

/// Follows and renders until the frame says to end.
pub async fn run(args: Args, frame: chassis::Frame) -> anyhow::Result<()> {
    let view = View::new(Metrics::registered(&frame.registry));
    service::run("translation", &args.service, view, frame).await
}
