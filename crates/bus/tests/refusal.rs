//! A server that refuses what the loop writes: the loop goes on trying, keeps only what is newest, counts why, and is right
//! once the server takes it again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says where")]

mod support;

use std::time::Duration;

use async_nats::{Client, HeaderMap};
use bus::{Bus, Cause, Key, Options, Write};
use support::copy::{Copy, Running};
use support::{SOON, connect, desired, eu, hub, location};
use tempfile::TempDir;
use testbed::{Nats, Process, eventually};

/// Batches that the server lets be open on one stream.
const OPEN: usize = 50;
/// Longer than a lease: whoever is refused for so long has lost its units.
const LONG: Duration = Duration::from_secs(20);
const LOCATIONS: usize = 40;

async fn fill(bus: &Bus, value: &str) {
    let writes = (0..LOCATIONS).map(|n| Write::new(location(format!("l{n}")), value.to_owned())).collect();
    bus.commit(writes, None).await.unwrap();
}

/// Waits until all documents say `value`.
async fn until_copied(bus: &Bus, value: &str) {
    let look = async || {
        let rows = bus.read_all(&eu()).await.map_err(|error| error.to_string())?;
        let documents = rows.iter().filter(|row| matches!(row.key, Key::Desired { .. }));
        let right = documents.filter(|row| support::text(row) == value).count();
        if right == LOCATIONS { Ok(()) } else { Err(format!("{right} of {LOCATIONS} say {value}")) }
    };
    eventually(&format!("all documents to say {value}"), LONG, look).await.unwrap();
}

/// Waits until the loop was refused a few times for this reason.
async fn until_refused(running: &Running, cause: Cause, times: u64) {
    let look = async || match (running.stats.not_stored.get(cause), running.stats.not_kept.get(cause)) {
        (rows, leases) if rows + leases >= times => Ok(()),
        seen => Err(format!("{seen:?}")),
    };
    eventually(&format!("{times} refusals: {cause:?}"), LONG, look).await.unwrap();
}

/// A loop that has copied once, so that it holds its units and writes whatever changes.
async fn writing(nats: &Nats, bus: &Bus) -> Running {
    fill(bus, "v1").await;
    let running = Running::start(&connect(nats).await, "one", Copy::new(4));
    until_copied(bus, "v1").await;
    running
}

/// Begins as many batches as the server bears, and finishes none: it gives them up by itself after ten seconds.
async fn open_batches(client: &Client) {
    for batch in 0..OPEN {
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Batch-Id", format!("unfinished-{batch}").as_str());
        headers.insert("Nats-Batch-Sequence", "1");
        let subject = desired("eu", format!("unfinished-{batch}")).subject();
        let reply = client.new_inbox();
        client.publish_with_reply_and_headers(subject, reply, headers, "x".into()).await.unwrap();
    }
    client.flush().await.unwrap();
}

/// Of twenty values, those that were overtaken while the server refused were never written.
fn wrote_little(running: &Running) {
    let written = running.stats.rows_written.load(std::sync::atomic::Ordering::Relaxed);
    assert!(written <= 3 * LOCATIONS as u64, "{written} rows for {LOCATIONS} locations");
}

#[tokio::test]
async fn too_many_open_batches_are_waited_out_and_only_the_newest_value_is_written() {
    let (nats, bus) = hub().await;
    let running = writing(&nats, &bus).await;
    let client = async_nats::connect(nats.url()).await.unwrap();
    open_batches(&client).await;
    for version in 2..20 {
        fill(&bus, &format!("v{version}")).await;
    }
    until_refused(&running, Cause::Busy, 3).await;
    fill(&bus, "last").await;
    // The server gives up unfinished batches by itself.
    until_copied(&bus, "last").await;
    wrote_little(&running);
}

/// Lets the stream hold so many bytes and refuse more; -1: as many as come.
async fn limit(nats: &Nats, bytes: i64) {
    let context = async_nats::jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    let mut config = context.get_stream(eu().name()).await.unwrap().cached_info().config.clone();
    config.max_bytes = bytes;
    context.update_stream(config).await.unwrap();
}

#[tokio::test]
async fn a_stream_that_is_full_is_written_again_once_there_is_room() {
    let (nats, bus) = hub().await;
    let running = writing(&nats, &bus).await;
    limit(&nats, 1).await;
    for version in 2..20 {
        fill(&bus, &format!("v{version}")).await;
    }
    until_refused(&running, Cause::Full, 3).await;
    fill(&bus, "last").await;
    limit(&nats, -1).await;
    until_copied(&bus, "last").await;
    wrote_little(&running);
}

/// A server that may store a few megabytes, and where it is.
async fn small_server(folder: &TempDir) -> (Process, String) {
    let (file, store) = (folder.path().join("nats.conf"), folder.path().join("store"));
    let jetstream =
        format!("jetstream: {{ store_dir: {store:?}, sync_interval: always, max_file_store: 4MB }}");
    std::fs::write(&file, format!("listen: \"127.0.0.1:-1\"\n{jetstream}\n")).unwrap();
    let mut command = std::process::Command::new(testbed::nats_server().unwrap());
    command.arg("--config").arg(file);
    let process = Process::spawn("nats-server", command, None).unwrap();
    let line = process.line("Listening for client connections on", SOON).await.unwrap();
    process.line("Server is ready", SOON).await.unwrap();
    let port = line.rsplit(':').next().unwrap().trim().to_owned();
    (process, format!("nats://127.0.0.1:{port}"))
}

/// Uses up all that the server may store, in a stream of its own.
async fn use_up(context: &async_nats::jetstream::Context) {
    let config = async_nats::jetstream::stream::Config {
        name: "filler".to_owned(),
        subjects: vec!["filler".to_owned()],
        ..Default::default()
    };
    context.create_stream(config).await.unwrap();
    let full = async || match context.publish("filler", vec![0; 200_000].into()).await.unwrap().await {
        Err(_) => Ok(()),
        Ok(_) => Err("there is room"),
    };
    eventually("the server to be full", SOON, full).await.unwrap();
}

#[tokio::test]
async fn a_server_without_room_is_written_again_once_there_is_some() {
    let folder = TempDir::new().unwrap();
    let (_server, url) = small_server(&folder).await;
    let connect = async || Bus::connect(Options { url: url.clone(), name: "test".into() }).await.unwrap();
    let bus = connect().await;
    bus.init(1).await.unwrap();
    fill(&bus, "v1").await;
    let running = Running::start(&connect().await, "one", Copy::new(4));
    until_copied(&bus, "v1").await;
    let context = async_nats::jetstream::new(async_nats::connect(&url).await.unwrap());
    use_up(&context).await;
    // Nothing new can be declared either; leases are what has to be written.
    until_refused(&running, Cause::Full, 3).await;
    context.delete_stream("filler").await.unwrap();
    fill(&bus, "v2").await;
    until_copied(&bus, "v2").await;
}
