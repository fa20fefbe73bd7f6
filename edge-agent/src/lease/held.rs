//! A lease that is held: renewed until it is given up or lost.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease as Record;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::{Lease, RENEW};

/// Of its duration: after which a holder that could not renew stops.
const STOP: f64 = 0.75;
/// An API server that does not answer does not hold up an agent that is told to stop.
const FAREWELL: Duration = Duration::from_secs(2);

/// The lease, held.
#[derive(Debug)]
pub struct Held {
    lease: Lease,
    /// Until when; nobody tells any more once it is lost.
    until: watch::Receiver<Instant>,
    renewing: JoinHandle<()>,
}

impl Lease {
    /// `sent`: when it was asked for; it is held from some time after that.
    pub(super) fn hold(&self, record: Record, sent: Instant) -> Held {
        let (sender, until) = watch::channel(self.until(sent));
        let lease = self.clone();
        let renewing = tokio::spawn(async move { lease.renew(record, sender).await });
        Held { lease: self.clone(), until, renewing }
    }

    /// When a holder stops that has not renewed it since it sent this.
    fn until(&self, sent: Instant) -> Instant {
        sent + self.duration.mul_f64(STOP)
    }

    /// Renews it until that has not succeeded for too long, or somebody else has it.
    async fn renew(&self, mut record: Record, until: watch::Sender<Instant>) {
        loop {
            sleep(self.duration.mul_f64(RENEW)).await;
            let sent = Instant::now();
            let left = until.borrow().saturating_duration_since(sent);
            match timeout(left, self.write(record.clone(), &self.holder, false)).await {
                Ok(Ok(Some(written))) => {
                    record = written;
                    until.send_replace(self.until(sent));
                }
                Ok(Ok(None)) => return tracing::warn!("somebody else has taken the lease"),
                Ok(Err(error)) => tracing::warn!(%error, "lease cannot be renewed"),
                Err(_) => return tracing::warn!("lease could not be renewed in time"),
            }
        }
    }
}

impl Held {
    /// Returns when it is lost. Asked before other work goes on, it says so before: also where this process was stopped for
    /// so long that somebody else acts by now, and no timer has gone off yet.
    pub async fn lost(&mut self) {
        let until = self.until.clone();
        let mut told = std::pin::pin!(over(&mut self.until));
        poll_fn(|context| match *until.borrow() <= Instant::now() {
            true => Poll::Ready(()),
            false => told.as_mut().poll(context),
        })
        .await;
    }

    /// Gives it up, so that another agent need not wait.
    pub async fn release(&mut self) {
        self.renewing.abort();
        match timeout(FAREWELL, self.lease.give_up()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "lease cannot be given up; others wait until it is over")
            }
            Err(_) => tracing::warn!("lease could not be given up in time; others wait until it is over"),
        }
    }
}

/// Waits until it is no longer held, however often it is renewed.
async fn over(until: &mut watch::Receiver<Instant>) {
    loop {
        let then = *until.borrow_and_update();
        tokio::select! {
            () = sleep_until(then) => return,
            // Whoever renewed it has gone.
            renewed = until.changed() => if renewed.is_err() { return },
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.renewing.abort();
    }
}
