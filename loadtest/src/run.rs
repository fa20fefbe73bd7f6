//! A run: everything is started, scenarios are played one after the other, and figures come out.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::args::{Run, Scenario};
use crate::figures::Figures;
use crate::progress::say;
use crate::report;
use crate::scenario;
use crate::stage::Stage;

/// Plays what is asked for; fails if anything was lost or did not come true in time.
pub async fn run(run: Run) -> anyhow::Result<()> {
    run.check()?;
    let temporary = TempDir::with_prefix("tributary-load-")?;
    let folder: PathBuf = run.folder.clone().unwrap_or_else(|| temporary.path().to_owned());
    let mut start = Figures::default();
    let mut stage = Stage::set(&run, &folder, &mut start).await?;
    let mut played = vec![("start".to_owned(), start)];
    for scenario in run.played() {
        let name = name(scenario);
        say(&name);
        let mut figures =
            scenario::play(&mut stage, scenario).await.with_context(|| format!("scenario {name}"))?;
        compare(&played, &mut figures);
        show(&figures);
        played.push((name, figures));
        save(&run, &played)?;
    }
    stage.stack.end().await;
    if run.json.is_none() {
        writeln!(std::io::stdout(), "{}", json(&played)?)?;
    }
    let lost: f64 = played.iter().filter_map(|(_, figures)| figures.number("lost")).sum();
    anyhow::ensure!(lost == 0.0, "{lost} locations were lost");
    Ok(())
}

/// How much longer the newest change took than its bare messages.
fn compare(played: &[(String, Figures)], figures: &mut Figures) {
    let changed = |figures: &Figures| figures.number("change_summary_true_s");
    let changes = played.iter().rev().filter(|(name, _)| name == "change");
    let change = changed(figures).or_else(|| changes.filter_map(|(_, figures)| changed(figures)).next());
    if let (Some(change), Some(raw)) = (change, figures.number("raw_s").filter(|raw| *raw > 0.0)) {
        figures.set("ratio_to_raw", (change / raw * 100.0).round() / 100.0);
    }
}

/// As it is written on the command line.
fn name(scenario: Scenario) -> String {
    use clap::ValueEnum as _;
    scenario.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn show(figures: &Figures) {
    for (name, value) in figures.lines() {
        say(&format!("    {name:<36} {value}"));
    }
}

/// After each scenario, so that what was measured is there if the next one fails.
fn save(run: &Run, played: &[(String, Figures)]) -> anyhow::Result<()> {
    if let Some(path) = &run.json {
        let text = json(played)? + "\n";
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    run.html.as_ref().map_or(Ok(()), |path| report::write(path, run, played))
}

/// Of a scenario that was played twice, the second one.
fn json(played: &[(String, Figures)]) -> anyhow::Result<String> {
    let all: Map<String, Value> =
        played.iter().map(|(name, figures)| (name.clone(), figures.json())).collect();
    Ok(serde_json::to_string_pretty(&Value::Object(all))?)
}
