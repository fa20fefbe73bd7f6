//! Commands that go on: what happens is told when it happens, by labels too.

use std::process::Command;

use testbed::{Process, binary, eventually};

use crate::fleet::{Fleet, SOON, location, placement, settings};

/// A command that does not end by itself.
fn follow(fleet: &Fleet, args: &[&str]) -> Process {
    let mut command = Command::new(binary("tributary").unwrap());
    command.args(args).env("TRIBUTARY_ADDRESS", fleet.address());
    Process::spawn(&args.join(" "), command, None).unwrap()
}

#[tokio::test]
async fn changes_are_told_as_they_happen() {
    let fleet = Fleet::start().await;
    fleet.apply(&[settings("prices", "1"), placement("shop", "shop")].join("\n---\n"));
    fleet.healthy("shop");
    let events = follow(&fleet, &["events", "--watch"]);
    let counts = follow(&fleet, &["get", "placements", "--watch"]);
    let locations = follow(&fleet, &["get", "locations", "--watch", "-o", "json"]);
    events.line("number 1", SOON).await.unwrap();
    counts.line("EXPECTED", SOON).await.unwrap();
    locations.line("store-3", SOON).await.unwrap();
    // Nobody has chosen the office, so that it can be deleted at once.
    let office = location("office", "eu").replace("tier: edge", "tier: office");
    let late = [settings("prices", "2"), placement("late", "nothing"), location("store-9", "eu"), office];
    fleet.apply(&late.join("\n---\n"));
    events.line("number 2", SOON).await.unwrap();
    events.line("store-9", SOON).await.unwrap();
    counts.line("late", SOON).await.unwrap();
    locations.line("store-9", SOON).await.unwrap();
    fleet.succeed(&["delete", "location", "office"]);
    locations.line("\"type\":\"Deleted\"", SOON).await.unwrap();
}

#[tokio::test]
async fn labels_select_in_every_command_that_is_about_several() {
    let fleet = Fleet::start().await;
    let labelled = |name: &str, team: &str| {
        placement(name, "shop")
            .replace(&format!("{{name: {name}}}"), &format!("{{name: {name}, labels: {{team: {team}}}}}"))
    };
    fleet.apply(&[settings("prices", "1"), labelled("one", "a"), labelled("two", "b")].join("\n---\n"));
    fleet.succeed(&["wait", "-l", "team in (a,b)", "--timeout", "30s"]);
    for command in [
        &["get", "placements"][..],
        &["get", "placements", "-o", "json"],
        &["describe", "placements", "-o", "yaml"],
        &["events", "-o", "json"],
        &["wait", "-o", "json"],
        &["delete", "placements", "--dry-run"],
    ] {
        let said = fleet.succeed(&[command, &["-l", "team=a"]].concat());
        assert!(said.contains("one") && !said.contains("two"), "{command:?}\n{said}");
    }
    let explained = fleet.succeed(&["explain", "placement", "one", "-l", "tier=edge"]);
    assert!(explained.contains("store-3"), "{explained}");
    fleet.succeed(&["delete", "placements", "-l", "team=a"]);
    let gone = eventually("it is gone when all have confirmed", SOON, async || {
        let output = fleet.run(&["get", "placement", "one"]);
        if output.status.code() == Some(1) {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&output.stdout).into_owned())
        }
    });
    gone.await.unwrap();
    fleet.succeed(&["get", "placement", "two"]);
}
