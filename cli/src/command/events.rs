//! `tributary events`: what has happened to placements, and what is wrong with them now; or what a location's cluster has
//! noted.

mod cluster;
mod event;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use self::event::Event;
use super::{Outcome, placements::Placements};
use crate::{
    args::Global,
    client::Client,
    moment, output,
    table::{Columns, Table},
};

const EXAMPLES: &str = "\
Examples:
  tributary events                   of all placements of the space, oldest first
  tributary events placement/shop
  tributary events -l team=a --watch and whatever happens from now on
  tributary events --watch -o json   a line for each
  tributary events --location store-1
                                     what the cluster there has noted about what Tributary applied
  tributary events deployment/cart -n shop --location store-1 --warnings
                                     and about what belongs to one object: its ReplicaSets, Jobs and Pods";
const HEADER: [&str; 4] = ["TIME", "PLACEMENT", "REASON", "MESSAGE"];

/// Shows the rollouts of placements in order, and the problems of now; with --location, the events of a cluster.
///
/// With --location, the agent there is asked for what its cluster has noted, newest last: of the object that is named as
/// KIND/NAME, or of all that Tributary applied there, with what belongs to it. Nothing is stored.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Events {
    #[command(flatten)]
    placements: Placements,
    /// Go on with what happens.
    #[arg(short, long, conflicts_with = "location")]
    watch: bool,
    /// Ask this location's agent for the events of its cluster.
    #[arg(long)]
    location: Option<String>,
    /// The namespace of the object.
    #[arg(short, long, default_value = "", hide_default_value = true, requires = "location")]
    namespace: String,
    /// Only warnings.
    #[arg(long, requires = "location")]
    warnings: bool,
    /// At most so many, the newest; without it, as many as an answer has room for.
    #[arg(long, default_value_t = 0, hide_default_value = true, requires = "location")]
    limit: u32,
}

/// What has been told, by placement.
type Told = BTreeMap<String, BTreeSet<Event>>;

impl Events {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        if let Some(location) = &self.location {
            return cluster::run(global, location, self.wanted()?).await;
        }
        let mut client = Client::connect(global).await?;
        let mut told = Told::new();
        for placement in self.placements.find(&mut client, &global.space).await? {
            let state = client.status(&global.space, &placement).await?;
            told.insert(placement.clone(), event::of(&placement, &state));
        }
        let mut events: Vec<_> = told.values().flatten().cloned().collect();
        events.sort();
        if self.watch {
            return self.follow(global, &mut client, told, events).await;
        }
        show(global, &events)?;
        Ok(Outcome::Done)
    }

    fn wanted(&self) -> Result<cluster::Wanted<'_>> {
        Ok(cluster::Wanted {
            words: self.placements.words()?,
            namespace: &self.namespace,
            warnings_only: self.warnings,
            limit: self.limit,
        })
    }

    /// Never ends by itself.
    async fn follow(
        &self,
        global: &Global,
        client: &mut Client,
        mut told: Told,
        events: Vec<Event>,
    ) -> Result<Outcome> {
        let mut columns = Columns::new(HEADER);
        events.iter().try_for_each(|event| stream(global, &mut columns, event))?;
        let mut states = self.placements.follow(client, &global.space).await?;
        loop {
            let (placement, state) = states.next().await?;
            let now = event::of(&placement, &state);
            let before = told.insert(placement, now.clone()).unwrap_or_default();
            for event in event::news(&before, &now, moment::now_ms()) {
                stream(global, &mut columns, &event)?;
            }
        }
    }
}

fn show(global: &Global, events: &[Event]) -> Result<()> {
    if let Some(format) = global.document_format() {
        let each: Vec<_> = events.iter().map(Event::document).collect();
        return output::document(format, &json!({"events": each}));
    }
    if events.is_empty() {
        output::note(format_args!("nothing has happened yet in space {}", global.space));
        return Ok(());
    }
    let mut table = Table::new(HEADER);
    events.iter().for_each(|event| table.row(event.cells()));
    output::table(global, &table)
}

fn stream(global: &Global, columns: &mut Columns, event: &Event) -> Result<()> {
    match global.document_format() {
        Some(format) => output::streamed(format, &event.document()),
        None => output::line(columns.row(event.cells())),
    }
}
