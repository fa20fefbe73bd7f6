//! The service that renders: one document for each location of every region.
//!
//! ```text
//!   locations, decision ----------\
//!   release (content, on demand) ---> View (domain) --loop--> blob, desired-<region>
//!   desired-<region> -------------/     ^  |
//!                                what is named? made again
//!                                       |  v
//!                                    Collector --list, delete, store again--> blob
//! ```
//!
//! [`View`] turns rows into the domain's calls and the domain's results into rows; everything is decided in
//! `translation`, and everything about leases, batches and connections in `bus::flow`.

mod args;
mod collector;
mod metrics;
mod view;

pub use args::Args;
pub use collector::{Ages, Collector};
pub use metrics::Metrics;
pub use view::{CODEC, View};

use bus::{Bus, Options};

/// Follows and renders until the frame says to end.
pub async fn run(args: Args, frame: chassis::Frame) -> anyhow::Result<()> {
    let metrics = Metrics::registered(&frame.registry);
    let (view, collector) = Collector::beside(View::new(metrics.clone()), args.ages(), metrics);
    // Its own connection: what it reads should hold up nothing.
    let options =
        Options { url: args.service.nats_url.clone(), name: "tributary-translation-collector".to_owned() };
    let collecting = tokio::spawn(collector.run(Bus::connect(options).await?));
    let result = service::run("translation", &args.service, view, frame).await;
    collecting.abort();
    result
}
