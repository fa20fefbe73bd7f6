//! `tributary watch`: a placement's state, live.

use anyhow::{Result, bail};
use clap::Args;
use futures::TryStreamExt as _;
use wire::{api, bus};

use super::{Outcome, progress};
use crate::{args::Global, client::Client, moment, output, table::Table};

const EXAMPLES: &str = "\
Examples:
  tributary watch placement/shop            a picture that moves; Ctrl-C ends it
  tributary watch placement/shop | tee log  a line for each change";
/// Cursor home, and everything below it cleared.
const CLEAR: &[u8] = b"\x1b[H\x1b[2J";
/// Cells of a bar.
const BAR: u64 = 30;

/// Shows the state of a placement and every change of it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Watch {
    /// placement/NAME.
    #[arg(value_name = "placement/NAME", required = true)]
    target: Vec<String>,
}

impl Watch {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let placement = super::placement(&self.target)?;
        let mut client = Client::connect(global).await?;
        let request = api::WatchStatusRequest {
            space: global.space.clone(),
            placement: placement.clone(),
            ..api::WatchStatusRequest::default()
        };
        let mut states = client.watch_status(request).await?;
        while let Some(next) = states.try_next().await.map_err(|status| client.stream_error(&status))? {
            let state = next.status.unwrap_or_default();
            let head = format!(
                "{} placement/{placement} {}",
                moment::clock(moment::now_ms()),
                progress::line(&state)
            );
            if output::is_terminal() {
                output::raw(CLEAR)?;
                output::line(format_args!("{head}\n\n{}", picture(&state.summary.unwrap_or_default())))?;
            } else {
                output::line(head)?;
            }
        }
        bail!("the gateway ended the watch; run it again")
    }
}

/// A bar for each region: how much of it is healthy, updated, expected.
fn picture(summary: &bus::Summary) -> String {
    let mut table = Table::new(["REGION", "PROGRESS", "HEALTHY", "UPDATED", "EXPECTED", "FAILED", "OFFLINE"]);
    for region in &summary.regions {
        let counts = region.counts.unwrap_or_default();
        let numbers = [counts.healthy, counts.updated, counts.expected, counts.failed, counts.offline];
        let cells =
            [region.region.clone(), bar(&counts)].into_iter().chain(numbers.iter().map(u64::to_string));
        table.row(cells);
    }
    let problems = summary.problems.iter().map(|problem| {
        format!("\n{} {} {}: {}", problem.location, problem.object, problem.reason, problem.message)
    });
    format!("{table}\n{}", problems.collect::<String>())
}

/// `#` healthy, `+` updated, `.` not yet.
fn bar(counts: &bus::Counts) -> String {
    let cells = |count: u64| {
        usize::try_from(count.min(counts.expected) * BAR / counts.expected.max(1)).unwrap_or_default()
    };
    let (healthy, updated, all) =
        (cells(counts.healthy), cells(counts.updated.max(counts.healthy)), cells(counts.expected));
    format!("{}{}{}", "#".repeat(healthy), "+".repeat(updated - healthy), ".".repeat(all - updated))
}
