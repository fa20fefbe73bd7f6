//! `tributary verify`: whether what is stored follows from the truth.

mod content;
mod recompute;
mod tables;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::{Context as _, Result};
use bus::{Bus, Options, Write};
use clap::Args;
use similar::TextDiff;
use summarization_service::{Regions, Scope};

use self::tables::Tables;
use super::Outcome;
use crate::{moment, output};

const EXAMPLES: &str = "\
Examples:
  tributary verify --nats-url nats://127.0.0.1:4222
  tributary verify --show 10      with the difference of ten rows

Reads every table, recomputes decisions, documents, partials and summaries by the functions that the services use, and
compares; then looks for every blob that a document names. Changes nothing. While things move, a row may be on its way:
only what differs in each of several looks is told. Exit code 1: something differs.";
/// Looks at the tables; what is merely on its way is there by the next.
const LOOKS: usize = 3;
const PAUSE: Duration = Duration::from_secs(2);

/// Recomputes every derived table from the truth and compares. Talks to NATS itself, not to the gateway.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Verify {
    #[arg(long, env = "TRIBUTARY_NATS_URL", default_value = "nats://127.0.0.1:4222", value_name = "URL")]
    nats_url: String,
    /// Rows whose difference is shown.
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    show: usize,
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = humantime::parse_duration)]
    timeout: Duration,
}

/// What a look has found.
#[derive(Debug, Default)]
struct Findings {
    /// By subject: what is stored, and what should be.
    differences: BTreeMap<String, (String, String)>,
    /// Content and tables that are named and not there.
    missing: BTreeSet<String>,
    rows: usize,
}

impl Verify {
    pub async fn run(self) -> Result<Outcome> {
        let timeout = humantime::format_duration(self.timeout).to_string();
        let looking = tokio::time::timeout(self.timeout, self.look_until_quiet()).await;
        let findings = looking.with_context(|| format!("not done within {timeout}; raise --timeout"))??;
        for (subject, (stored, computed)) in findings.differences.iter().take(self.show) {
            let diff = TextDiff::from_lines(stored, computed);
            output::line(
                diff.unified_diff().header(&format!("stored: {subject}"), &format!("computed: {subject}")),
            )?;
        }
        for subject in findings.differences.keys().skip(self.show) {
            output::line(format_args!("{subject} differs"))?;
        }
        for what in &findings.missing {
            output::line(format_args!("{what} is missing"))?;
        }
        let (different, missing) = (findings.differences.len(), findings.missing.len());
        output::line(format_args!("{} rows read: {different} differ, {missing} missing", findings.rows))?;
        Ok(if different + missing == 0 { Outcome::Done } else { Outcome::No })
    }

    async fn look_until_quiet(&self) -> Result<Findings> {
        let options = Options { url: self.nats_url.clone(), name: "tributary verify".to_owned() };
        let bus = Bus::connect(options).await?;
        let mut findings = look(&bus).await?;
        for _ in 1..LOOKS {
            if findings.differences.is_empty() && findings.missing.is_empty() {
                break;
            }
            tokio::time::sleep(PAUSE).await;
            let again = look(&bus).await?;
            findings.differences.retain(|subject, _| again.differences.contains_key(subject));
            findings.missing.retain(|what| again.missing.contains(what));
        }
        Ok(findings)
    }
}

async fn look(bus: &Bus) -> Result<Findings> {
    let mut tables = Tables::new(bus);
    let now = moment::now_ms();
    let scope = Scope { regions: Regions::All, hub: true };
    let mut writes =
        recompute::recompute(placement_service::View::new(Default::default()), &mut tables, now).await?;
    writes.extend(
        recompute::recompute(translation_service::View::new(Default::default()), &mut tables, now).await?,
    );
    let view = summarization_service::View::new(scope, Default::default(), Default::default(), now);
    writes.extend(recompute::recompute(view, &mut tables, now).await?);
    let mut missing = content::missing(&tables).await?;
    missing.extend(tables.missing());
    let differences = writes.into_iter().map(|write| difference(&tables, &write)).collect();
    Ok(Findings { differences, missing, rows: tables.row_count() })
}

fn difference(tables: &Tables, write: &Write) -> (String, (String, String)) {
    let subject = write.key.subject();
    let stored = tables.find(&write.key).and_then(|row| row.value.clone());
    let stored = stored.map_or_else(|| "nothing\n".to_owned(), |value| wire::describe(&subject, &value));
    let computed = wire::describe(&subject, &write.value);
    (subject, (stored, computed))
}
