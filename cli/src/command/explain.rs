//! `tributary explain`: why a location is chosen, or not.

mod detail;

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;
use wire::api;

use super::{Outcome, placements};
use crate::{args, args::Global, busy, client::Client, output, table::Table};

const EXAMPLES: &str = "\
Examples:
  tributary explain placement shop                      every location, with the reason
  tributary explain placement shop --location store-1   this one, with every test, scores and groups
  tributary explain placement shop -l tier=edge         those with the label
  tributary explain placement shop -o json | jq -r '.explanations[] | select(.chosen | not) | .location'";
const PAGE: u32 = 500;

/// For each location: chosen, or the first reason why not.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Explain {
    /// placement NAME, or placement/NAME.
    #[arg(value_name = "placement NAME", required = true)]
    target: Vec<String>,
    /// Only this location.
    #[arg(long, default_value = "", hide_default_value = true, conflicts_with = "selector")]
    location: String,
    #[command(flatten)]
    labels: args::Labels,
}

impl Explain {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let placement = placements::one(&self.target)?;
        let mut client = Client::connect(global).await?;
        let mut all = busy::while_waiting("explaining", self.ask(global, &mut client, &placement)).await?;
        if all.explanations.is_empty() && !self.location.is_empty() {
            bail!("there is no location {}; `tributary get locations` lists them", self.location);
        }
        if !self.labels.selector.is_empty() {
            let selected = self.selected(&mut client).await?;
            all.explanations.retain(|one| selected.contains(&one.location));
            all.location_count = all.explanations.len() as u64;
            all.chosen_count = all.explanations.iter().filter(|one| one.chosen).count() as u64;
        }
        show(global, &all)?;
        if let ([one], false) = (all.explanations.as_slice(), self.location.is_empty()) {
            detail::lines(one).iter().for_each(output::note);
        }
        Ok(Outcome::Done)
    }

    /// All pages.
    async fn ask(
        &self,
        global: &Global,
        client: &mut Client,
        placement: &str,
    ) -> Result<api::ExplainResponse> {
        let mut request = api::ExplainRequest {
            space: global.space.clone(),
            placement: placement.to_owned(),
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
        Ok(all)
    }

    async fn selected(&self, client: &mut Client) -> Result<BTreeSet<String>> {
        let request = api::ListRequest {
            group: model::API_GROUP.to_owned(),
            kind: "Location".to_owned(),
            label_selector: self.labels.selector.clone(),
            ..api::ListRequest::default()
        };
        Ok(client.list(request).await?.into_iter().map(|resource| resource.metadata.name).collect())
    }
}

fn show(global: &Global, all: &api::ExplainResponse) -> Result<()> {
    if let Some(format) = global.document_format() {
        let each = all.explanations.iter().map(detail::value);
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
    output::table(global, &table)?;
    output::note(format_args!("{} of {} locations are chosen", all.chosen_count, all.location_count));
    Ok(())
}
