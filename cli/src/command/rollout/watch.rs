//! `tributary rollout status --watch`: a rollout, live, until it ends or pauses.

use anyhow::Result;
use serde_json::{Value, json};

use super::{
    screen::Screen,
    seen::{self, Seen},
    words,
};
use crate::{
    args::Global,
    client::Client,
    command::{
        Outcome,
        live::{self, Live, News},
    },
    moment, output, terminal,
};

pub async fn watch(global: &Global, placement: &str) -> Result<Outcome> {
    let mut client = Client::connect(global).await?;
    let request = seen::request(&mut client, global, placement).await?;
    live::follow(global, client, request, Screen::new(placement.to_owned())).await
}

impl Live for Screen {
    fn take(&mut self, news: News) -> Result<()> {
        match news {
            News::Tick => {}
            News::Lost => self.is_lost = true,
            // What was decided before the last change says nothing of how that goes out.
            News::State(state) if !state.decided || state.rollout.is_none() => self.is_lost = false,
            News::State(state) => self.hear(Seen::of(*state)?, moment::now_ms()),
        }
        Ok(())
    }

    fn show(&mut self, global: &Global) -> Result<Option<Outcome>> {
        let now_ms = moment::now_ms();
        match (global.document_format(), terminal::size(), &self.seen) {
            (None, Some(size), _) => output::raw(self.draw(size, now_ms).as_bytes())?,
            (None, None, Some(seen)) => {
                let line = format!("{}; {}", words::counts(&seen.progress), seen.headline());
                if self.is_news(&line) {
                    output::line(line)?;
                }
            }
            (Some(format), _, Some(seen)) => {
                let document = seen.document(&self.placement);
                if self.is_news(&document.to_string()) {
                    output::streamed(format, &self.timed(document, now_ms))?;
                }
            }
            (Some(_), _, None) | (None, None, None) => {}
        }
        Ok(self.seen.as_ref().and_then(Seen::ended))
    }
}

impl Screen {
    /// With when it was so, and how quickly it goes on.
    fn timed(&self, mut document: Value, now_ms: u64) -> Value {
        document["time"] = json!(model::time::to_rfc3339(now_ms));
        document["healthyPerMinute"] = json!(self.pace.per_minute(now_ms));
        document
    }

    /// Whether it differs from what was told last.
    fn is_news(&mut self, text: &str) -> bool {
        let is_news = self.told != text;
        text.clone_into(&mut self.told);
        is_news
    }
}
