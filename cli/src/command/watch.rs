//! `tributary watch`: a placement's state, live.

mod screen;

use anyhow::Result;
use clap::Args;
use serde_json::json;
use wire::api;

use self::screen::Screen;
use super::{
    Outcome,
    live::{self, Live, News},
    placements, progress, state,
};
use crate::{args::Global, client::Client, kinds, moment, output, terminal};

const EXAMPLES: &str = "\
Examples:
  tributary watch placement/shop            a picture that moves; Ctrl-C ends it
  tributary watch placement/shop | tee log  a line for each change
  tributary watch placement/shop -o json    a document for each change, in a line

In the picture, # is healthy, + updated, and . neither. It ends when the placement is deleted and withdrawn everywhere.";

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
        let placement = placements::one(&self.target)?;
        let mut client = Client::connect(global).await?;
        client.get(&kinds::kind("placement")?.key(&global.space, "", &placement)).await?;
        let request = api::WatchStatusRequest {
            space: global.space.clone(),
            placement: placement.clone(),
            ..api::WatchStatusRequest::default()
        };
        live::follow(global, client, request, Screen::new(placement)).await
    }
}

impl Live for Screen {
    fn take(&mut self, news: News) -> Result<()> {
        self.hear(news);
        Ok(())
    }

    fn show(&mut self, global: &Global) -> Result<Option<Outcome>> {
        if self.is_gone {
            output::note(format_args!("placement/{} is gone", self.placement));
            return Ok(Some(Outcome::Done));
        }
        let is_new = std::mem::take(&mut self.is_new);
        match (global.document_format(), terminal::size()) {
            (Some(format), _) if is_new => output::streamed(format, &document(self))?,
            (None, Some(size)) => output::raw(self.draw(size, &moment::clock(moment::now_ms())).as_bytes())?,
            (None, None) if is_new => output::line(line(self))?,
            _ => {}
        }
        Ok(None)
    }
}

fn document(screen: &Screen) -> serde_json::Value {
    json!({"time": model::time::to_rfc3339(moment::now_ms()), "placement": screen.placement,
           "status": state::document(&screen.state)})
}

fn line(screen: &Screen) -> String {
    let clock = moment::clock(moment::now_ms());
    format!("{clock} placement/{} {}", screen.placement, progress::line(&screen.state))
}
