//! What the document of a location should be: the rules of absence.
//!
//! | what is known | what is written |
//! | --- | --- |
//! | the location is not | nothing |
//! | it belongs to another region | its entries as they are, and where it went; nothing if there was no document |
//! | it is new to this region | nothing until placement has accounted for that, and every other region has let go |
//! | a row lists it, its release is there | an entry |
//! | a row lists it, its release is not there yet | the former entry; no first document without it |
//! | another region has sent it here later | what is there, once more |
//! | it comes back, and where it was sent cannot send it back yet | nothing until that region has written once more |
//! | its row is there and does not list it | no entry; the former entry until placement's pass has ended |
//! | there is no row | the former entry |

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{Digest, Location, Order, PlacementKey, unit};

use super::decisions::{Group, Listed, Row};
use super::documents::{Document, Entry, Head};
use super::releases::Ready;
use super::{Name, View};
use crate::bundle::OwnPart;

/// What to do about a location in a region.
#[derive(Debug, Default)]
pub struct Target {
    /// `None`: as far as is known, what is there is right.
    pub document: Option<Document>,
    /// Releases that it needs.
    pub releases: Vec<Arc<Ready>>,
    pub own: Vec<Arc<OwnPart>>,
    pub waits: Waits,
}

/// What would make it worth another look.
#[derive(Debug, Default)]
pub struct Waits {
    pub releases: Vec<Digest>,
    /// All of placement accounts for this sequence of locations.
    pub joining: Option<u64>,
    /// These units of placement have ended their passes.
    pub leaving: BTreeSet<u32>,
}

impl Waits {
    pub fn is_any(&self) -> bool {
        !self.releases.is_empty() || self.joining.is_some() || !self.leaving.is_empty()
    }
}

impl View {
    pub(super) fn target(&mut self, region: &Name, name: &Name, epoch: u64) -> Target {
        let Some(site) = self.sites.get(name) else { return Target::default() };
        let Some(location) = site.location.clone() else { return Target::default() };
        let before = self.regions.get(region).and_then(|region| region.documents.get(name)).cloned();
        let joined = site.joined;
        let mut target = if *location.spec.region != **region {
            moved(before.as_ref(), &location.spec.region)
        } else if before.as_ref().is_some_and(|document| document.moved.is_none()) {
            self.entries(region, &location, before.as_ref())
        } else if self.progress.locations().is_none_or(|reached| reached < joined) {
            let waits = Waits { joining: Some(joined), ..Waits::default() };
            Target { waits, ..Target::default() }
        } else if self.is_held_elsewhere(region, name) || self.would_strand(name, before.as_ref()) {
            Target::default()
        } else {
            self.entries(region, &location, before.as_ref())
        };
        target.document = target
            .document
            .filter(|document| {
                before.as_ref().is_none_or(|before| {
                    !self.is_current(document, before, &target.waits)
                        || self.is_overtaken(region, name, document, before.order)
                })
            })
            .map(|document| Document { order: self.next_order(name, epoch), ..document });
        target
    }

    /// Whether what is stored says the same, and names blobs that are there or that cannot be made yet.
    fn is_current(&self, document: &Document, stored: &Document, waits: &Waits) -> bool {
        let names_lost_blobs = stored.order.epoch < self.blobs_epoch;
        document.agrees_with(stored) && (!names_lost_blobs || !waits.releases.is_empty())
    }

    /// Whether an agent that another region has sent here has seen a newer document there, and would ignore this one.
    /// So it is when a document that says `moved` was written again: the location went on, or its blobs were lost.
    /// One that sends it on is only for those that were sent here.
    fn is_overtaken(&self, region: &Name, name: &Name, document: &Document, order: Order) -> bool {
        let others = self.regions.iter().filter(|(other, _)| *other != region);
        let documents = others.filter_map(|(_, other)| other.documents.get(name));
        let sends = |other: &&Document| match document.moved {
            None => other.moved.is_some(),
            Some(_) => other.moved.as_ref() == Some(region),
        };
        documents.filter(sends).any(|other| other.order > order)
    }

    /// Whether an agent that this region has sent on would stay there: what sends it back is older than what it has seen
    /// here. The other region writes it again, and knows that it has to only as long as this document stands.
    fn would_strand(&self, name: &Name, before: Option<&Document>) -> bool {
        let Some((before, to)) = before.and_then(|before| Some((before, before.moved.as_ref()?))) else {
            return false;
        };
        let there = self.regions.get(to).and_then(|region| region.documents.get(name));
        there.is_some_and(|there| there.moved.is_some() && there.order < before.order)
    }

    /// Whether another region still has the location run by its own document.
    fn is_held_elsewhere(&self, region: &Name, name: &Name) -> bool {
        let holds = |document: &Document| document.moved.is_none();
        let others = self.regions.iter().filter(|(other, _)| *other != region);
        others.filter_map(|(_, other)| other.documents.get(name)).any(holds)
    }

    /// Past every document of the location, in whichever region: an agent that moves never goes back.
    fn next_order(&self, name: &Name, epoch: u64) -> Order {
        let documents = self.regions.values().filter_map(|region| region.documents.get(name));
        let newest = documents.map(|document| document.order).max().unwrap_or_default();
        Order { epoch: epoch.max(newest.epoch), revision: newest.revision + 1 }
    }

    fn entries(&mut self, region: &Name, location: &Location, before: Option<&Document>) -> Target {
        let name = location.metadata.name.as_str();
        let mut target = Target::default();
        let mut entries = Vec::new();
        let is_lost = before.is_some_and(|before| before.order.epoch < self.blobs_epoch);
        for placement in self.placements(region, name, before) {
            let kept = before.and_then(|document| document.entry(&placement));
            match self.decisions.listed(region, &placement, name) {
                Listed::No(row) if self.progress.includes(unit(&placement), row.seq) => {}
                Listed::No(_) => {
                    target.waits.leaving.extend(kept.map(|_| unit(&placement)));
                    entries.extend(kept.cloned());
                }
                Listed::Unknown => entries.extend(kept.cloned()),
                Listed::Yes(row, group) => match self.releases.ready(&group.release) {
                    Some(ready) => {
                        let head = self.heads.share(head(&placement, row, group, &ready));
                        let kept = kept.filter(|_| !is_lost);
                        let patch = kept.and_then(|kept| self.releases.patch(kept.head.shared?, &ready));
                        let made = self.releases.made(&ready, location);
                        let own = match kept.filter(|kept| kept.made == Some(made)) {
                            Some(kept) => kept.own.clone(),
                            None => {
                                let part = self.releases.own(&ready, location, made);
                                target.own.push(part.clone());
                                part.to_document()
                            }
                        };
                        entries.push(Entry { head, own, made: Some(made), patch });
                        target.releases.push(ready);
                    }
                    None => {
                        target.waits.releases.push(group.release);
                        entries.extend(kept.cloned());
                    }
                },
            }
        }
        // An agent would remove what a first document lacks.
        let is_first = before.is_none_or(|document| document.moved.is_some());
        if !is_first || target.waits.releases.is_empty() {
            let entries = entries.into_boxed_slice();
            target.document = Some(Document { order: Order::default(), entries, moved: None });
        }
        target
    }

    /// Those that have an entry, and those that list it; sorted.
    fn placements(&self, region: &Name, name: &str, before: Option<&Document>) -> BTreeSet<PlacementKey> {
        let listed = self.sites.get(name).into_iter().flat_map(|site| &site.listed);
        let here =
            listed.filter(|(listed_in, _)| listed_in == region).map(|(_, placement)| (**placement).clone());
        let entries = before.into_iter().flat_map(|document| &document.entries);
        here.chain(entries.map(|entry| entry.head.placement.clone())).collect()
    }
}

/// The document that sends an agent on; whoever never had one has nowhere to be sent from.
fn moved(before: Option<&Document>, to: &str) -> Target {
    let document = before.map(|before| Document { moved: Some(to.into()), ..before.clone() });
    Target { document, ..Target::default() }
}

fn head(placement: &PlacementKey, row: &Row, group: &Group, ready: &Ready) -> Head {
    Head {
        placement_uid: row.uid.to_string(),
        placement: placement.clone(),
        rollout: group.rollout,
        priority: ready.recipe.priority,
        create_time: row.create_time,
        shared: ready.shared.bundle,
        deletion: ready.recipe.deletion,
        conflict: ready.recipe.conflict,
        adopt: ready.recipe.adopt,
        depends_on: ready.recipe.depends_on.clone(),
    }
}
