//! `tributary watch`: a placement's state, live.

mod screen;

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};
use wire::api;

use self::screen::Screen;
use super::{Outcome, placements, progress, state};
use crate::{
    args::Global,
    client::{self, Client},
    kinds, moment, output, terminal,
};

const EXAMPLES: &str = "\
Examples:
  tributary watch placement/shop            a picture that moves; Ctrl-C ends it
  tributary watch placement/shop | tee log  a line for each change
  tributary watch placement/shop -o json    a document for each change, in a line

In the picture, # is healthy, + updated, and . neither. It ends when the placement is deleted and withdrawn everywhere.";
/// The clock on the screen moves: a picture that stands still might as well be one of a dead connection.
const TICK: Duration = Duration::from_secs(1);

/// Shows the state of a placement and every change of it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Watch {
    /// placement/NAME.
    #[arg(value_name = "placement/NAME", required = true)]
    target: Vec<String>,
}

/// What has become of the watch.
enum News {
    State(Box<api::PlacementStatus>),
    Tick,
    Lost,
}

impl Watch {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let placement = placements::one(&self.target)?;
        let mut client = Client::connect(global).await?;
        client.get(&kinds::kind("placement")?.key(&global.space, "", &placement)).await?;
        let request = api::WatchStatusRequest {
            space: global.space.clone(),
            placement: placement.clone(),
            ..api::WatchStatusRequest::default()
        };
        let mut screen = Screen::new(placement);
        let mut states = client.watch_status(request.clone()).await?;
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let news = tokio::select! {
                next = states.message() => match next {
                    Ok(Some(next)) => News::State(Box::new(next.status.unwrap_or_default())),
                    Ok(None) | Err(_) => News::Lost,
                },
                _ = ticks.tick() => News::Tick,
            };
            let is_lost = matches!(news, News::Lost);
            if screen.take(news) {
                output::note(format_args!("placement/{} is gone", screen.placement));
                return Ok(Outcome::Done);
            }
            show(global, &mut screen)?;
            if is_lost {
                if terminal::size().is_none() {
                    output::note("the connection is lost; trying again");
                }
                states = again(&mut client, &request).await;
            }
        }
    }
}

/// Opens the watch again, however long that takes: whoever looks sees that the connection is lost.
async fn again(
    client: &mut Client,
    request: &api::WatchStatusRequest,
) -> tonic::Streaming<api::WatchStatusResponse> {
    loop {
        client::pause().await;
        if let Ok(states) = client.watch_status(request.clone()).await {
            return states;
        }
    }
}

/// The whole picture again on a terminal, else what is new.
fn show(global: &Global, screen: &mut Screen) -> Result<()> {
    let is_new = std::mem::take(&mut screen.is_new);
    if let Some(format) = global.document_format() {
        let document = || {
            json!({"time": model::time::to_rfc3339(moment::now_ms()), "placement": screen.placement,
                   "status": state::document(&screen.state)})
        };
        return if is_new { output::streamed(format, &document()) } else { Ok(()) };
    }
    let clock = moment::clock(moment::now_ms());
    match terminal::size() {
        Some(size) => output::raw(screen.draw(size, &clock).as_bytes()),
        None if is_new => output::line(format_args!(
            "{clock} placement/{} {}",
            screen.placement,
            progress::line(&screen.state)
        )),
        None => Ok(()),
    }
}
