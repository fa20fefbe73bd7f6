//! The gateway's calls, each with a server of its own. The services are not needed: what they would write, the
//! tests do.

#![expect(clippy::unwrap_used, reason = "all of it is tests, which fail by panicking")]

mod answers;
mod burst;
mod declarations;
mod kinds;
mod large;
mod leaving;
mod sets;
mod support;
mod watches;
