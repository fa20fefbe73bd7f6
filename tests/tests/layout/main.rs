//! The rules of the layout: which crate may know what, as tests over `cargo metadata`.
//!
//! A rule that fails here is not a detail of style: it is what keeps the deciding code free of I/O, NATS out of
//! all that is shipped but one crate, and the agent small. Change the rule together with ARCHITECTURE.md, or not at all.

#![cfg(test)]

mod dependencies;
mod licences;
mod names;
mod workspace;
