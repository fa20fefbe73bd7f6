//! The agent's side: one location's document, content, reports and questions.
//!
//! An agent needs no consumer and no rights beyond its own subjects: a subscription to the republished document, direct
//! gets with the subject in the request's subject, compare-and-set on its own status rows.

mod attachment;

pub use attachment::{Attachment, Inbound, Link, Mode, Reply};
