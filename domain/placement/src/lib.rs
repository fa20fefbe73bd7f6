//! Placement: which objects go to which locations.
//!
//! ```text
//!   intent ------> Space (what) ---> Candidate (release) --.
//!   locations ---> Inventory ------> Selection (where) -----+--> Target --> rows that differ --> Outcome
//!   decision, rollout, summary ----> Rows (previous) -------'
//! ```
//!
//! [`View::place`] is the one decision: a function of the inputs and of the previous decision, computed incrementally.
//! [`View::explain`] asks the same test for its reasons. The crate knows no wire, no clock and no I/O, and it does not
//! look into objects beyond what selects them: cleaning, expansion and transforms belong to translation.

mod answers;
mod burden;
mod candidate;
mod check;
mod choice;
mod columns;
mod condition;
mod difference;
mod explain;
mod facts;
mod failures;
mod feedback;
mod inventory;
mod labels;
mod layout;
mod names;
mod outcome;
mod place;
mod reach;
mod regions;
mod rolling;
pub mod rollout;
mod rows;
mod selection;
mod shortfall;
mod space;
mod state;
mod view;
mod zones;

pub use check::{Problem, check_resource};
pub use condition::check_expression;
pub use explain::{Chosen, Explanation, Failure, Group, Last, Reason, Score, Standing, Test};
pub use outcome::{DecisionRow, Outcome, RolloutRow};
pub use place::MIN_LIMIT;
pub use view::{Asked, View};
