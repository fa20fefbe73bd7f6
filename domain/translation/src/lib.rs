//! Turns what placement has decided into what each location should run.
//!
//! ```text
//!   Release + sources --compile--> Recipe --translate(location)--> objects --pack--> shared part, own part
//!                                                                                        |
//!   decisions, locations, what is written ---------------- View -------------------------'--> desired documents
//! ```
//!
//! What does not depend on the location is rendered once for a release; what does, once for the values that it reads.
//! An object that cannot be rendered is withheld, with the reason, and its siblings go on. The same inputs give the
//! same bytes on every replica.
//!
//! The crate knows no wire, no clock and no I/O: how a bundle is encoded is an argument.

mod bundle;
mod check;
mod clean;
mod collection;
mod error;
mod expansion;
mod image;
mod patch;
mod recipe;
mod render;
mod template;
mod transform;
mod view;

pub use bundle::{Blob, Codec, INLINE_OBJECT, INLINE_OWN, OwnPart, SharedPart, own_part, shared_part};
pub use check::{Problem, check_expansion, check_health_rule, check_resource, check_transform};
pub use clean::clean;
pub use collection::{Collection, Piece, collect};
pub use error::Error;
pub use expansion::{Expansion, LeafError};
pub use expression::{Expression, Reads, Scope};
pub use patch::merge;
pub use recipe::{EXPAND, MAX_MANIFEST, Made, Outcome, Part, Recipe, RenderedObject};
pub use render::{render, translate};
pub use transform::{FieldError, Transformation};
pub use view::{Counts, Mark, Named, Outcome as Writes, Unknown, View, Want, Written};
