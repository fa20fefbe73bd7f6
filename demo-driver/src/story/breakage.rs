//! One location breaks: what is shown says where and why, and all others go on.

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::stage::Stage;
use crate::inventory::{STORES, Store};
use crate::tributary::in_space;
use crate::{disk, say};

const TRANSFORM: &str = "demo-breakage";
/// What the transform needs and no location has.
const PROPERTY: &str = "oven";

fn broken() -> &'static Store {
    &STORES[2]
}

pub async fn play(stage: &mut Stage) -> anyhow::Result<()> {
    let store = broken();
    say::title(&format!("{} breaks: a transform needs a property that it does not have", store.name));
    let object = victim(stage).await?;
    let before = disk::manifests(&stage.fleet.manifests(store))?;
    let text = transform(&object, &stage.placement().space, store.name);
    let file = stage.folder.write("breakage.yaml", &text)?;
    stage.tributary.show(&["apply", "-f", &stage.folder.shown(&file)], 4).await?;
    let placement = stage.placement();
    stage
        .watch("one location failed and all others healthy", |seen| {
            let total = seen.summaries.get(&placement).map(|summary| summary.total).unwrap_or_default();
            total.failed == 1 && total.healthy + 1 == total.expected
        })
        .await?;
    let shown = stage.tributary.describe(&placement).await?;
    for part in [store.name, PROPERTY] {
        ensure!(shown.contains(part), "`tributary describe` does not say {part}");
    }
    let after = disk::manifests(&stage.fleet.manifests(store))?;
    ensure!(before == after, "{} has not kept its last good state", store.name);
    say::line(&format!("checked: {} keeps what it had, and the others go on", store.name));
    repair(stage).await
}

async fn repair(stage: &Stage) -> anyhow::Result<()> {
    let target = format!("transform/{TRANSFORM}");
    let placement = stage.placement();
    stage.tributary.show(&in_space(&placement, &["delete", &target]), 4).await?;
    stage.watch_until_well().await?;
    stage.check_disk(broken()).await
}

/// The first object of the location that is not a namespace.
async fn victim(stage: &Stage) -> anyhow::Result<Value> {
    let rendered = stage.tributary.rendered(&stage.placement(), broken().name).await?;
    let object = rendered.into_iter().find(|object| object["kind"] != "Namespace");
    object.context("the application has no object that could be broken")
}

fn transform(object: &Value, space: &str, location: &str) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (kind, name) = (text(&object["kind"]), text(&object["metadata"]["name"]));
    format!(
        "apiVersion: tributary.dev/v1alpha1
kind: Transform
metadata: {{name: {TRANSFORM}, space: {space}}}
spec:
  match:
    kinds: [{kind}]
    objectNames: [{name:?}]
  when: location.name == \"{location}\"
  operations:
    - set:
        path: $.metadata.annotations[\"demo.example/{PROPERTY}\"]
        value: \"${{location.properties.{PROPERTY}}}\"
"
    )
}
