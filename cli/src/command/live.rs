//! A placement's state and every change of it, over restarts of the gateway.

use std::time::Duration;

use anyhow::Result;
use tokio::time::{MissedTickBehavior, interval};
use wire::api;

use super::Outcome;
use crate::{
    args::Global,
    client::{self, Client},
    output, terminal,
};

/// The clock on the screen moves: a picture that stands still might as well be one of a dead connection.
const TICK: Duration = Duration::from_secs(1);

/// What has happened.
pub enum News {
    State(Box<api::PlacementStatus>),
    Tick,
    Lost,
}

/// What is shown of it.
pub trait Live {
    fn take(&mut self, news: News) -> Result<()>;

    /// Shows what is new; on a terminal, all of it again. How it has ended, if it has.
    fn show(&mut self, global: &Global) -> Result<Option<Outcome>>;
}

/// Until it ends.
pub async fn follow(
    global: &Global,
    mut client: Client,
    request: api::WatchStatusRequest,
    mut view: impl Live,
) -> Result<Outcome> {
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
        view.take(news)?;
        if let Some(outcome) = view.show(global)? {
            return Ok(outcome);
        }
        if is_lost {
            states = again(&mut client, &request).await;
        }
    }
}

/// Opens the watch again, however long that takes: whoever looks sees that the connection is lost.
async fn again(
    client: &mut Client,
    request: &api::WatchStatusRequest,
) -> tonic::Streaming<api::WatchStatusResponse> {
    if terminal::size().is_none() {
        output::note("the connection is lost; trying again");
    }
    loop {
        client::pause().await;
        if let Ok(states) = client.watch_status(request.clone()).await {
            return states;
        }
    }
}
