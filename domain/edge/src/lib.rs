//! What one location does about its document: which objects to apply, keep and delete, in which order, and what to
//! report.
//!
//! ```text
//!   document --accept--> claims --merge--> Wishes --.
//!                                       Inventory --+--plan--> Plan --order--> (the agent acts) --report--> Status
//!                                        Observed --'
//! ```
//!
//! The crate performs nothing: it knows no files, no Kubernetes, no bus and no clock. Whatever it is not told is
//! unknown, and what is unknown is kept.

mod accept;
mod agreement;
mod claim;
mod inventory;
mod merge;
mod plan;
mod rank;
mod report;
mod subject;
mod verdict;

pub use accept::{Acceptance, accept};
pub use agreement::covers;
pub use claim::{Claim, Claimed, Standing};
pub use inventory::{Entry, Inventory, Owner};
pub use merge::{Content, Lost, Wish, Wishes, merge};
pub use plan::{Cause, Hold, Observed, Plan, Pruning, Step, plan};
pub use rank::{order, rank};
pub use report::{Known, Outcome, Outcomes, Span, cut, differs, report, worst_first};
pub use subject::{Subject, subjects, subjects_of, touched};
pub use verdict::Verdict;
