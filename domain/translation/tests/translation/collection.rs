//! Blobs that nobody needs go, and none that somebody needs, whatever happens in between.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use model::{Bundle, Desired, Digest};
use proptest::prelude::*;
use serde_json::json;
use translation::{Codec, Collection, Named, Piece, Unknown, View, Want, Writes, collect};

use crate::one;
use crate::world::{CODEC, Contents, config_map, decision, encode, expanded, location, placement};

const AGE: u64 = 1000;
/// A batch that was begun is answered before this: far less than the half of the age that is left to it.
const FLIGHT: u64 = AGE / 4;
const LOCATIONS: [&str; 3] = ["l0", "l1", "l2"];

fn digest(number: u8) -> Digest {
    Digest::of(&[number])
}

fn piece(number: u8, seq: u64, stored_ms: u64) -> Piece {
    Piece { digest: digest(number), chunk: 0, full: false, seq, stored_ms, bytes: 1 }
}

fn digests(numbers: &[u8]) -> BTreeSet<Digest> {
    numbers.iter().copied().map(digest).collect()
}

proptest! {
    #[test]
    fn exactly_what_is_old_and_not_named_goes(
        stored in prop::collection::btree_map(0u8..12, 0u64..3000, 0..12),
        bundles in prop::collection::vec(0u8..12, 0..3),
        (objects, held) in (prop::collection::vec(0u8..12, 0..4), prop::collection::vec(0u8..12, 0..4)),
        within in prop::collection::vec(0u8..12, 0..4),
        is_read in any::<bool>(),
    ) {
        let pieces: Vec<Piece> = (1..).zip(&stored).map(|(seq, (number, ms))| piece(*number, seq, *ms)).collect();
        let named = Named { bundles: digests(&bundles), objects: digests(&objects), held: digests(&held) };
        let read = bundles.iter().filter(|_| is_read);
        let inside = read.map(|bundle| (digest(*bundle), within.iter().copied().map(digest).collect())).collect();
        let Collection { unused, young, lost, unread } = collect(&pieces, &named, &inside, (3000, AGE));
        let within = if is_read && !bundles.is_empty() { &within[..] } else { &[] };
        let needed = digests(&[&bundles, &objects, within].concat());
        let is_free = |number: &u8| !needed.contains(&digest(*number)) && !named.held.contains(&digest(*number));
        let old: BTreeSet<u8> = stored.iter().filter(|(n, ms)| is_free(n) && **ms < 3000 - AGE).map(|(n, _)| *n).collect();
        let is_known = is_read || bundles.is_empty();
        let expected = if is_known { old.iter().copied().map(digest).collect() } else { BTreeSet::new() };
        prop_assert_eq!(unused.iter().map(|piece| piece.digest).collect::<BTreeSet<_>>(), expected);
        prop_assert_eq!(young, stored.keys().filter(|number| is_free(number)).count() - old.len());
        prop_assert_eq!(unread.is_empty(), is_known);
        for number in 0..12 {
            let is_gone = needed.contains(&digest(number)) && !stored.contains_key(&number);
            prop_assert!(!is_gone || lost.contains(&digest(number)), "{number} is needed and gone");
        }
    }
}

#[test]
fn a_blob_is_as_young_as_its_youngest_piece_and_whole_only_without_a_gap() {
    let part = |chunk: u32, full: bool, stored_ms: u64| Piece {
        chunk,
        full,
        ..piece(1, u64::from(chunk) + 1, stored_ms)
    };
    let look = |pieces: &[Piece], named: &[u8]| {
        let named = Named { objects: digests(named), ..Named::default() };
        collect(pieces, &named, &BTreeMap::new(), (5000, AGE))
    };
    assert_eq!(look(&[part(0, true, 0), part(1, false, 4500)], &[]).young, 1);
    assert_eq!(look(&[part(0, true, 0), part(1, false, 0)], &[]).unused.len(), 2);
    assert_eq!(look(&[part(0, true, 0), part(1, false, 0)], &[1]).lost, digests(&[]));
    for torn in [&[part(0, true, 0)][..], &[part(1, false, 0)], &[part(0, true, 0), part(2, false, 0)]] {
        assert_eq!(look(torn, &[1]).lost, digests(&[1]), "{torn:?}");
    }
    assert_eq!(
        look(&[part(0, false, 0), part(1, false, 0)], &[1]).lost,
        digests(&[]),
        "a rest of a longer life"
    );
}

#[test]
fn nothing_is_named_before_all_documents_are_written_in_this_epoch() {
    let mut world = one::world().ready();
    let unknown = |region: &str| Err(Unknown { region: region.to_owned() });
    assert_eq!(world.view.named(["eu", "us"]), unknown("eu"));
    world.view.set_written("eu", Some(7));
    world.view.set_written("us", Some(6));
    assert_eq!(world.view.named(["eu", "us"]), unknown("us"));
    world.view.set_written("us", Some(7));
    assert_eq!(world.view.named(["eu", "us"]), Ok(Named::default()));
    world.view.reset_desired("eu");
    assert_eq!(world.view.named(["eu", "us"]), unknown("eu"), "it is read again");
}

#[test]
fn what_a_release_in_use_would_name_is_held_before_any_document_names_it() {
    let mut world = one::world().ready();
    world.locate("l1", "eu", 1);
    world.decide("eu", &[(world.shared, 1, &["l1"])]);
    world.deliver();
    ["eu", "us"].into_iter().for_each(|region| world.view.set_written(region, Some(7)));
    let held = world.view.named(["eu", "us"]).unwrap();
    assert!(!held.held.is_empty() && held.objects.is_empty(), "{held:?}");
    let shared = world.commit("eu").remove(0).placements.remove(0).shared.unwrap();
    let named = world.view.named(["eu", "us"]).unwrap();
    assert!(named.objects.contains(&shared) && named.bundles.is_empty() && held.held.contains(&shared));
}

thread_local! {
    /// What the bundles of this thread's history name.
    static INSIDE: RefCell<BTreeMap<Digest, Vec<Digest>>> = RefCell::default();
}

fn encode_noted(bundle: &Bundle) -> Vec<u8> {
    let bytes = encode(bundle);
    INSIDE.with_borrow_mut(|inside| inside.insert(Digest::of(&bytes), bundle.blobs().collect()));
    bytes
}

/// Something that happens.
#[derive(Clone, Debug)]
enum Event {
    /// The chosen locations, as bits, and their release.
    Decide {
        chosen: u8,
        release: usize,
    },
    Deliver,
    Tidy,
    /// A batch is begun: its blobs are stored.
    Write,
    /// It is answered.
    Answer {
        stored: bool,
    },
    /// A writer dies, and another reads the tables.
    Restart,
    Pass(u64),
    /// What the collector does, step by step.
    List,
    Name,
    Delete,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (any::<u8>(), 0..4_usize).prop_map(|(chosen, release)| Event::Decide { chosen, release }),
        3 => Just(Event::Deliver),
        1 => Just(Event::Tidy),
        5 => Just(Event::Write),
        5 => prop::bool::weighted(0.8).prop_map(|stored| Event::Answer { stored }),
        1 => Just(Event::Restart),
        4 => (0..AGE).prop_map(Event::Pass),
        3 => Just(Event::List),
        3 => Just(Event::Name),
        6 => Just(Event::Delete),
    ]
}

/// A writer, a collector that knows nothing of releases, and what is stored.
struct World {
    writer: View,
    reader: View,
    contents: Contents,
    releases: Vec<Digest>,
    decided: (u8, usize),
    sequence: u64,
    now: u64,
    /// The sequence and the time of each blob.
    blobs: BTreeMap<Digest, (u64, u64)>,
    documents: BTreeMap<String, Desired>,
    flight: Option<(u64, Writes)>,
    listing: Option<(u64, Vec<Piece>)>,
    doomed: VecDeque<Piece>,
}

fn view() -> View {
    View::new(Codec { encode: encode_noted, ..CODEC }).renewing_after(AGE / 2)
}

impl World {
    fn new() -> Self {
        INSIDE.take();
        let (mut contents, large) = (Contents::default(), "x".repeat(3000));
        let own = |name: &str, size: usize| {
            expanded(name, json!({"n": "${location.name}", "pad": "y".repeat(size)}))
        };
        let releases = vec![
            contents.add(vec![config_map("a", json!({"v": "1"}))], vec![]),
            contents.add(vec![config_map("a", json!({"v": large})), own("small", 1)], vec![]),
            contents.add(vec![config_map("b", json!({"v": large})), own("large", 3000)], vec![]),
            contents.add(["c", "d", "e", "f", "g"].map(|name| own(name, 1900)).to_vec(), vec![]),
        ];
        let mut world = Self {
            writer: view(),
            reader: view(),
            contents,
            releases,
            decided: (0, 0),
            sequence: 0,
            now: 10 * AGE,
            blobs: BTreeMap::new(),
            documents: BTreeMap::new(),
            flight: None,
            listing: None,
            doomed: VecDeque::new(),
        };
        world.reader.set_epoch("eu", Some(1));
        world.reader.set_written("eu", Some(1));
        world.restart();
        world
    }

    fn restart(&mut self) {
        (self.writer, self.flight) = (view(), None);
        self.writer.set_epoch("eu", Some(1));
        self.documents.iter().for_each(|(name, desired)| self.writer.set_desired("eu", name, Some(desired)));
        for name in LOCATIONS {
            self.writer.set_location(name, Some(location(name, "eu", Some("gold"))), 1, None);
        }
        self.tell_decision();
    }

    fn tell_decision(&mut self) {
        self.sequence += 1;
        let (chosen, release) = self.decided;
        let names =
            LOCATIONS.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1).map(|(_, name)| *name);
        let row = decision("u", &[(self.releases[release], self.sequence, &names.collect::<Vec<_>>())]);
        self.writer.set_decision(("eu", 0, &placement("p")), Some(&row), self.sequence, None);
        let mark = translation::Mark { locations: 1, seq: self.sequence + 1 };
        (0..model::UNITS).for_each(|unit| self.writer.set_complete(unit, Some(mark)));
    }

    fn happen(&mut self, event: &Event) {
        match *event {
            Event::Decide { chosen, release } => {
                self.decided = (chosen, release);
                self.tell_decision();
            }
            Event::Deliver => self.deliver(),
            Event::Tidy => self.writer.tidy(),
            Event::Write => self.write(),
            Event::Answer { stored } => self.answer(stored),
            Event::Restart => self.restart(),
            Event::Pass(ms) => self.pass(ms),
            Event::List => self.listing = Some((self.now, self.pieces())),
            Event::Name => self.name(),
            Event::Delete => self.delete(),
        }
    }

    fn deliver(&mut self) {
        for want in self.writer.wants() {
            match want {
                Want::Release(digest) => {
                    self.writer.set_release(digest, Ok(self.contents.releases[&digest].clone()))
                }
                Want::Source(digest) => {
                    self.writer.set_source(digest, self.contents.sources[&digest].clone())
                }
            }
        }
    }

    fn write(&mut self) {
        if self.flight.is_none() {
            self.writer.set_time(self.now);
            let outcome = self.writer.writes("eu", 2);
            outcome.blobs.iter().for_each(|(digest, _)| self.store(*digest));
            self.flight = Some((self.now, outcome));
        }
    }

    fn store(&mut self, digest: Digest) {
        self.sequence += 1;
        self.blobs.insert(digest, (self.sequence, self.now));
    }

    fn answer(&mut self, stored: bool) {
        let Some((_, outcome)) = self.flight.take() else { return };
        if !stored {
            return self.writer.rejected("eu");
        }
        for row in outcome.rows {
            self.writer.set_desired("eu", &row.location, Some(&row.desired));
            self.reader.set_desired("eu", &row.location, Some(&row.desired));
            self.documents.insert(row.location.to_string(), row.desired);
        }
    }

    fn pass(&mut self, ms: u64) {
        if self.flight.as_ref().is_some_and(|(begun, _)| self.now + ms > begun + FLIGHT) {
            self.answer(true);
        }
        self.now += ms;
    }

    fn pieces(&self) -> Vec<Piece> {
        let piece = |(digest, (seq, stored_ms)): (&Digest, &(u64, u64))| Piece {
            digest: *digest,
            chunk: 0,
            full: false,
            seq: *seq,
            stored_ms: *stored_ms,
            bytes: 1,
        };
        self.blobs.iter().map(piece).collect()
    }

    fn name(&mut self) {
        let Some((now, pieces)) = self.listing.take() else { return };
        let named = self.reader.named(["eu"]).expect("its documents are complete");
        let collection = INSIDE.with_borrow(|inside| collect(&pieces, &named, inside, (now, AGE)));
        assert!(collection.unread.is_empty(), "all bundles are known");
        self.doomed.extend(collection.unused);
    }

    /// As the server does: a message by its sequence.
    fn delete(&mut self) {
        let Some(piece) = self.doomed.pop_front() else { return };
        self.blobs.retain(|_, (seq, _)| *seq != piece.seq);
    }

    /// All that the documents need.
    fn needed(&self) -> BTreeSet<Digest> {
        let mut named = Named::default();
        self.documents.values().for_each(|desired| named.add_document(desired));
        let within =
            INSIDE.with_borrow(|inside| named.bundles.iter().flat_map(|it| inside[it].clone()).collect());
        [named.bundles, named.objects, within].into_iter().flatten().collect()
    }

    fn missing(&self) -> Vec<Digest> {
        self.needed().into_iter().filter(|digest| !self.blobs.contains_key(digest)).collect()
    }

    /// Everything is written, time passes, and the collector looks once more.
    fn settle(&mut self) {
        self.answer(true);
        for _ in 0..10 {
            self.deliver();
            self.write();
            self.answer(true);
        }
        self.pass(2 * AGE);
        self.listing = Some((self.now, self.pieces()));
        self.name();
        while !self.doomed.is_empty() {
            self.delete();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn no_document_ever_names_what_was_deleted_and_in_the_end_all_else_is(events in prop::collection::vec(event(), 1..120)) {
        let mut world = World::new();
        for event in &events {
            world.happen(event);
            prop_assert_eq!(world.missing(), [], "after {:?}", event);
        }
        world.settle();
        prop_assert_eq!(world.blobs.keys().copied().collect::<BTreeSet<_>>(), world.needed());
    }

    #[test]
    fn whatever_is_lost_can_be_made_again(events in prop::collection::vec(event(), 1..40), restarts in any::<bool>()) {
        let mut world = World::new();
        events.iter().for_each(|event| world.happen(event));
        world.settle();
        if restarts {
            world.restart();
            world.settle();
        }
        for lost in world.needed() {
            let holders = INSIDE.with_borrow(|inside| {
                inside.iter().filter(|(_, objects)| objects.contains(&lost)).map(|(bundle, _)| *bundle).collect::<Vec<_>>()
            });
            let made = world.writer.remake(&holders.into_iter().chain([lost]).collect());
            let content = made.iter().find(|(digest, _)| *digest == lost).map(|(_, content)| Digest::of(content));
            prop_assert_eq!(content, Some(lost));
        }
    }
}
