//! Whatever may be at the address: nobody, somebody else, somebody who never answers.

use std::net::TcpListener;
use std::process::Output;
use std::time::{Duration, Instant};

use super::{bounded, check, config_map, folder};
use crate::fleet::{Fleet, SOON};

/// Commands that ask the gateway, each in its own way.
const COMMANDS: [&[&str]; 5] = [
    &["get", "placements"],
    &["wait", "placement/shop", "--timeout", "2s"],
    &["watch", "placement/shop"],
    &["events"],
    &["delete", "region", "eu"],
];

/// The end of a command at `address`, which must come soon.
fn ask(fleet: &Fleet, args: &[&str], address: &str) -> Output {
    let started = Instant::now();
    let output = bounded(fleet, &[args, &["--address", address, "--request-timeout", "2s"]].concat());
    assert!(started.elapsed() < Duration::from_secs(10), "{args:?} took {:?}", started.elapsed());
    output
}

#[tokio::test]
async fn an_address_where_nobody_is_or_somebody_else_is_told_with_the_way_out() {
    let fleet = Fleet::start().await;
    // A port that was free a moment ago.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let nats = format!("127.0.0.1:{}", fleet.nats.port());
    let http = fleet.services["gateway-a"].field("admin", SOON).await.unwrap();
    for (address, said) in
        [(nobody, "no gateway answers at"), (nats, "is not a gateway"), (http, "is not a gateway")]
    {
        let address = format!("http://{address}");
        for command in COMMANDS {
            check(&ask(&fleet, command, &address), 1, &[said, &address, "--address", "TRIBUTARY_ADDRESS"]);
        }
    }
}

#[tokio::test]
async fn a_server_that_accepts_and_never_answers_is_given_up_in_time() {
    let fleet = Fleet::start().await;
    // Connections are taken in by the kernel, and nobody reads from them.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    for command in COMMANDS {
        check(&ask(&fleet, command, &address), 1, &[&address, "has not answered within 2s", "try again"]);
    }
    let nats = format!("nats://{}", silent.local_addr().unwrap());
    for command in [&["verify"][..], &["admin", "init"]] {
        let output = bounded(&fleet, &[command, &["--nats-url", &nats]].concat());
        check(&output, 1, &["cannot connect to NATS", &nats, "check that the server runs"]);
    }
}

#[tokio::test]
async fn a_nats_url_where_nobody_is_or_somebody_else_is_told() {
    let fleet = Fleet::start().await;
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let gateway = fleet.address().trim_start_matches("http://").to_owned();
    for address in [nobody, gateway] {
        let url = format!("nats://{address}");
        for command in [&["verify"][..], &["admin", "init"]] {
            let output = bounded(&fleet, &[command, &["--nats-url", &url]].concat());
            check(&output, 1, &["cannot connect to NATS", &url, "address is right"]);
        }
    }
}

#[tokio::test]
async fn without_an_answer_to_a_change_it_is_said_that_nobody_knows_and_doing_it_twice_does_no_harm() {
    let mut fleet = Fleet::start().await;
    let (_kept, path) = folder(&[("right.yaml", config_map("right", "1").as_bytes())]);
    let apply = ["apply", "-f", path.to_str().unwrap()];
    fleet.services.get_mut("gateway-a").unwrap().freeze().unwrap();
    let output = ask(&fleet, &apply, fleet.address());
    check(&output, 1, &["applying", "has not answered within 2s", "may have been done", "does no harm"]);
    fleet.services.get_mut("gateway-a").unwrap().thaw().unwrap();
    fleet.succeed(&apply);
    fleet.succeed(&["diff", "-f", path.to_str().unwrap()]);
}
