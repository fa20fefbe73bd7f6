//! The service in process, on a real nats-server: decisions, reports and heartbeats in; partials, presence and summaries
//! out.

#![expect(clippy::unwrap_used, reason = "the stage of a test fails as a test does")]

mod clocks;
mod reports;
mod stage;
mod storm;
mod takeover;
