//! A disk under an agent that takes no more.

use std::process::Command;

use testbed::{Process, binary};

use super::config_map;
use crate::fleet::{Fleet, SOON, placement};

#[tokio::test]
async fn what_does_not_fit_on_an_agents_disk_fails_alone_and_is_there_once_it_fits() {
    let mut fleet = Fleet::start().await;
    fleet.agents.remove("store-3").unwrap().kill();
    let narrow = narrow_agent(&fleet);
    let large = config_map("large", &"x".repeat(100_000));
    fleet.apply(&[large, config_map("small", "1"), placement("shop", "shop")].join("\n---\n"));
    fleet.eventually_everywhere("ConfigMap small", "/data/version", Some("1")).await;
    let told = testbed::eventually("the placement says so", SOON, async || {
        let said = fleet.succeed(&["describe", "placement", "shop"]);
        let is_told = ["store-3", "ConfigMap shop/large", "ApplyFailed", "cannot write"]
            .iter()
            .all(|it| said.contains(it));
        if is_told { Ok(()) } else { Err(said) }
    });
    told.await.unwrap();
    drop(narrow);
    let url = fleet.nats.url();
    fleet.start_agent("store-3", "us", &url);
    fleet.healthy("shop");
    fleet.eventually_on_disk("store-3", "ConfigMap small", "/data/version", Some("1")).await;
}

/// The agent of `store-3`, which can write no file of more than 20 KiB: as on a full disk, a write fails half way.
fn narrow_agent(fleet: &Fleet) -> Process {
    let folder = fleet.directory("store-3");
    std::fs::create_dir_all(&folder).unwrap();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "trap '' XFSZ; ulimit -f 40; exec \"$0\" \"$@\""])
        .arg(binary("tributary-agent").unwrap());
    shell.args(["--region", "us", "--location", "store-3", "--nats-url", &fleet.nats.url()]);
    shell.arg("--sink").arg(format!("directory:{}", folder.display()));
    // Where the fleet keeps it, so that its own agent goes on from there.
    shell.arg("--state-dir").arg(folder.join("../../state/store-3"));
    shell.args(["--heartbeat", "500ms", "--anti-entropy", "1s", "--resync", "500ms"]);
    Process::spawn("store-3, with a narrow disk", shell, None).unwrap()
}
