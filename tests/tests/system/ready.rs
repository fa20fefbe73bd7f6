//! `/readyz` tells the truth: ready is who has read all that is stored, and who is not says what is missing.

use std::process::Command;

use testbed::{Nats, Process, binary, eventually, http};

use crate::fleet::SOON;

/// Waits until `/readyz` answers with a status and a text that contains `said`.
async fn until(process: &Process, status: u16, said: &str) {
    let admin = process.field("admin", SOON).await.unwrap();
    let what = format!("{status} {said:?}");
    let answer = eventually(&what, SOON, async || match http::get(&admin, "/readyz").await {
        Ok((is, text)) if is == status && text.contains(said) => Ok(()),
        other => Err(format!("{other:?}")),
    });
    answer.await.unwrap();
}

#[tokio::test]
async fn a_service_is_ready_only_while_it_knows_all_that_is_stored_and_says_what_it_waits_for() {
    let mut nats = Nats::start().await.unwrap();
    let mut init = Command::new(binary("tributary").unwrap());
    assert!(init.args(["admin", "init", "--nats-url", &nats.url()]).status().unwrap().success());
    for service in ["placement", "translation", "summarization"] {
        let name = format!("tributary-{service}");
        let process = Process::start(&name, ["--nats-url", &nats.url()]).unwrap();
        until(&process, 200, "ready").await;
        nats.kill();
        until(&process, 503, "waiting for: the connection to NATS").await;
        nats.restart().await.unwrap();
        until(&process, 200, "ready").await;
    }
    let process = Process::start("tributary-placement", ["--nats-url", &nats.url()]).unwrap();
    until(&process, 200, "ready").await;
    nats.cli(&["stream", "rm", "KV_locations", "--force"]).unwrap();
    until(&process, 503, "waiting for: KV_locations").await;
}
