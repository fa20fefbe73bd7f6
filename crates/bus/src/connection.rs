//! A connection that reconnects with jitter, tells when it is up, and owns the inbox that answers come to.

mod observe;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::{Client, ConnectOptions};
use tokio::sync::watch;

use crate::backoff::jitter;
use crate::exchange::Exchange;
use crate::follow::Task;
use crate::{Error, Options};
use observe::Observer;

/// Whether the link is up, and how often it has come up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Session {
    pub up: bool,
    pub number: u64,
}

/// What the two ends of the bus want of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habit {
    /// The first attempt fails (services: the caller decides) or goes on in the background (agents).
    pub background: bool,
    /// Two missed pings end a connection whose peer has vanished.
    pub ping: Duration,
    /// The mean pause before the first attempt to connect again, doubled with each further one,
    pub first: Duration,
    /// up to this: short for the few services, long for the many agents.
    pub pause: Duration,
    /// Messages of a subscription that wait to be taken; what comes on top is dropped, counted and told.
    pub capacity: usize,
}

/// Memory is used only by messages that wait. The server's flow control lets 32 MB of small rows through to a follower
/// before it waits.
pub(crate) const CAPACITY: usize = 256 * 1024;

/// A client with its inbox. Clones share both.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub client: Client,
    pub exchange: Arc<Exchange>,
    session: watch::Receiver<Session>,
    dropped: watch::Receiver<u64>,
    _watch: Arc<Task>,
}

impl Connection {
    pub async fn open(options: &Options, habit: Habit) -> Result<Self, Error> {
        let exchange = Arc::new(Exchange::default());
        let (observer, session, dropped) = Observer::new(exchange.clone());
        let mut connect = ConnectOptions::new()
            .name(&options.name)
            .ping_interval(habit.ping)
            .connection_timeout(Duration::from_secs(5))
            .subscription_capacity(habit.capacity)
            .max_reconnects(None)
            .reconnect_delay_callback(delays(habit))
            .event_callback(observer.callback());
        if habit.background {
            connect = connect.retry_on_initial_connect();
        }
        let failed = |source| Error::Connect { url: options.url.clone(), source };
        let urls: Vec<&str> = options.url.split(',').map(str::trim).collect();
        let client = connect.connect(urls).await.map_err(|error| failed(error.into()))?;
        exchange.listen(&client).await.map_err(|error| failed(error.into()))?;
        let watch = Arc::new(Task::spawn(observer.keep_true(client.clone(), habit.ping)));
        let mut connection = Self { client, exchange, session, dropped, _watch: watch };
        if !habit.background {
            connection.up().await;
        }
        Ok(connection)
    }

    /// Changes of the session.
    pub fn session(&self) -> watch::Receiver<Session> {
        self.session.clone()
    }

    /// Messages that were dropped because their subscriptions were full; at least so many, as not each one is told.
    pub fn dropped(&self) -> watch::Receiver<u64> {
        self.dropped.clone()
    }

    pub fn is_up(&self) -> bool {
        self.session.borrow().up
    }

    /// Waits until the link is up.
    pub async fn up(&mut self) {
        // The sender lives in the client's event task: it cannot be gone while `self` holds the client.
        let _gone = self.session.wait_for(|session| session.up).await.is_err();
    }
}

/// The client asks before each attempt, the very first included: a process that starts need not wait for others.
fn delays(habit: Habit) -> impl Fn(usize) -> Duration + Send + Sync + 'static {
    let started = AtomicBool::new(false);
    move |attempts| match started.swap(true, Ordering::Relaxed) {
        false => Duration::ZERO,
        true => reconnect_delay(attempts, habit),
    }
}

/// Jittered, and doubling with each attempt. Never at once, because a server that accepts and then drops (an expired
/// credential) counts as a success and would be tried in a tight loop.
fn reconnect_delay(attempts: usize, habit: Habit) -> Duration {
    let doublings = attempts.saturating_sub(1).min(16);
    jitter(habit.first.saturating_mul(1 << doublings).min(habit.pause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reconnects_are_never_immediate_and_never_far_apart() {
        let (first, pause) = (Duration::from_millis(50), Duration::from_secs(2));
        let delays = delays(Habit { background: true, ping: pause, first, pause, capacity: CAPACITY });
        assert_eq!(delays(1), Duration::ZERO, "of the process");
        for attempts in 1..100 {
            let delay = delays(attempts);
            assert!(delay >= first / 2 && delay <= pause * 3 / 2, "{delay:?}");
        }
    }
}
