//! One consumer: from its creation to the first sign that it no longer tells all.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_nats::{Message, StatusCode};
use futures::StreamExt as _;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};

use super::{Cursor, End, Teller, Told};
use crate::connection::Session;
use crate::provision::birth;
use crate::{Bus, Error, Interruption, Key, read};

/// The server's heartbeats on a quiet consumer; three missed ones: the consumer is gone.
const HEARTBEAT: Duration = Duration::from_secs(1);
const SILENCE: Duration = Duration::from_secs(3);
/// The server forgets a consumer without a subscriber after this time.
const INACTIVE: Duration = Duration::from_secs(10);
/// How long a purge may have taken the last pending message before the consumer is asked.
const CHECK: Duration = Duration::from_secs(1);
/// Every so many checks, the stream itself is: it may have been re-created on the same connection.
const CHECKS: u32 = 5;

struct Consumer<'a> {
    bus: &'a Bus,
    teller: &'a Teller,
    cursor: &'a mut Cursor,
    name: String,
    session: u64,
    /// Of the last message, as the consumer counts.
    delivered: u64,
    /// When anything came, heartbeats included, and when a row did.
    heard: Instant,
    told: Instant,
    checks: u32,
}

pub(super) async fn consume(
    bus: &Bus,
    teller: &Teller,
    cursor: &mut Cursor,
    (mut session, number): (watch::Receiver<Session>, u64),
    acknowledged: &AtomicU64,
) -> Result<std::convert::Infallible, End> {
    let name = format!("t{:016x}", rand::random::<u64>());
    let deliver = bus.connection.client.new_inbox();
    // Subscribed before the consumer exists: nothing is sent to nobody.
    let subscriber = bus.connection.client.subscribe(deliver.clone()).await;
    let mut subscriber = subscriber.map_err(|error| Error::Invalid(format!("subscribing: {error}")))?;
    let pending = create(bus, teller, cursor, &name, &deliver).await?;
    let start = Instant::now();
    let mut consumer = Consumer {
        bus,
        teller,
        cursor,
        name,
        session: number,
        delivered: 0,
        heard: start,
        told: start,
        checks: 0,
    };
    if pending == 0 {
        consumer.caught_up().await?;
    }
    let mut check = tokio::time::interval(CHECK);
    check.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            message = subscriber.next() => consumer.take(message).await?,
            _ = check.tick() => consumer.check(acknowledged).await?,
            () = ended(&mut session, number) => return Err(End::Again(Interruption::Reconnected)),
        }
    }
}

/// Waits for another connection than the one that the consumer was created on.
async fn ended(session: &mut watch::Receiver<Session>, number: u64) {
    drop(session.wait_for(|session| session.number != number).await);
}

/// Creates the consumer; returns how many messages it has to deliver.
async fn create(bus: &Bus, teller: &Teller, cursor: &Cursor, name: &str, deliver: &str) -> Result<u64, End> {
    let stream = teller.stream.name();
    let mut config = json!({
        "name": name,
        "deliver_subject": deliver,
        "deliver_policy": "all",
        "ack_policy": "none",
        "replay_policy": "instant",
        "max_deliver": 1,
        "mem_storage": true,
        "num_replicas": 1,
        "flow_control": true,
        "idle_heartbeat": nanos(HEARTBEAT),
        "inactive_threshold": nanos(INACTIVE),
    });
    if cursor.last > 0 {
        config["deliver_policy"] = json!("by_start_sequence");
        config["opt_start_seq"] = json!(cursor.last + 1);
    }
    let body = json!({ "stream_name": stream, "config": config });
    let made = bus.api("following", format!("CONSUMER.CREATE.{stream}.{name}"), &body).await?;
    Ok(made.ok_or(End::Missing)?["num_pending"].as_u64().unwrap_or_default())
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).expect("a few seconds")
}

impl Consumer<'_> {
    async fn take(&mut self, message: Option<Message>) -> Result<(), End> {
        // The subscription ends only with the client.
        let message = message.ok_or(End::Again(Interruption::Ended))?;
        self.heard = Instant::now();
        match message.status {
            None => self.deliver(message).await,
            Some(StatusCode::IDLE_HEARTBEAT) => self.answer(&message).await,
            // The consumer was deleted, or its leader has changed.
            Some(_) => Err(End::Again(Interruption::Ended)),
        }
    }

    /// Heartbeats need no answer, flow control does, and a stalled consumer waits for one that was lost.
    async fn answer(&mut self, message: &Message) -> Result<(), End> {
        let header = |name: &str| message.headers.as_ref().and_then(|headers| headers.get(name));
        // In a heartbeat, which comes after all that was sent: was that received?
        let sent = header("Nats-Last-Consumer").and_then(|sent| sent.as_str().parse::<u64>().ok());
        if sent.is_some_and(|sent| sent != self.delivered) {
            return Err(End::Again(Interruption::Overrun));
        }
        let stalled = header("Nats-Consumer-Stalled");
        let subject = message.reply.as_ref().map(ToString::to_string);
        if let Some(subject) = subject.or_else(|| stalled.map(ToString::to_string)) {
            let answered = self.bus.connection.client.publish(subject, bytes::Bytes::new()).await;
            answered.map_err(|_| End::Again(Interruption::Ended))?;
        }
        Ok(())
    }

    async fn deliver(&mut self, message: Message) -> Result<(), End> {
        let position = message.reply.as_deref().and_then(Position::parse);
        let Some(position) = position.filter(|position| position.delivered == self.delivered + 1) else {
            return Err(End::Again(Interruption::Overrun));
        };
        self.delivered += 1;
        self.told = self.heard;
        self.cursor.last = position.seq;
        self.teller.tell(told(message, position)).await?;
        if position.pending == 0 { self.caught_up().await } else { Ok(()) }
    }

    async fn caught_up(&mut self) -> Result<(), End> {
        self.cursor.caught_up = true;
        Ok(self.teller.tell(Told::CaughtUp).await?)
    }

    async fn check(&mut self, acknowledged: &AtomicU64) -> Result<(), End> {
        let quiet = self.heard.elapsed();
        if quiet > SILENCE {
            return Err(End::Again(Interruption::Silent));
        }
        self.checks += 1;
        if !self.cursor.caught_up && self.told.elapsed() >= CHECK {
            self.ask_pending().await?;
        }
        if self.checks.is_multiple_of(CHECKS) { self.ask_stream(acknowledged).await } else { Ok(()) }
    }

    /// A purge can take the message that would have been the last one.
    async fn ask_pending(&mut self) -> Result<(), End> {
        let subject = format!("CONSUMER.INFO.{}.{}", self.teller.stream, self.name);
        let info =
            self.bus.api("following", subject, &Value::Null).await?.ok_or(End::Again(Interruption::Ended))?;
        let delivered = info["delivered"]["consumer_seq"].as_u64().unwrap_or_default();
        if info["num_pending"].as_u64() == Some(0) && delivered == self.delivered {
            self.caught_up().await?;
        }
        Ok(())
    }

    async fn ask_stream(&mut self, acknowledged: &AtomicU64) -> Result<(), End> {
        let info =
            self.bus.info(&self.teller.stream.name()).await?.ok_or(End::Again(Interruption::Replaced))?;
        let last = info.state.last_sequence;
        if self.cursor.is_void(birth(&info).created_ns, last, acknowledged.load(Ordering::Acquire)) {
            return Err(End::Again(Interruption::Replaced));
        }
        Ok(self.teller.tell(Told::Tail { last, session: self.session }).await?)
    }
}

fn told(message: Message, Position { seq, pending, .. }: Position) -> Told {
    let headers = message.headers.as_ref();
    let has = |name: &str| headers.is_some_and(|headers| headers.get(name).is_some());
    let whole = pending == 0 || !has("Nats-Batch-Id") || has("Nats-Batch-Commit");
    match Key::parse(&message.subject) {
        Ok(key) => Told::Row { row: read::row(key, seq, headers, message.payload), pending, whole },
        Err(_) => Told::Unreadable { subject: message.subject.to_string(), seq },
    }
}

/// What the reply subject of a delivery says (ADR-15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Position {
    /// In the stream.
    seq: u64,
    /// Of this consumer, from 1.
    delivered: u64,
    pending: u64,
}

impl Position {
    /// `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<deliveries>.<seq>.<delivered>.<time>.<pending>[.<token>]`
    fn parse(reply: &str) -> Option<Self> {
        let tokens: Vec<&str> = reply.strip_prefix("$JS.ACK.")?.split('.').collect();
        let numbers = tokens.get(if tokens.len() >= 9 { 5.. } else { 3.. })?;
        let number = |index: usize| numbers.get(index)?.parse().ok();
        Some(Self { seq: number(0)?, delivered: number(1)?, pending: number(3)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_the_reply_subject_tell_the_position() {
        let position = Some(Position { seq: 17, delivered: 4, pending: 2 });
        assert_eq!(Position::parse("$JS.ACK.intent.abc.1.17.4.1700000000.2"), position);
        assert_eq!(Position::parse("$JS.ACK._.hash.intent.abc.1.17.4.1700000000.2.token"), position);
        assert_eq!(Position::parse("_INBOX.abc.1"), None);
        assert_eq!(Position::parse("$JS.ACK.intent.abc"), None);
    }
}
