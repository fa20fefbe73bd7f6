//! A view in a world of one placement.

use model::{Desired, Digest, Patch};
use serde_json::json;
use translation::{Codec, Mark, View, Want, Writes};

use crate::world::{CODEC, Contents, config_map, decision, expanded, location, placement};

/// What the view is told of, and what it writes.
pub struct World {
    pub view: View,
    pub contents: Contents,
    pub shared: Digest,
    pub own: Digest,
    /// Of the decisions' stream.
    pub seq: u64,
    pub locations: u64,
}

pub fn world() -> World {
    let mut contents = Contents::default();
    let shared = contents.add(vec![config_map("a", json!({"x": "y"}))], vec![]);
    let own = contents.add(
        vec![config_map("a", json!({})), expanded("b", json!({"n": "${location.properties.tier}"}))],
        vec![],
    );
    World {
        view: View::new(Codec { patch, frame: |_, _| None, ..CODEC }),
        contents,
        shared,
        own,
        seq: 0,
        locations: 0,
    }
}

/// One that tells its two ends.
fn patch(base: &[u8], content: &[u8]) -> Option<Patch> {
    Some(Patch { base: Digest::of(base), data: Digest::of(content).0.to_vec().into() })
}

impl World {
    pub fn ready(mut self) -> Self {
        self.complete(99);
        self.view.see_locations(99);
        for region in ["eu", "us"] {
            self.view.set_epoch(region, Some(7));
        }
        self
    }

    /// Placement has ended its passes, and accounts for this sequence of locations.
    pub fn complete(&mut self, locations: u64) {
        self.locations = locations;
        self.seq += 1;
        let mark = Mark { locations, seq: self.seq };
        (0..model::UNITS).for_each(|unit| self.view.set_complete(unit, Some(mark)));
    }

    pub fn locate(&mut self, name: &str, region: &str, seq: u64) {
        self.view.set_location(name, Some(location(name, region, Some("gold"))), seq, None);
    }

    /// A whole pass of placement that writes one row.
    pub fn decide(&mut self, region: &str, groups: &[(Digest, u64, &[&str])]) {
        self.begin_to_decide(region, groups);
        self.complete(self.locations);
    }

    /// A row of a pass that goes on.
    pub fn begin_to_decide(&mut self, region: &str, groups: &[(Digest, u64, &[&str])]) {
        self.seq += 1;
        let row = decision("u", groups);
        self.view.set_decision((region, 0, &placement("p")), Some(&row), self.seq, Some("trace-1"));
    }

    pub fn deliver(&mut self) {
        loop {
            let wants = self.view.wants();
            if wants.is_empty() {
                return;
            }
            for want in wants {
                match want {
                    Want::Release(digest) => {
                        self.view.set_release(digest, Ok(self.contents.releases[&digest].clone()))
                    }
                    Want::Source(digest) => {
                        self.view.set_source(digest, self.contents.sources[&digest].clone())
                    }
                }
            }
        }
    }

    pub fn writes(&mut self, region: &str) -> Writes {
        self.view.writes(region, 100)
    }

    pub fn commit(&mut self, region: &str) -> Vec<Desired> {
        let outcome = self.writes(region);
        for row in &outcome.rows {
            self.view.set_desired(region, &row.location, Some(&row.desired));
        }
        outcome.rows.into_iter().map(|row| row.desired).collect()
    }
}
