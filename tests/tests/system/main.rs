//! The built binaries as processes, with a real NATS server: what is promised holds while they are killed, cut off,
//! frozen and robbed of their tables.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api;
mod backpressure;
mod customization;
mod documentation;
mod failure;
mod fleet;
mod input;
mod journey;
mod kubernetes;
mod messages;
mod on_demand;
mod plan;
mod published;
mod ready;
mod rollout;
mod trace;
