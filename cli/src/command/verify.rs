//! `tributary verify`: whether what is stored follows from the truth.

mod content;
mod findings;
mod recompute;
mod stray;
mod tables;

use std::time::Duration;

use anyhow::{Context as _, Result};
use bus::{Bus, Options};
use clap::Args;
use indicatif::ProgressBar;
use summarization_service::{Regions, Scope};

use self::{findings::Findings, tables::Tables};
use super::Outcome;
use crate::{args::Global, busy, moment};

const EXAMPLES: &str = "\
Examples:
  tributary verify --nats-url nats://127.0.0.1:4222
  tributary verify --show 10                      with the difference of ten rows
  tributary verify -o json | jq .stray            what nothing justifies

Reads every table, recomputes decisions, documents, partials and summaries by the functions that the services use, and
compares; looks for rows that follow from nothing, and for every blob that a document names. Changes nothing. While
things move, a row may be on its way: only what is found in each of several looks is told. Exit code 1: something is.";
/// Looks at the tables; what is merely on its way is there by the next.
const LOOKS: usize = 3;
/// Between two looks. What is on its way cannot be waited for, as nobody knows that it is: this is longer than a change
/// takes from the truth to its summary, and than the conflation of summaries.
const PAUSE: Duration = Duration::from_secs(2);

/// Recomputes every derived table from the truth and compares. Talks to NATS itself, not to the gateway.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Verify {
    /// The NATS of the hub.
    #[arg(long, env = "TRIBUTARY_NATS_URL", default_value = "nats://127.0.0.1:4222", value_name = "URL")]
    nats_url: String,
    /// Rows whose difference is shown.
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    show: usize,
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = humantime::parse_duration)]
    timeout: Duration,
}

impl Verify {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let timeout = humantime::format_duration(self.timeout).to_string();
        let looking = tokio::time::timeout(self.timeout, self.look_until_quiet()).await;
        let findings = looking.with_context(|| format!("not done within {timeout}; raise --timeout"))??;
        match global.document_format() {
            Some(format) => findings.print(format)?,
            None => findings.show(self.show)?,
        }
        Ok(if findings.is_clean() { Outcome::Done } else { Outcome::No })
    }

    async fn look_until_quiet(&self) -> Result<Findings> {
        let options = Options { url: self.nats_url.clone(), name: "tributary verify".to_owned() };
        let progress = busy::spinner("connecting to NATS");
        let bus = Bus::connect(options).await?;
        let mut findings = look(&bus, &progress).await?;
        for _ in 1..LOOKS {
            if findings.is_clean() {
                break;
            }
            progress.set_message("something was found; looking again whether it was only on its way");
            tokio::time::sleep(PAUSE).await;
            findings.keep_common(&look(&bus, &progress).await?);
        }
        Ok(findings)
    }
}

async fn look(bus: &Bus, progress: &ProgressBar) -> Result<Findings> {
    let mut tables = Tables::new(bus);
    let now = moment::now_ms();
    let scope = Scope { regions: Regions::All, hub: true };
    progress.set_message("recomputing decisions");
    let mut writes =
        recompute::recompute(placement_service::View::new(Default::default()), &mut tables, now).await?;
    progress.set_message(format!("{} rows read; recomputing documents", tables.row_count()));
    writes.extend(
        recompute::recompute(translation_service::View::new(Default::default()), &mut tables, now).await?,
    );
    progress.set_message(format!("{} rows read; recomputing summaries", tables.row_count()));
    let view = summarization_service::View::new(scope, Default::default(), Default::default(), now);
    writes.extend(recompute::recompute(view, &mut tables, now).await?);
    progress.set_message(format!("{} rows read; looking for content", tables.row_count()));
    let mut missing = content::missing(&tables).await?;
    missing.extend(tables.missing());
    let differences = writes.iter().map(|write| findings::difference(&tables, write)).collect();
    Ok(Findings { differences, missing, stray: stray::rows(tables.all())?, rows: tables.row_count() })
}
