//! A process in the frame, from outside: endpoints, signals, exit codes.

#![cfg(test)]

use std::process::Command;
use std::time::Duration;

use testbed::{Process, http};

const SOON: Duration = Duration::from_secs(10);

fn idle(args: &[&str]) -> Process {
    // Cargo puts examples beside the folder of the tests.
    let me = std::env::current_exe().unwrap();
    let program = me.ancestors().nth(2).unwrap().join("examples/idle");
    let mut command = Command::new(program);
    command.args(args);
    Process::spawn("idle", command, None).unwrap()
}

#[tokio::test]
async fn the_logged_admin_address_answers() {
    let process = idle(&[]);
    let admin = process.field("admin", SOON).await.unwrap();
    assert_eq!(http::get(&admin, "/livez").await.unwrap().0, 200);
    assert_eq!(http::get(&admin, "/readyz").await.unwrap().0, 200);
    let (status, metrics) = http::get(&admin, "/metrics").await.unwrap();
    assert_eq!((status, metrics.as_str()), (200, "# EOF\n"));
}

#[tokio::test]
async fn a_process_that_was_asked_to_end_ends_well() {
    let mut process = idle(&[]);
    process.field("admin", SOON).await.unwrap();
    let status = process.terminate(SOON).await.unwrap();
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn a_process_that_is_ending_is_not_ready() {
    let mut process = idle(&["--stubborn", "--grace-period=60s"]);
    let admin = process.field("admin", SOON).await.unwrap();
    process.terminate(Duration::ZERO).await.unwrap_err();
    process.line("shutting down", SOON).await.unwrap();
    assert_eq!(http::get(&admin, "/readyz").await.unwrap(), (503, "shutting down\n".to_owned()));
    // The second signal.
    assert_eq!(process.terminate(SOON).await.unwrap().code(), Some(1));
}

#[tokio::test]
async fn the_grace_period_ends_a_process_that_does_not() {
    let mut process = idle(&["--stubborn", "--grace-period=10ms"]);
    process.field("admin", SOON).await.unwrap();
    assert_eq!(process.terminate(SOON).await.unwrap().code(), Some(1));
}

#[tokio::test]
async fn bad_configuration_ends_with_64_and_says_what_is_wrong() {
    for (args, said) in [
        (vec!["--admin-listen=nowhere"], "--admin-listen"),
        (vec!["--colour"], "--colour"),
        (vec!["--admin-listen=203.0.113.1:80"], "203.0.113.1:80"),
    ] {
        let mut process = idle(&args);
        process.line(said, SOON).await.unwrap();
        assert_eq!(process.ended(SOON).await.unwrap().code(), Some(64));
    }
}

#[tokio::test]
async fn the_configuration_is_printed_and_not_run() {
    let mut process = idle(&["--print-config", "--grace-period=3s"]);
    process.line("--grace-period=3s # command line", SOON).await.unwrap();
    assert_eq!(process.ended(SOON).await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn log_lines_are_json_on_request() {
    let process = idle(&["--log-format=json"]);
    let line = process.line("\"admin\"", SOON).await.unwrap();
    assert!(line.starts_with('{') && line.contains("\"message\":\"started\""), "{line}");
}
