//! `tributary import`: many locations from a table.

mod row;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use model::Resource;
use serde_json::json;
use wire::api::{Change, View};

use super::{Outcome, apply, sets};
use crate::{args::Global, busy, client::Client, input::bounded, output, usage::usage};

const EXAMPLES: &str = "\
Examples:
  tributary import locations stores.csv
  tributary import locations stores.jsonl --dry-run

stores.csv: `name` and `region`, then any columns label:KEY, property:KEY and capacity:KEY; empty cells set nothing.
  name,region,label:tier,property:city
  store-1,eu,edge,Lisbon

stores.jsonl: one location a line.
  {\"name\": \"store-1\", \"region\": \"eu\", \"labels\": {\"tier\": \"edge\"}, \"properties\": {\"city\": \"Lisbon\"}}";
/// Locations in one change: what one atomic batch holds.
const BATCH: usize = 1000;

/// A million locations, with what is usual in a row.
const MAX_BYTES: usize = 256 << 20;

/// Declares many resources from a table.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Import {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Declares locations from a CSV or JSON Lines file, in batches; run again, it changes only what differs.
    #[command(after_help = EXAMPLES)]
    Locations(Locations),
}

#[derive(Debug, Args)]
struct Locations {
    /// FILE.csv or FILE.jsonl.
    file: PathBuf,
    /// Say what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Import {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let What::Locations(locations) = self.what;
        let resources = read(&locations.file)?;
        let mut client = Client::connect(global).await?;
        let progress = busy::bar(resources.len(), "locations");
        let mut changes = [0; 3];
        let how =
            apply::How { dry_run: locations.dry_run, view: View::Basic, set: sets::NamedSet::default() };
        for (done, batch) in resources.chunks(BATCH).enumerate() {
            let response = apply::send(&mut client, batch, how.clone()).await.with_context(|| {
                format!("{} of {} locations are in; run it again to go on", done * BATCH, resources.len())
            })?;
            for result in response.results {
                changes[match result.change() {
                    Change::Created => 0,
                    Change::Configured => 1,
                    Change::Unchanged | Change::Unspecified => 2,
                }] += 1;
            }
            progress.inc(batch.len() as u64);
        }
        progress.finish_and_clear();
        let [created, configured, unchanged] = changes;
        if let Some(format) = global.document_format() {
            let counts = json!({"locations": resources.len(), "created": created, "configured": configured,
                                "unchanged": unchanged, "dryRun": locations.dry_run});
            output::document(format, &counts)?;
            return Ok(Outcome::Done);
        }
        let suffix = if locations.dry_run { " (dry run)" } else { "" };
        output::line(format_args!(
            "{} locations: {created} created, {configured} configured, {unchanged} unchanged{suffix}",
            resources.len()
        ))?;
        Ok(Outcome::Done)
    }
}

fn text(file: &Path, name: &str) -> Result<String> {
    let opened = fs::File::open(file).with_context(|| format!("cannot open {name}"))?;
    let text = bounded(name, opened, MAX_BYTES)?;
    if text.len() > MAX_BYTES {
        bail!("{name}: a file may have {} MiB; split it into several", MAX_BYTES >> 20);
    }
    Ok(text)
}

/// The locations of a table, valid; or everything that is wrong with the file.
pub fn read(file: &Path) -> Result<Vec<Resource>> {
    let name = file.display().to_string();
    let read = match file.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => row::from_csv,
        Some("jsonl" | "ndjson") => row::from_json_lines,
        _ => {
            return Err(usage(format!(
                "{name}: name the file .csv or .jsonl, so that it is clear what it holds"
            )));
        }
    };
    let rows = read(&name, &text(file, &name)?);
    let (resources, wrong) = row::validated(&name, rows);
    if !wrong.is_empty() {
        bail!("nothing was sent\n{}", wrong.join("\n"));
    }
    if resources.is_empty() {
        bail!("{name}: there are no locations in it");
    }
    Ok(resources)
}
