//! Ctrl-C, or `./demo --clean` in another terminal.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How often it was asked to end. The first time, a demo that stays ends in order; any other one ends at once.
#[derive(Debug, Clone)]
pub struct Quit {
    asked: watch::Sender<u32>,
    staying: watch::Sender<bool>,
}

impl Quit {
    /// Listens from now on.
    pub fn listen() -> std::io::Result<Quit> {
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let quit = Quit { asked: watch::Sender::new(0), staying: watch::Sender::new(false) };
        let asked = quit.asked.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                asked.send_modify(|n| *n += 1);
            }
        });
        Ok(quit)
    }

    /// Waits until a demo that has to be left in order is asked to end.
    pub async fn in_order(&self) {
        self.staying.send_replace(true);
        // It owns the other end itself.
        self.asked.subscribe().wait_for(|n| *n > 0).await.ok();
    }

    /// Waits until it has to end whatever it does.
    pub async fn at_once(&self) {
        let staying = || *self.staying.borrow();
        self.asked.subscribe().wait_for(|n| *n > u32::from(staying())).await.ok();
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn quit(asked: u32) -> Quit {
        Quit { asked: watch::Sender::new(asked), staying: watch::Sender::new(false) }
    }

    fn is_ready(future: impl Future<Output = ()>) -> bool {
        Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(())
    }

    #[test]
    fn a_demo_in_its_middle_ends_the_first_time() {
        assert!(!is_ready(quit(0).at_once()));
        assert!(is_ready(quit(1).at_once()));
    }

    #[test]
    fn a_demo_that_stays_ends_in_order_the_first_time_and_at_once_the_second() {
        let quit = quit(0);
        assert!(!is_ready(quit.in_order()));
        quit.asked.send_replace(1);
        assert!(is_ready(quit.in_order()) && !is_ready(quit.at_once()));
        quit.asked.send_replace(2);
        assert!(is_ready(quit.at_once()));
    }
}
