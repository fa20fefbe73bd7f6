//! What a killed test leaves behind.

#![cfg(test)]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use testbed::{Process, eventually};

const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn children_end_when_their_owner_is_killed() {
    let me = std::env::current_exe().unwrap();
    let program = me.ancestors().nth(2).unwrap().join("examples/owner");
    let mut owner = Process::spawn("owner", Command::new(program), None).unwrap();
    let child = owner.field("child", SOON).await.unwrap();
    let alive = || Path::new(&format!("/proc/{child}/cmdline")).exists();
    assert!(alive());
    owner.kill();
    eventually("the child of a killed owner ends", SOON, async || {
        if alive() { Err(format!("{child} runs")) } else { Ok(()) }
    })
    .await
    .unwrap();
}
