//! Readers that are too slow, against a real server: nothing is lost, and what waits for them stays small.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::Client;
use testbed::{Nats, eventually};

use super::{Follower, Told};
use crate::bus::HABIT;
use crate::connection::{Connection, Habit};
use crate::{Bus, Interruption, Key, Options, Stream, Write};

const SOON: Duration = Duration::from_secs(30);
const ROWS: usize = 10_000;

/// A connection whose subscriptions hold `capacity` messages.
async fn connect(nats: &Nats, capacity: usize) -> Bus {
    let options = Options { url: nats.url(), name: "test".to_owned() };
    let habit = Habit { capacity, ping: Duration::from_millis(200), ..HABIT };
    Bus { connection: Connection::open(&options, habit).await.unwrap(), replicas: None }
}

async fn hub() -> (Nats, Bus) {
    let nats = Nats::start().await.unwrap();
    let bus = connect(&nats, HABIT.capacity).await;
    bus.init(1).await.unwrap();
    (nats, bus)
}

fn write(n: usize, value: Vec<u8>) -> Write {
    Write::new(Key::Location(format!("l{n}")), value)
}

/// All that is told until `done`: how often each key, and why it was interrupted.
async fn read(
    follower: &mut Follower,
    mut done: impl FnMut(&BTreeMap<Key, Vec<u8>>) -> bool,
) -> (usize, Vec<Interruption>) {
    let (mut known, mut rows, mut interruptions) = (BTreeMap::new(), 0, Vec::new());
    let reading = async {
        while !done(&known) {
            match follower.next().await {
                Told::Row { row, .. } => {
                    rows += 1;
                    known.insert(row.key, row.value.unwrap_or_default().to_vec());
                }
                Told::Again(why) => interruptions.push(why),
                _ => {}
            }
        }
    };
    tokio::time::timeout(SOON, reading).await.expect("all of it to be read");
    (rows, interruptions)
}

#[tokio::test]
async fn a_follower_that_is_overrun_notices_goes_on_where_it_was_and_tells_each_row_once() {
    let (nats, bus) = hub().await;
    for from in (0..ROWS).step_by(1000) {
        bus.commit((from..from + 1000).map(|n| write(n, b"x".to_vec())).collect(), None).await.unwrap();
    }
    // Its subscription and the queue to its reader hold a part of it, and the server sends all.
    let narrow = connect(&nats, 512).await;
    let mut follower = Follower::start(&narrow, &Stream::Locations);
    let overrun = async || if narrow.dropped() > 0 { Ok(()) } else { Err("nothing was dropped") };
    eventually("rows to be dropped", SOON, overrun).await.unwrap();
    let (rows, interruptions) = read(&mut follower, |known| known.len() == ROWS).await;
    assert_eq!(rows, ROWS);
    assert!(interruptions.contains(&Interruption::Overrun), "{interruptions:?}");
}

#[tokio::test]
async fn a_reader_that_does_not_read_is_sent_a_window_and_later_what_is_newest() {
    let (_nats, bus) = hub().await;
    let mut follower = Follower::start(&bus, &Stream::Locations);
    // 200 MB in all; the server's window is 32 MB, and the queue to the reader holds a thousand rows.
    const ROUNDS: usize = 200;
    const KEYS: usize = 20;
    let value = |round: usize| [round.to_be_bytes().as_slice(), &[0; 50_000]].concat();
    for round in 0..ROUNDS {
        bus.commit((0..KEYS).map(|n| write(n, value(round))).collect(), None).await.unwrap();
    }
    let newest = value(ROUNDS - 1);
    let (rows, _) =
        read(&mut follower, |known| known.len() == KEYS && known.values().all(|it| *it == newest)).await;
    assert!(rows < ROUNDS * KEYS * 2 / 3, "{rows} of {} rows were kept for it", ROUNDS * KEYS);
}

/// More than the client's event queue holds, and than a subscription of one message.
async fn flood(client: &Client) {
    for _ in 0..20_000 {
        client.publish("flood", "x".into()).await.unwrap();
    }
    client.flush().await.unwrap();
}

#[tokio::test]
async fn a_connection_that_breaks_while_it_is_overrun_is_known_to_be_back() {
    let (mut nats, bus) = hub().await;
    let narrow = connect(&nats, 1).await;
    let _unread = narrow.connection.client.subscribe("flood").await.unwrap();
    narrow.connection.client.flush().await.unwrap();
    flood(&async_nats::connect(nats.url()).await.unwrap()).await;
    let overrun = async || if narrow.dropped() > 0 { Ok(()) } else { Err("nothing was dropped") };
    eventually("the flood to arrive", SOON, overrun).await.unwrap();
    nats.kill();
    nats.restart().await.unwrap();
    let answered = eventually("an answer on the new connection", SOON, async || {
        let session = *narrow.session().borrow();
        match narrow.info("KV_locations").await {
            Ok(Some(_)) if session.number > 1 => Ok(()),
            other => Err(format!("{session:?}, {other:?}")),
        }
    });
    answered.await.unwrap();
    assert!(narrow.dropped() > 0);
    drop(bus);
}
