//! `tributary explain`: why a location is chosen, or not.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;
use wire::api;

use super::Outcome;
use crate::{args::Global, client::Client, output, table::Table};

const EXAMPLES: &str = "\
Examples:
  tributary explain placement shop                      every location, with the reason
  tributary explain placement shop --location store-1   this one";
const PAGE: u32 = 500;

/// For each location: chosen, or the first reason why not.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Explain {
    /// placement NAME, or placement/NAME.
    #[arg(value_name = "placement NAME", required = true)]
    target: Vec<String>,
    /// Only this location.
    #[arg(long, default_value = "", hide_default_value = true)]
    location: String,
}

impl Explain {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let placement = super::placement(&self.target)?;
        let mut client = Client::connect(global).await?;
        let mut request = api::ExplainRequest {
            space: global.space.clone(),
            placement,
            location: self.location.clone(),
            page_size: PAGE,
            page_token: String::new(),
        };
        let mut all = client.explain(request.clone()).await?;
        while !all.next_page_token.is_empty() {
            request.page_token = std::mem::take(&mut all.next_page_token);
            let page = client.explain(request.clone()).await?;
            all.explanations.extend(page.explanations);
            all.next_page_token = page.next_page_token;
        }
        if all.explanations.is_empty() && !self.location.is_empty() {
            bail!("there is no location {}; `tributary get locations` lists them", self.location);
        }
        show(global, &all)?;
        Ok(Outcome::Done)
    }
}

fn show(global: &Global, all: &api::ExplainResponse) -> Result<()> {
    if let Some(format) = global.document_format() {
        let each = all
            .explanations
            .iter()
            .map(|one| json!({"location": one.location, "chosen": one.chosen, "reason": one.reason}));
        return output::document(
            format,
            &json!({"chosen": all.chosen_count, "locations": all.location_count, "explanations": each.collect::<Vec<_>>()}),
        );
    }
    let mut table = Table::new(["LOCATION", "CHOSEN", "REASON"]);
    for one in &all.explanations {
        let chosen = if one.chosen { "yes" } else { "no" };
        table.row([one.location.clone(), chosen.to_owned(), one.reason.clone()]);
    }
    output::line(table)?;
    output::note(format_args!("{} of {} locations are chosen", all.chosen_count, all.location_count));
    Ok(())
}
