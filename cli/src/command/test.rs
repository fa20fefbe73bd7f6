//! `tributary test`: cases that say what files should come to.

mod case;
mod check;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use self::case::{Case, Suite};
use super::{
    Outcome,
    offline::{self, World},
};
use crate::{args::Global, input::Files, output};

const EXAMPLES: &str = "\
Examples:
  tributary test tests                   all cases of all files below a folder; needs no server
  tributary test tests/shop.yaml
  tributary test tests -o json | jq -r '.cases[] | select(.failures != []) | .name'

tests/shop.yaml, beside which the folder examples lies:
  files: [../examples]                   what is declared, from where this file is
  cases:
  - name: the shop runs at every store
    placement: shop
    chosen: [store-1, store-2]           these and no others; or includes, excludes, count
  - name: stores in the US use the mirror
    placement: shop
    location: store-4
    renders:
    - kind: Deployment
      name: storefront
      namespace: shop
      contains: {spec: {replicas: 3}}    these fields, of lists all; or equals, or absent: true
  - name: a store without a city keeps what it has
    placement: shop
    location: store-9
    withheld: [{kind: ConfigMap, name: storefront, namespace: shop, because: there is no `city`}]

Exit code 1: a case fails.";

/// Compares what files come to with what cases expect: decisions, and objects as one location gets them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Test {
    /// Files of cases, and folders of them (with those below).
    #[arg(required = true, value_name = "FILE|DIR")]
    paths: Vec<String>,
}

/// A case, and what is not as it expects.
struct Told {
    file: String,
    name: String,
    failures: Vec<String>,
}

impl Test {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let mut worlds = BTreeMap::new();
        let mut told = Vec::new();
        for (file, suite) in self.suites()? {
            let world = world(&mut worlds, &file, &suite, global)?;
            let space = suite.space.as_ref().unwrap_or(&global.space);
            told.extend(suite.cases.iter().map(|case| tell(world, &file, space, case)));
        }
        let failed = told.iter().filter(|one| !one.failures.is_empty()).count();
        show(global, &told, failed)?;
        Ok(if failed == 0 { Outcome::Done } else { Outcome::No })
    }

    /// All of them, or all that is wrong with any.
    fn suites(&self) -> Result<Vec<(String, Suite)>> {
        let files = Files { files: self.paths.clone(), recursive: true };
        let (mut suites, mut wrong) = (Vec::new(), Vec::new());
        for (name, text) in files.texts()? {
            match model::parse::typed::<Suite>(&name, &text) {
                Ok(found) => suites.extend(found.into_iter().map(|suite| (name.clone(), suite))),
                Err(errors) => wrong.extend(errors.iter().map(ToString::to_string)),
            }
        }
        if !wrong.is_empty() {
            bail!("the cases are wrong\n{}", wrong.join("\n"));
        }
        if suites.iter().all(|(_, suite)| suite.cases.is_empty()) {
            bail!("there are no cases in {}", self.paths.join(", "));
        }
        Ok(suites)
    }
}

/// What a suite's files declare, decided on once for all suites that name the same.
fn world<'w>(
    worlds: &'w mut BTreeMap<Vec<PathBuf>, World>,
    file: &str,
    suite: &Suite,
    global: &Global,
) -> Result<&'w World> {
    let folder = Path::new(file).parent().unwrap_or_else(|| Path::new("."));
    let paths: Vec<PathBuf> = suite.files.iter().map(|path| folder.join(path)).collect();
    if !worlds.contains_key(&paths) {
        let files = paths.iter().map(|path| path.display().to_string()).collect();
        let resources = offline::read(&Files { files, recursive: true }, &global.space)?;
        worlds.insert(paths.clone(), World::of(resources));
    }
    Ok(&worlds[&paths])
}

fn tell(world: &World, file: &str, space: &str, case: &Case) -> Told {
    let failures = check::check(world, space, case).unwrap_or_else(|error| vec![format!("{error:#}")]);
    Told { file: file.to_owned(), name: case.name.clone(), failures }
}

fn show(global: &Global, told: &[Told], failed: usize) -> Result<()> {
    if let Some(format) = global.document_format() {
        let each = told.iter().map(|it| json!({"file": it.file, "name": it.name, "failures": it.failures}));
        let all = json!({"passed": told.len() - failed, "failed": failed, "cases": each.collect::<Vec<_>>()});
        return output::document(format, &all);
    }
    for Told { file, name, failures } in told {
        let word = if failures.is_empty() { "ok  " } else { "FAIL" };
        output::line(format_args!("{word} {file}: {name}"))?;
        for failure in failures {
            output::line(format_args!("     {}", failure.trim_end().replace('\n', "\n     ")))?;
        }
    }
    output::line(format_args!("{} passed, {failed} failed", told.len() - failed))
}
