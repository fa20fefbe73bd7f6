//! `tributary wait`: until a placement has come far enough.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Result, bail};
use clap::Args;
use futures::TryStreamExt as _;
use tokio::time::Instant;
use wire::{api, bus::Problem};

use super::{
    Outcome, apply,
    progress::{self, Goal, Offline},
};
use crate::{args::Global, client::Client, output, table::Table};

const EXAMPLES: &str = "\
Examples:
  tributary wait placement/shop --for healthy --timeout 2m
  tributary wait placement/shop --for updated --ignore-offline

Older states never count: what is waited for accounts for all changes that the gateway has accepted before.
Exit code 1: the time was up; what is missing is on stderr.";
/// How long to wait before a broken watch is opened again.
const PAUSE: Duration = Duration::from_millis(500);

/// Waits until all locations of a placement are updated, or healthy.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Wait {
    /// placement/NAME.
    #[arg(value_name = "placement/NAME", required = true)]
    target: Vec<String>,
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

/// What was seen last.
type Seen = Option<api::PlacementStatus>;

impl Wait {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let placement = super::placement(&self.target)?;
        let mut client = Client::connect(global).await?;
        let request = api::WatchStatusRequest {
            space: global.space.clone(),
            placement: placement.clone(),
            watermark: self.accepted(&mut client).await?,
        };
        let deadline = Instant::now() + self.timeout;
        let mut seen = Seen::None;
        let waiting = self.until_reached(&mut client, &request, deadline, &mut seen);
        match tokio::time::timeout_at(deadline, waiting).await {
            Ok(result) => result?,
            Err(_) => return self.give_up(&placement, seen.as_ref()),
        }
        let state = seen.unwrap_or_default();
        if state.summary.as_ref().and_then(|summary| summary.total).unwrap_or_default().expected == 0 {
            output::note(format_args!("warning: placement/{placement} selects no location"));
        }
        output::line(format_args!("placement/{placement}: {}", progress::line(&state)))?;
        Ok(Outcome::Done)
    }

    /// The sequences to account for: as given, or of all changes that the gateway has accepted up to now, which an
    /// apply of nothing tells.
    async fn accepted(&self, client: &mut Client) -> Result<BTreeMap<String, u64>> {
        if !self.watermark.is_empty() {
            return Ok(self.watermark.iter().cloned().collect());
        }
        Ok(apply::send(client, &[], true).await?.watermark)
    }

    /// Watches, again and again if need be: a gateway may restart while somebody waits.
    async fn until_reached(
        &self,
        client: &mut Client,
        request: &api::WatchStatusRequest,
        deadline: Instant,
        seen: &mut Seen,
    ) -> Result<()> {
        loop {
            let broken = match self.follow(client, request, seen).await {
                Ok(true) => return Ok(()),
                Ok(false) => None,
                Err(error) => Some(error),
            };
            if let Some(error) = broken
                && (seen.is_none() || Instant::now() + PAUSE >= deadline)
            {
                return Err(error);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Whether the goal is reached; if not, the watch has ended.
    async fn follow(
        &self,
        client: &mut Client,
        request: &api::WatchStatusRequest,
        seen: &mut Seen,
    ) -> Result<bool> {
        let mut states = client.watch_status(request.clone()).await?;
        while let Some(next) = states.try_next().await.map_err(|status| client.stream_error(&status))? {
            let state = next.status.unwrap_or_default();
            let is_reached = progress::missing(&state, self.goal, self.offline()).is_none();
            *seen = Some(state);
            if is_reached {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn offline(&self) -> Offline {
        if self.ignore_offline { Offline::Ignore } else { Offline::Count }
    }

    fn give_up(&self, placement: &str, seen: Option<&api::PlacementStatus>) -> Result<Outcome> {
        let timeout = humantime::format_duration(self.timeout);
        let Some(state) = seen else {
            bail!("the gateway has told no state of placement/{placement} within {timeout}");
        };
        let missing = progress::missing(state, self.goal, self.offline()).unwrap_or_default();
        output::note(format_args!("placement/{placement} is not there after {timeout}: {missing}"));
        let problems = state.summary.iter().flat_map(|summary| &summary.problems);
        tell(state.rollout.iter().flat_map(|rollout| &rollout.problems).chain(problems));
        Ok(Outcome::No)
    }
}

fn tell<'a>(problems: impl Iterator<Item = &'a Problem>) {
    let mut table = Table::new(["LOCATION", "OBJECT", "REASON", "MESSAGE"]);
    for problem in problems.cloned() {
        table.row([problem.location, problem.object, problem.reason, problem.message]);
    }
    if !table.is_empty() {
        output::note(table);
    }
}

fn watermark(text: &str) -> Result<(String, u64), String> {
    let parsed = text.split_once('=').and_then(|(stream, seq)| Some((stream.to_owned(), seq.parse().ok()?)));
    parsed.ok_or_else(|| "write it as STREAM=SEQUENCE, as in KV_intent=17".to_owned())
}
