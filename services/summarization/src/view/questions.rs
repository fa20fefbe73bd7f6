//! Core messages: heartbeats in, questions answered, agents asked.

use std::collections::BTreeSet;

use bytes::Bytes;
use model::PlacementKey;
use summarization::{Page, Query, Row};
use wire::{Error, Key, bus, token};

use super::View;
use crate::metrics::Dropped;

impl View {
    /// Every replica hears heartbeats, to be able to take over. Questions go to the one that leads: the others may not
    /// have read everything yet.
    pub(super) fn subjects(&self) -> BTreeSet<String> {
        let alive = self.regions.keys().map(|region| format!("trib.v1.alive.{}.*", token::encode(region)));
        let led = self.regions.iter().filter(|(_, region)| region.leads(self.now));
        alive.chain(led.map(|(region, _)| Key::Query { region: region.clone() }.subject())).collect()
    }

    pub(super) fn take_message(&mut self, key: Key, payload: &[u8]) -> Option<Bytes> {
        let taken = match key {
            Key::Alive { region, location } => {
                self.take_heartbeat(&region, &location, payload).map(|()| None)
            }
            Key::Query { region } => self.answer(&region, payload).map(Some),
            _ => Ok(None),
        };
        taken.unwrap_or_else(|error| {
            self.metrics.drop(Dropped::malformed);
            tracing::debug!(%error, "a message cannot be read");
            None
        })
    }

    fn take_heartbeat(&mut self, region: &str, location: &str, payload: &[u8]) -> Result<(), Error> {
        let heartbeat = wire::decode_heartbeat(payload)?;
        let now = self.now;
        match self.region(region) {
            Some(view) => {
                view.heartbeat(location, &heartbeat, now);
                self.metrics.heartbeats.inc();
            }
            None => self.metrics.drop(Dropped::elsewhere),
        }
        Ok(())
    }

    fn answer(&mut self, region: &str, payload: &[u8]) -> Result<Bytes, Error> {
        let query = query(wire::decode_query(payload)?);
        let answer = match self.region_view(region) {
            Some(view) => result(view.query(&query)),
            None => bus::QueryResult {
                error: format!("region {region} is not summarized here"),
                ..bus::QueryResult::default()
            },
        };
        self.metrics.queries.inc();
        Ok(wire::encode_query_result(&answer))
    }

    /// Every replica compares digests, and the one that writes asks.
    pub(super) fn take_asks(&mut self) -> Vec<(Key, Bytes)> {
        let now = self.now;
        for (name, region) in &mut self.regions {
            let leads = region.leads(now);
            for location in region.view.take_asks().into_iter().filter(|_| leads) {
                let added = self.asking.add((name.clone(), location), now);
                added.unwrap_or_else(|reason| self.metrics.put_off(reason));
            }
        }
        let asks = self.asking.take(now);
        self.metrics.asks.inc_by(asks.len() as u64);
        let resend = bus::ask::Question::Resend(bus::AskResend {});
        let resend = wire::encode_ask(&bus::Ask { question: Some(resend) });
        asks.into_iter().map(|(region, location)| (Key::Ask { region, location }, resend.clone())).collect()
    }
}

fn query(message: bus::Query) -> Query {
    let placement = PlacementKey { space: message.space, name: message.placement };
    Query {
        placement: (!placement.name.is_empty()).then_some(placement),
        states: message.states,
        location: message.location,
        page_size: usize::try_from(message.page_size).unwrap_or(usize::MAX),
        after: message.after,
    }
}

fn result(page: Page) -> bus::QueryResult {
    bus::QueryResult { rows: page.rows.into_iter().map(row).collect(), next: page.next, error: String::new() }
}

fn row(row: Row) -> bus::QueryRow {
    bus::QueryRow {
        location: row.location,
        state: row.state.to_owned(),
        offline: row.offline,
        last_seen_s: row.last_seen,
        rollout: row.rollout,
        updated: row.updated,
        problems: row.problems.iter().map(wire::problem_message).collect(),
        agent_version: row.agent_version,
    }
}
