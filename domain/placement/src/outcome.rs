//! What placement wants stored.

use std::sync::Arc;

use model::{Decision, Digest, PlacementKey, Rollout};

/// The rows that are not as they should be, at most as many as were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Stored before any row: releases and the objects they name, where no stored release named them before.
    pub contents: Vec<(Digest, Arc<[u8]>)>,
    pub decisions: Vec<DecisionRow>,
    pub rollouts: Vec<RolloutRow>,
    /// There is more to write, now or when a space is no longer held.
    pub more: bool,
    /// It was cut short although there was room: others may have their turn, and then there is more to be looked at.
    pub again: bool,
    /// Rows that were computed and compared with what is stored: the work that it took.
    pub compared: usize,
}

/// A row of the decision table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionRow {
    pub region: String,
    pub bucket: u32,
    pub placement: PlacementKey,
    pub decision: Decision,
    /// As given with the change that led to it.
    pub cause: Option<Arc<str>>,
}

/// A row of the rollout table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolloutRow {
    pub placement: PlacementKey,
    pub rollout: Rollout,
    /// As given with the change that led to it.
    pub cause: Option<Arc<str>>,
}

impl Outcome {
    /// How many rows are to be stored.
    pub fn row_count(&self) -> usize {
        self.decisions.len() + self.rollouts.len()
    }
}
