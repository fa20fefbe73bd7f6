//! The state machine of rollouts: each of its rules by itself, and all of them in random histories.

mod bounds;
mod causes;
mod failures;
mod gates;
mod members;
mod simulation;
mod stage;
mod waves;
