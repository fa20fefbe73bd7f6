//! What one location does about its document: which objects to apply, keep and delete, in which order, and what to
//! report.
//!
//! ```text
//!   document --accept--> claims --merge--> Wishes --.
//!                                       Inventory --+--plan--> Plan --order--> (the agent acts) --report--> Status
//!                                        Observed --'
//! ```
//!
//! How an object fares is read off what the API server shows of it and of its pods ([`health`], [`refine`]).
//!
//! The crate performs nothing: it knows no files, no Kubernetes, no bus and no clock. Whatever it is not told is
//! unknown, and what is unknown is kept.

mod accept;
mod agreement;
mod claim;
mod depend;
pub mod fields;
mod health;
mod inventory;
mod merge;
mod namespaces;
mod once;
mod plan;
mod rank;
mod report;
mod subject;
mod verdict;
mod warnings;

pub use accept::{Acceptance, accept};
pub use agreement::covers;
pub use claim::{Claim, Claimed, Standing};
pub use depend::{Waits, waits};
pub use health::{Outlook, Why, health, pods_reason, refine, selects_pods};
pub use inventory::{Ended, Entry, Inventory, Owner, Receipt};
pub use merge::{Content, Lost, Wish, Wishes, merge};
pub use once::{cleans_up, ended, runs_once};
pub use plan::{Cause, Hold, Observed, Plan, Pruning, Step, plan};
pub use rank::{is_custom, order, rank};
pub use report::{Known, Outcome, Outcomes, Span, cut, differs, report, worst_first};
pub use subject::{Subject, subjects, subjects_of, touched};
pub use verdict::Verdict;
pub use warnings::events_reason;
