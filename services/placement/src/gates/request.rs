//! Asking a program on NATS.

use std::time::Duration;

use bus::Bus;
use bytes::Bytes;

use super::answer::Heard;

/// Puts a question on a subject. What may not be asked there, by the bus' own word, is a mistake and no absence.
pub(super) async fn ask(bus: &Bus, subject: &str, question: Bytes, timeout: Duration) -> Heard {
    match bus.ask(subject, question, timeout).await {
        Ok(Some(answer)) => Heard::Answer(answer),
        Ok(None) => Heard::Late,
        Err(error) => Heard::Wrong(format!("cannot be asked: {error}")),
    }
}
