//! After the acts: everything runs on, for the user to try.

use std::time::Duration;

use anyhow::bail;

use super::stage::Stage;
use crate::clusters::Cluster;
use crate::quit::Quit;
use crate::say;

/// Between two looks at whether everything still runs.
const LOOK: Duration = Duration::from_secs(2);

/// Prints what to try next, and stays until it is asked to end. A process that is gone is an error.
pub async fn stay(stage: &mut Stage, quit: &Quit) -> anyhow::Result<()> {
    let file = stage.folder.write("env", &environment(stage))?;
    let placement = stage.placement();
    let (name, env) = (placement.name.as_str(), stage.folder.shown(&file));
    say::title("It stays until you press Ctrl-C. In another terminal:");
    say::line(&format!(
        "  . {env}                                  # the tools, and where the fleet is
  tributary get placements
  tributary describe placement {name}
  tributary get locations -l tier=edge
  tributary explain placement {name} --location store-4
  tributary render --placement {name} --location store-4
  $EDITOR .demo/application.yaml && tributary diff -f .demo/application.yaml
  tributary apply -f .demo/application.yaml && tributary wait placement/{name} --for healthy
  tributary watch placement/{name}
  nats kv ls intent; nats sub --headers-only 'trib.v1.dn.eu.*'
  ls .demo/locations/store-1                   # change or delete a file: it is put back
  ls .demo/logs"
    ));
    stage.clusters.each().for_each(|cluster| say::line(&format!("  {}", shown(stage, cluster))));
    let mut look = tokio::time::interval(LOOK);
    let asked = quit.in_order();
    tokio::pin!(asked);
    loop {
        tokio::select! {
            () = &mut asked => return Ok(()),
            _ = look.tick() => {}
        }
        if let Some(casualty) = stage.fleet.casualty() {
            bail!(casualty);
        }
    }
}

/// What is in a cluster.
fn shown(stage: &Stage, cluster: &Cluster) -> String {
    let namespaces =
        if stage.is_example { ["--namespace", "shop"].as_slice() } else { &["--all-namespaces"] };
    cluster.kubectl.shown(&[&["get", "deployments,pods"], namespaces].concat())
}

/// A file for the user's shell.
fn environment(stage: &Stage) -> String {
    let exports =
        stage.fleet.environment().into_iter().map(|(name, value)| format!("export {name}={value}\n"));
    let binaries =
        testbed::binary("tributary").ok().and_then(|path| Some(path.parent()?.display().to_string()));
    // The nats CLI, which ./demo has built and names here.
    let tools = std::env::var("TRIBUTARY_DEMO_PATH").ok();
    let folders: Vec<_> = binaries.into_iter().chain(tools).collect();
    let path = format!("export PATH=\"{}:$PATH\"\n", folders.join(":"));
    exports.chain([path]).collect()
}
