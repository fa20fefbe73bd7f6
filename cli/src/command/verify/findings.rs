//! What a look at the tables has found, and how it is told.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use bus::Write;
use serde_json::json;
use similar::TextDiff;

use super::tables::Tables;
use crate::{args::Output, output};

#[derive(Debug, Default)]
pub struct Findings {
    /// By subject: what is stored, and what should be.
    pub differences: BTreeMap<String, (String, String)>,
    /// Content and tables that are named and not there.
    pub missing: BTreeSet<String>,
    /// By subject: rows that follow from nothing, and what they would follow from.
    pub stray: BTreeMap<String, String>,
    /// That were read.
    pub rows: usize,
}

/// The row that a view would write, beside what is stored.
pub fn difference(tables: &Tables, write: &Write) -> (String, (String, String)) {
    let subject = write.key.subject();
    let stored = tables.find(&write.key).and_then(|row| row.value.clone());
    let stored = stored.map_or_else(|| "nothing\n".to_owned(), |value| wire::describe(&subject, &value));
    let computed = wire::describe(&subject, &write.value);
    (subject, (stored, computed))
}

impl Findings {
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.missing.is_empty() && self.stray.is_empty()
    }

    /// Drops what a later look has not found.
    pub fn keep_common(&mut self, later: &Self) {
        self.differences.retain(|subject, _| later.differences.contains_key(subject));
        self.missing.retain(|what| later.missing.contains(what));
        self.stray.retain(|subject, _| later.stray.contains_key(subject));
    }

    pub fn print(&self, format: Output) -> Result<()> {
        let differences = self.differences.iter().map(|(subject, (stored, computed))| {
            json!({"subject": subject, "stored": stored, "computed": computed})
        });
        let stray = self.stray.iter().map(|(subject, lacks)| json!({"subject": subject, "lacks": lacks}));
        let findings = json!({
            "rows": self.rows,
            "differences": differences.collect::<Vec<_>>(),
            "missing": self.missing,
            "stray": stray.collect::<Vec<_>>(),
        });
        output::document(format, &findings)
    }

    /// `whole`: of how many rows the difference is shown.
    pub fn show(&self, whole: usize) -> Result<()> {
        for (subject, (stored, computed)) in self.differences.iter().take(whole) {
            let diff = TextDiff::from_lines(stored, computed);
            output::line(
                diff.unified_diff().header(&format!("stored: {subject}"), &format!("computed: {subject}")),
            )?;
        }
        for subject in self.differences.keys().skip(whole) {
            output::line(format_args!("{subject} differs"))?;
        }
        for what in &self.missing {
            output::line(format_args!("{what} is missing"))?;
        }
        for (subject, lacks) in &self.stray {
            output::line(format_args!("{subject} is stray: {lacks}"))?;
        }
        let (different, missing, stray) = (self.differences.len(), self.missing.len(), self.stray.len());
        output::line(format_args!(
            "{} rows read: {different} differ, {missing} missing, {stray} stray",
            self.rows
        ))
    }
}
