//! The service that decides which objects go to which locations.
//!
//! ```text
//!   KV_intent, KV_locations --\                         /--> release (content, first)
//!   decision, summary ---------> View (domain) --loop---+--> decision
//!   release (large objects) --/   ^                     \--> rollout
//!                  presence, progress, the answers of gates
//! ```
//!
//! [`View`] turns rows into the domain's calls and the domain's outcome into rows; everything is decided in
//! `placement`, and everything about leases, batches and connections in `bus::flow`.

mod args;
mod gates;
mod metrics;
mod pending;
mod view;

use bus::{Bus, Options};

pub use args::Args;
pub use metrics::{Metrics, Unreadable};
pub use view::View;

/// Follows and decides until the frame says to end.
pub async fn run(args: Args, frame: chassis::Frame) -> anyhow::Result<()> {
    let (gates, gatekeeper) = gates::pair();
    let view = View::new(Metrics::registered(&frame.registry)).with_gates(gates);
    // Its own connection: a subject that nobody may publish on should end nothing else.
    let options =
        Options { url: args.service.nats_url.clone(), name: "tributary-placement-gates".to_owned() };
    let asking = tokio::spawn(gatekeeper.run(Bus::connect(options).await?));
    let result = service::run("placement", &args.service, view, frame).await;
    asking.abort();
    result
}
