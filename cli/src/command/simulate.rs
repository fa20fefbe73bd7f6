//! `tributary simulate`: what files would come to, without a server.

mod failing;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use model::PlacementKey;
use placement::Explanation;
use serde_json::{Value, json};

use self::failing::{Failing, Parts};
use super::{
    Outcome, import,
    offline::{self, World},
};
use crate::{args::Global, busy, input::Files, output, table::Table};

const EXAMPLES: &str = "\
Examples:
  tributary simulate -f examples                           how many locations and objects each placement takes, and
                                                           what would not work
  tributary simulate -f examples --placement shop          where it would go
  tributary simulate -f examples --location store-4        what would be there, and why, or why not
  tributary simulate -f shop --locations stores.csv        with locations from a table
  tributary render -f examples --placement shop --location store-4
                                                           the objects themselves

The functions are those of the services, so the answer is what they would decide on a hub where nothing is decided yet.
Exit code 1: something would not work.";

/// Decides on placements and renders their objects, from files alone: needs no server and changes nothing.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Simulate {
    #[command(flatten)]
    files: Files,
    /// Where users of other tools would name files.
    #[arg(hide = true)]
    misplaced: Vec<String>,
    /// More locations, from a table as `import` takes it: FILE.csv or FILE.jsonl.
    #[arg(long, value_name = "FILE")]
    locations: Option<PathBuf>,
    /// Only this placement, with each location that it takes.
    #[arg(long)]
    placement: Option<String>,
    /// Only this location, with what each placement makes of it.
    #[arg(long)]
    location: Option<String>,
}

/// A placement, and what it comes to.
struct Told<'a> {
    key: &'a PlacementKey,
    chosen: Vec<&'a str>,
    problems: &'a [model::Problem],
    parts: Parts,
    failing: Vec<Failing>,
}

impl Simulate {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let files = self.files.required(&self.misplaced)?;
        let mut resources = offline::read(files, &global.space)?;
        if let Some(table) = &self.locations {
            resources.extend(import::read(table)?);
        }
        let shown = busy::spinner(format!("simulating {} resources", resources.len()));
        let world = World::of(resources);
        let told = self.told(global, &world)?;
        drop(shown);
        let is_well = told.iter().all(|one| one.failing.is_empty() && one.problems.is_empty());
        match global.document_format() {
            Some(format) => output::document(format, &document(&world, &told))?,
            None => self.show(global, &world, &told)?,
        }
        Ok(if is_well { Outcome::Done } else { Outcome::No })
    }

    fn told<'a>(&self, global: &Global, world: &'a World) -> Result<Vec<Told<'a>>> {
        if let Some(name) = &self.placement {
            world.placed.decided(&PlacementKey { space: global.space.clone(), name: name.clone() })?;
        }
        if let Some(name) = &self.location {
            world.placed.location(name)?;
        }
        let mine = world.placed.placements().filter(|(key, _)| {
            key.space == global.space && self.placement.as_ref().is_none_or(|name| *name == key.name)
        });
        mine.map(|(key, decided)| {
            let wanted = |name: &&String| self.location.as_ref().is_none_or(|only| only == *name);
            let chosen: Vec<_> = decided.chosen.iter().filter(|(name, _)| wanted(name)).collect();
            let (parts, failing) = failing::at(&world.placed, &chosen)?;
            let chosen = chosen.into_iter().map(|(name, _)| name.as_str()).collect();
            Ok(Told { key, chosen, problems: &decided.problems, parts, failing })
        })
        .collect()
    }

    fn show(&self, global: &Global, world: &World, told: &[Told<'_>]) -> Result<()> {
        match &self.location {
            Some(location) => output::table(global, &at_location(world, told, location))?,
            None => output::table(global, &overview(told))?,
        }
        if self.placement.is_some() && self.location.is_none() {
            output::line("")?;
            output::table(global, &chosen(world, told))?;
        }
        let wrong = wrong(told);
        if !wrong.is_empty() {
            output::line("")?;
            output::table(global, &wrong)?;
        }
        Ok(())
    }
}

fn overview(told: &[Told<'_>]) -> Table {
    let mut table = Table::new(["PLACEMENT", "LOCATIONS", "OBJECTS", "OWN", "WITHHELD"]);
    for one in told {
        let withheld: u64 = one.failing.iter().map(|it| it.locations).sum();
        let numbers = [one.chosen.len() as u64, one.parts.objects, one.parts.own, withheld];
        table.row([one.key.name.clone()].into_iter().chain(numbers.map(|it| it.to_string())));
    }
    table
}

fn at_location(world: &World, told: &[Told<'_>], location: &str) -> Table {
    let mut table = Table::new(["PLACEMENT", "CHOSEN", "OBJECTS", "REASON"]);
    for one in told {
        let (chosen, objects) = if one.chosen.is_empty() { ("no", 0) } else { ("yes", one.parts.objects) };
        let reason = match world.explain(one.key, location) {
            Explanation::Chosen(chosen) => chosen.to_string(),
            Explanation::NotChosen(reason) => reason.to_string(),
        };
        table.row([one.key.name.clone(), chosen.to_owned(), objects.to_string(), reason]);
    }
    table
}

fn chosen(world: &World, told: &[Told<'_>]) -> Table {
    let mut table = Table::new(["LOCATION", "REGION", "REASON"]);
    for (key, name) in told.iter().flat_map(|one| one.chosen.iter().map(move |name| (one.key, *name))) {
        let region = world.placed.location(name).map(|it| it.spec.region.clone()).unwrap_or_default();
        let Explanation::Chosen(reason) = world.explain(key, name) else { continue };
        table.row([name.to_owned(), region, reason.to_string()]);
    }
    table
}

/// What is wrong with the selection first, then what is wrong at locations, the most frequent first.
fn wrong(told: &[Told<'_>]) -> Table {
    let mut table = Table::new(["PLACEMENT", "LOCATION", "OBJECT", "PROBLEM"]);
    for one in told {
        for it in one.problems {
            let problem = format!("{}: {}", it.reason, it.message);
            table.row([one.key.name.clone(), it.location.clone(), it.object.clone(), problem]);
        }
        for it in &one.failing {
            table.row([one.key.name.clone(), it.place(), it.object.to_string(), it.reason.clone()]);
        }
    }
    table
}

fn document(world: &World, told: &[Told<'_>]) -> Value {
    let problem = |it: &model::Problem| json!({"location": it.location, "object": it.object, "reason": it.reason, "message": it.message});
    let one = |one: &Told<'_>| {
        json!({
            "space": one.key.space,
            "name": one.key.name,
            "locations": one.chosen,
            "objects": one.parts.objects,
            "own": one.parts.own,
            "problems": one.problems.iter().map(problem).collect::<Vec<_>>(),
            "withheld": one.failing.iter().map(Failing::document).collect::<Vec<_>>(),
        })
    };
    json!({"locations": world.placed.location_count(), "placements": told.iter().map(one).collect::<Vec<_>>()})
}
