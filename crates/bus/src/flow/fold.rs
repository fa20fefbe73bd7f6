//! Taking in what followers and core subscriptions tell.

use async_nats::Message;

use super::Unit;
use super::engine::Engine;
use super::lease::{Entry, Member};
use super::rules::Progress;
use super::stats::add;
use crate::follow::Told;
use crate::{Key, Row, Stream};

impl Engine {
    pub fn take(&mut self, stream: Stream, told: Told) {
        let now = self.clock.now();
        let Some(input) = self.inputs.get_mut(&stream) else { return };
        match told {
            Told::Row { row, pending, whole } => {
                let fresh = input.progress.take(&row, whole);
                input.pending = pending;
                self.note(&row, now);
                if fresh {
                    add(&self.hooks.stats.rows_folded, 1);
                    self.view.fold(row);
                }
            }
            Told::Unreadable { subject, seq } => {
                input.progress.skip(seq);
                add(&self.hooks.stats.unreadable, 1);
                tracing::warn!(%stream, subject, "a message was skipped: its subject is no key");
            }
            Told::CaughtUp => {
                input.progress.catch_up();
                input.pending = 0;
            }
            Told::Tail { last, session } => {
                input.progress.ends_at(last, now);
                input.session = session;
            }
            Told::Missing => {
                input.progress.miss();
                tracing::info!(%stream, "waiting for a stream that does not exist");
                self.vanished(&stream);
            }
            Told::Again(interruption) => self.hooks.stats.interrupted.add(interruption),
            Told::Born { created_ns } => {
                input.pending = 0;
                if input.progress.begin() {
                    self.forget(&stream);
                }
                self.view.born(&stream, created_ns);
            }
        }
    }

    /// The stream is read again: it was re-created, or has lost rows that were seen.
    fn forget(&mut self, stream: &Stream) {
        tracing::warn!(%stream, "a stream was re-created or has lost rows: it is read again");
        add(&self.hooks.stats.resets, 1);
        self.units.reset(stream);
        // Whoever re-created it may not have recorded its birth.
        self.vanished(stream);
        self.announce(false);
        self.view.reset(stream);
    }

    /// Rows about rows, for the loop's own use.
    fn note(&mut self, row: &Row, now: u64) {
        let value = row.value.as_deref().unwrap_or_default();
        match &row.key {
            Key::Lease { stream, unit } => {
                if let Ok(lease) = wire::decode_lease(value) {
                    if lease.holder != self.config.holder {
                        self.units.lost(&Unit { stream: stream.clone(), name: unit.clone() });
                    }
                    let entry = Entry { holder: lease.holder, seq: row.seq, seen: now };
                    self.units.registry(stream).lease(unit, entry);
                }
            }
            Key::Member { stream, holder } => {
                if let Ok(wire::Member { holder: said, units, .. }) = wire::decode_member(value) {
                    let entry = Entry { holder: said, seq: row.seq, seen: now };
                    let heard = self.inputs.progress(stream).is_some_and(Progress::is_caught_up);
                    self.units.registry(stream).member(holder, Member { entry, units, heard });
                }
            }
            Key::Complete { stream, unit } => {
                let unit = Unit { stream: stream.clone(), name: unit.clone() };
                self.units.work(&unit).duty.complete(wire::decode_complete(value).ok());
            }
            // The content that documents name may have been lost with its stream.
            Key::Epoch => self.contents.forget(),
            _ => {}
        }
    }

    pub fn hear(&mut self, message: Message) {
        let Ok(key) = Key::parse(&message.subject) else {
            add(&self.hooks.stats.unreadable, 1);
            return;
        };
        add(&self.hooks.stats.messages, 1);
        let reply = self.view.message(key, &message.payload, self.clock.wall());
        if let (Some(subject), Some(reply)) = (message.reply, reply) {
            self.say(subject, reply);
        }
    }
}
