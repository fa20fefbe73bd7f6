//! Somebody changes objects in a cluster by hand: they are put right.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::Value;
use testbed::eventually;

use super::stage::Stage;
use crate::clusters::Cluster;
use crate::say;

/// It takes well under a second.
const SOON: Duration = Duration::from_secs(30);

pub async fn play(stage: &Stage) -> anyhow::Result<()> {
    let Some(cluster) = stage.clusters.each().next() else { return Ok(()) };
    say::title(&format!("Somebody changes objects in {} by hand", cluster.name));
    let rendered = stage.rendered(&cluster.name).await?;
    if let Some(deployment) = rendered.iter().find(|object| is_scalable(object)) {
        scale(cluster, deployment).await?;
    }
    let object =
        rendered.iter().rev().find(|object| object["kind"] == "ConfigMap" || object["kind"] == "Service");
    delete(cluster, object.or(rendered.last()).context("nothing is rendered")?).await?;
    stage.watch_until_well().await?;
    stage.check_clusters().await
}

fn is_scalable(object: &Value) -> bool {
    object["kind"] == "Deployment" && object["spec"]["replicas"].is_u64()
}

async fn scale(cluster: &Cluster, deployment: &Value) -> anyhow::Result<()> {
    let wanted = deployment["spec"]["replicas"].as_u64().unwrap_or_default();
    let named = named(deployment);
    let of: Vec<_> = named.iter().map(String::as_str).collect();
    let more = format!("--replicas={}", wanted + 3);
    cluster.kubectl.show(&[&["scale"], &of[..], &[&more]].concat(), 2).await?;
    let scaled = Instant::now();
    let look = [&["get"], &of[..], &["-o", "jsonpath={.spec.replicas}"]].concat();
    put_right(cluster, &look, |replicas| replicas == wanted.to_string()).await?;
    say::line(&format!("{wanted} replicas again, seen after {} ms", scaled.elapsed().as_millis()));
    Ok(())
}

async fn delete(cluster: &Cluster, object: &Value) -> anyhow::Result<()> {
    let named = named(object);
    let of: Vec<_> = named.iter().map(String::as_str).collect();
    cluster.kubectl.show(&[&["delete"], &of[..]].concat(), 2).await?;
    let deleted = Instant::now();
    let look = [&["get"], &of[..], &["-o", "name", "--ignore-not-found"]].concat();
    put_right(cluster, &look, |name| !name.is_empty()).await?;
    say::line(&format!("there again, seen after {} ms", deleted.elapsed().as_millis()));
    Ok(())
}

async fn put_right(cluster: &Cluster, look: &[&str], is: impl Fn(&str) -> bool) -> anyhow::Result<()> {
    let what = format!("{} puts it right", cluster.name);
    eventually(&what, SOON, async || match cluster.kubectl.run(look).await {
        Ok(text) if is(text.trim()) => Ok(()),
        Ok(text) => Err(text),
        Err(error) => Err(format!("{error:#}")),
    })
    .await
}

/// `deployment cart --namespace shop`
fn named(object: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (kind, metadata) = (text(&object["kind"]).to_lowercase(), &object["metadata"]);
    let mut named = vec![kind, text(&metadata["name"])];
    if let Some(namespace) = metadata["namespace"].as_str() {
        named.extend(["--namespace".to_owned(), namespace.to_owned()]);
    }
    named
}
