//! `tributary wait`: until placements have come far enough.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Result, bail};
use clap::Args;
use futures::future::try_join_all;
use indicatif::MultiProgress;
use serde_json::json;
use tokio::time::Instant;
use wire::api;

use super::{
    Outcome, apply,
    follow::{Follow, Seen},
    placements::Placements,
    progress::{self, Goal, Offline},
    state,
};
use crate::{
    args::Global,
    busy,
    client::{self, Client},
    output,
    usage::usage,
};

const EXAMPLES: &str = "\
Examples:
  tributary wait placement/shop --for healthy --timeout 2m
  tributary wait placement/shop --for updated --ignore-offline
  tributary wait -l team=a                                      all that have the label
  tributary wait placement/shop -o json | jq .placements[0].status.counts

Older states never count: what is waited for accounts for all changes that the gateway has accepted before.
Exit code 1: the time was up; what is missing is on stderr.";

/// Waits until all locations of placements are updated, or healthy.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Wait {
    #[command(flatten)]
    placements: Placements,
    /// All placements of the space.
    #[arg(long, conflicts_with_all = ["target", "selector"])]
    all: bool,
    /// What to wait for.
    #[arg(long = "for", value_enum, default_value = "healthy")]
    goal: Goal,
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = humantime::parse_duration)]
    timeout: Duration,
    /// Locations that are offline need not get there.
    #[arg(long)]
    ignore_offline: bool,
    /// Sequences that the answer must account for, as `apply` tells them: STREAM=SEQUENCE.
    #[arg(long, value_name = "STREAM=SEQUENCE", value_parser = watermark)]
    watermark: Vec<(String, u64)>,
}

/// How waiting for a placement has ended.
struct Waited {
    placement: String,
    seen: Seen,
    /// `None`: it got there.
    missing: Option<String>,
}

/// What is known before the waiting begins.
struct Prepared {
    client: Client,
    placements: Vec<String>,
    watermark: BTreeMap<String, u64>,
}

impl Wait {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        if !self.placements.is_narrowed() && !self.all {
            return Err(usage(
                "name what to wait for, as placement/NAME, or select it with -l LABELS or --all",
            ));
        }
        let deadline = Instant::now() + self.timeout;
        let preparing = tokio::time::timeout_at(deadline, self.prepare(global)).await;
        let prepared = preparing.map_err(|_| client::silent("waiting", &global.address, self.timeout))??;
        let screen = MultiProgress::new();
        let waits =
            prepared.placements.iter().map(|name| self.wait(global, &prepared, name, deadline, &screen));
        let ended = try_join_all(waits).await;
        // Nobody may be looking; that changes nothing.
        screen.clear().ok();
        let ended = ended?;
        self.tell(global, &ended)?;
        Ok(if ended.iter().all(|one| one.missing.is_none()) { Outcome::Done } else { Outcome::No })
    }

    async fn prepare(&self, global: &Global) -> Result<Prepared> {
        let mut client = Client::connect(global).await?;
        let placements = self.placements.find(&mut client, &global.space).await?;
        if placements.is_empty() {
            // What nobody has declared is not healthy; more likely the label is a slip.
            bail!(
                "there is no such placement in space {}; `tributary get placements` lists them",
                global.space
            );
        }
        let watermark = self.accepted(&mut client).await?;
        Ok(Prepared { client, placements, watermark })
    }

    /// The sequences to account for: as given, or of all changes that the gateway has accepted up to now.
    async fn accepted(&self, client: &mut Client) -> Result<BTreeMap<String, u64>> {
        if !self.watermark.is_empty() {
            return Ok(self.watermark.iter().cloned().collect());
        }
        apply::accepted(client).await
    }

    async fn wait(
        &self,
        global: &Global,
        prepared: &Prepared,
        placement: &str,
        deadline: Instant,
        screen: &MultiProgress,
    ) -> Result<Waited> {
        let bar = busy::spinner_on(screen, format!("placement/{placement}"));
        let request = api::WatchStatusRequest {
            space: global.space.clone(),
            placement: placement.to_owned(),
            watermark: prepared.watermark.clone(),
        };
        let mut follow = Follow::new(prepared.client.clone(), request, deadline);
        let reached = follow.until(|state| {
            bar.set_message(format!("placement/{placement}: {}", progress::line(state)));
            self.missing(state).is_none()
        });
        let missing = match tokio::time::timeout_at(deadline, reached).await {
            Ok(result) => result.map(|()| None)?,
            Err(_) => Some(self.lacks(&follow.seen)),
        };
        bar.finish_and_clear();
        Ok(Waited { placement: placement.to_owned(), seen: follow.seen, missing })
    }

    fn missing(&self, state: &api::PlacementStatus) -> Option<String> {
        let offline = if self.ignore_offline { Offline::Ignore } else { Offline::Count };
        progress::missing(state, self.goal, offline)
    }

    fn lacks(&self, seen: &Seen) -> String {
        let missing = seen.as_ref().map(|state| self.missing(state).unwrap_or_default());
        missing.unwrap_or_else(|| "the gateway has told no state of it".to_owned())
    }

    fn tell(&self, global: &Global, ended: &[Waited]) -> Result<()> {
        if let Some(format) = global.document_format() {
            let each = ended.iter().map(|one| {
                let status = one.seen.as_ref().map(state::document);
                json!({"name": one.placement, "reached": one.missing.is_none(), "missing": one.missing, "status": status})
            });
            return output::document(format, &json!({"placements": each.collect::<Vec<_>>()}));
        }
        ended.iter().try_for_each(|one| self.tell_one(one))
    }

    fn tell_one(&self, Waited { placement, seen, missing }: &Waited) -> Result<()> {
        let state = seen.clone().unwrap_or_default();
        if let Some(missing) = missing {
            let timeout = humantime::format_duration(self.timeout);
            output::note(format_args!("placement/{placement} is not there after {timeout}: {missing}"));
            let problems = state::problem_table(&state);
            if !problems.is_empty() {
                output::note(problems);
            }
            return Ok(());
        }
        if state.summary.as_ref().and_then(|summary| summary.total).unwrap_or_default().expected == 0 {
            output::note(format_args!(
                "warning: placement/{placement} selects no location; `tributary explain placement {placement}` says why"
            ));
        }
        output::line(format_args!("placement/{placement}: {}", progress::line(&state)))
    }
}

fn watermark(text: &str) -> Result<(String, u64), String> {
    let parsed = text.split_once('=').and_then(|(stream, seq)| Some((stream.to_owned(), seq.parse().ok()?)));
    parsed.ok_or_else(|| "write it as STREAM=SEQUENCE, as in KV_intent=17".to_owned())
}
