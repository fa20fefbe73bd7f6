//! What the client tells of its connection, made sure of.
//!
//! The client tells through a short queue and drops what does not fit: a subscription that overflows tells each message
//! that it drops, and what is lost among those may be that the link broke or came back. So its own state is compared
//! with what was told, and what stays different is taken for lost.

use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_nats::connection::State;
use async_nats::{Client, Event};
use tokio::sync::watch;

use super::Session;
use crate::exchange::Exchange;

/// Between two lines of the log that say that messages are dropped.
const QUIET: Duration = Duration::from_secs(10);

/// Tells of the session, and counts what was dropped. Clones tell the same.
#[derive(Clone, Debug)]
pub(super) struct Observer {
    session: watch::Sender<Session>,
    dropped: watch::Sender<u64>,
    /// When the log last said so.
    said: Arc<Mutex<Option<Instant>>>,
    exchange: Arc<Exchange>,
}

type Observed = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

impl Observer {
    pub fn new(exchange: Arc<Exchange>) -> (Self, watch::Receiver<Session>, watch::Receiver<u64>) {
        let (session, told) = watch::channel(Session::default());
        let (dropped, counted) = watch::channel(0);
        (Self { session, dropped, said: Arc::default(), exchange }, told, counted)
    }

    pub fn callback(&self) -> impl Fn(Event) -> Observed + Send + Sync + 'static {
        let observer = self.clone();
        move |event| {
            observer.observe(&event);
            Box::pin(std::future::ready(()))
        }
    }

    fn observe(&self, event: &Event) {
        match event {
            Event::Connected => self.session.send_modify(|session| {
                session.up = true;
                session.number += 1;
            }),
            Event::Disconnected | Event::Closed => self.down(),
            // Refused subjects look like timeouts everywhere else; this is the only place that names them.
            Event::ServerError(error) => tracing::warn!(%error, "the NATS server reports an error"),
            Event::SlowConsumer(_) => self.drop_one(),
            _ => {}
        }
    }

    fn down(&self) {
        self.session.send_modify(|session| session.up = false);
        // Their answers cannot come any more: the server forgot who asked.
        self.exchange.forget_all();
    }

    fn drop_one(&self) {
        self.dropped.send_modify(|dropped| *dropped += 1);
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.is_none_or(|said| said.elapsed() > QUIET) {
            *said = Some(Instant::now());
            let dropped = *self.dropped.borrow();
            tracing::warn!(dropped, "messages were dropped: a subscription is not drained fast enough");
        }
    }

    /// Looks every `period`; what differs twice in the same way was not told.
    pub async fn keep_true(self, client: Client, period: Duration) {
        let mut before = None;
        loop {
            tokio::time::sleep(period).await;
            let up = client.connection_state() == State::Connected;
            let now = Session { up, number: client.statistics().connects.load(Ordering::Relaxed) };
            if before == Some(now) {
                self.correct(now);
            }
            before = Some(now);
        }
    }

    fn correct(&self, now: Session) {
        let told = *self.session.borrow();
        if told.up && !now.up {
            self.down();
        }
        if now.up && (!told.up || told.number < now.number) {
            tracing::info!("a change of the connection had not been told");
            // Whatever was asked before was asked of another connection.
            self.exchange.forget_all();
            let number = now.number.max(told.number + 1);
            self.session.send_replace(Session { up: true, number });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOWN: Session = Session { up: false, number: 1 };

    fn up(number: u64) -> Session {
        Session { up: true, number }
    }

    fn corrected(told: Session, now: Session) -> Session {
        let (observer, session, _) = Observer::new(Arc::default());
        observer.session.send_replace(told);
        observer.correct(now);
        *session.borrow()
    }

    #[test]
    fn what_was_not_told_is_noticed() {
        assert_eq!(corrected(up(1), DOWN), DOWN, "it broke");
        assert_eq!(corrected(DOWN, up(2)), up(2), "it came back");
        assert_eq!(corrected(up(1), up(2)), up(2), "both");
    }

    #[test]
    fn what_was_told_stays_as_it_is() {
        for told in [DOWN, up(3)] {
            assert_eq!(corrected(told, told), told);
        }
    }

    #[test]
    fn each_dropped_message_is_counted() {
        let (observer, _session, dropped) = Observer::new(Arc::default());
        (0..1000).for_each(|_| observer.observe(&Event::SlowConsumer(1)));
        assert_eq!(*dropped.borrow(), 1000);
    }
}
