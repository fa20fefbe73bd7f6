//! Deletes content that nobody needs, and stores again what is needed and gone.
//!
//! ```text
//!   every period: list what is stored -> what is named now? -> read the bundles that are named -> decide (domain)
//!                                                         delete each unused message <-'  '-> store what is lost
//! ```
//!
//! What is deleted is a message by its sequence, which content that is stored again does not have any more. So it is safe
//! whoever does it, and as late as you like; the lease of the first region only decides who does the work.

mod reading;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bus::{Bus, Error, Listing, Store};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use model::Digest;
use rand::Rng as _;
use tokio::sync::{mpsc, oneshot};
use translation::{Collection, Named, Piece, collect};

use crate::metrics::{Metrics, Skipped};
use crate::view::{Answer, Question, View};

/// How long the view may take to answer; whoever does not hold the lease never does.
const PATIENCE: Duration = Duration::from_secs(10);
/// Messages deleted, or content stored, at once: few enough to hold up nothing else at the server.
const AT_ONCE: usize = 8;

/// When content is collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ages {
    /// Content that nothing names goes when it is older.
    pub min_age: Duration,
    /// Between two looks.
    pub period: Duration,
}

/// What goes on beside the loop.
#[derive(Debug)]
pub struct Collector {
    ages: Ages,
    questions: mpsc::Sender<Question>,
    metrics: Metrics,
    /// The blobs that named bundles name.
    inside: BTreeMap<Digest, Vec<Digest>>,
}

/// Why nothing was collected this time.
#[derive(Debug)]
enum Obstacle {
    /// Another replica does it, or this one has much else to do.
    NotAsked,
    Known(Skipped),
    Failed(Error),
}

impl From<Error> for Obstacle {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Collector {
    /// One that asks `view`, which from now on stores content again before it may be taken for unused: it names nothing that
    /// was stored longer ago than half the minimum age, a quarter as the view knows it and a quarter as the loop does.
    pub fn beside(view: View, ages: Ages, metrics: Metrics) -> (View, Self) {
        let (questions, asked) = mpsc::channel(1);
        let view = view.answering(asked, millis(ages.min_age / 4));
        (view, Self { ages, questions, metrics, inside: BTreeMap::new() })
    }

    /// Looks every period, for ever.
    pub async fn run(mut self, bus: Bus) {
        loop {
            // Replicas that were started together need not look together.
            let pause = self.ages.period.mul_f64(rand::rng().random_range(0.8..1.2));
            tokio::time::sleep(pause).await;
            match self.look(&bus).await {
                Ok(()) | Err(Obstacle::NotAsked) => {}
                Err(Obstacle::Known(why)) => self.metrics.skip(why),
                Err(Obstacle::Failed(error)) => {
                    self.metrics.skip(Skipped::failed);
                    tracing::info!(%error, "unused content could not be looked for; trying again");
                }
            }
        }
    }

    async fn look(&mut self, bus: &Bus) -> Result<(), Obstacle> {
        self.ask(Question::Turn).await.ok_or(Obstacle::NotAsked)?;
        // Listed first: what is named only after that was stored again, or is no older than what names it.
        let listing = bus.list_content(Store::Blob).await?;
        let named = self.named(bus).await?;
        self.look_inside(bus, &named.bundles).await?;
        let mut collection = self.decide(listing, &named);
        if !collection.lost.is_empty() {
            // What was named only after the listing was stored after it, too.
            collection.lost = self.decide(bus.list_content(Store::Blob).await?, &named).lost;
        }
        self.repair(bus, &collection).await?;
        if !collection.unread.is_empty() {
            return Err(Obstacle::Known(Skipped::unreadable));
        }
        self.delete(bus, collection.unused).await
    }

    fn decide(&self, listing: Listing, named: &Named) -> Collection {
        let pieces: Vec<Piece> = listing.pieces.into_iter().map(piece).collect();
        collect(&pieces, named, &self.inside, (listing.now_ms, millis(self.ages.min_age)))
    }

    /// What is named by now, by all documents there are.
    async fn named(&self, bus: &Bus) -> Result<Named, Obstacle> {
        let ends = bus.ends_of_documents().await?;
        let answer = self.ask(|answer| Question::Named { ends, answer }).await;
        let Answer { named, stray } = answer.ok_or(Obstacle::Known(Skipped::behind))?;
        let mut named = named.map_err(|unknown| {
            tracing::debug!(region = unknown.region, "what is named is not known");
            Obstacle::Known(Skipped::incomplete)
        })?;
        for stream in stray {
            reading::add_documents(bus, &stream, &mut named).await?;
        }
        Ok(named)
    }

    /// Reads the bundles of which it is not known what they name.
    async fn look_inside(&mut self, bus: &Bus, bundles: &BTreeSet<Digest>) -> Result<(), Error> {
        self.inside.retain(|bundle, _| bundles.contains(bundle));
        let new: Vec<Digest> = bundles.iter().filter(|it| !self.inside.contains_key(it)).copied().collect();
        let read =
            stream::iter(new).map(|bundle| reading::read_bundle(bus, bundle)).buffer_unordered(AT_ONCE);
        let read: Vec<_> = read.try_collect().await?;
        self.inside.extend(read.into_iter().flatten());
        Ok(())
    }

    /// Stores again what is lost.
    async fn repair(&self, bus: &Bus, collection: &Collection) -> Result<(), Obstacle> {
        self.metrics.set_found(collection.young, collection.lost.len());
        if collection.lost.is_empty() {
            return Ok(());
        }
        let lost = collection.lost.clone();
        let made = self.ask(|answer| Question::Remake { lost, answer }).await;
        let made = made.ok_or(Obstacle::Known(Skipped::behind))?;
        let count = made.len();
        tracing::warn!(lost = collection.lost.len(), made = count, "content that documents name is gone");
        let store = |(digest, content)| bus.put_content(Store::Blob, digest, Bytes::from_owner(content));
        stream::iter(made).map(store).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        self.metrics.repaired.inc_by(count as u64);
        self.metrics.set_found(collection.young, collection.lost.len().saturating_sub(count));
        Ok(())
    }

    async fn delete(&self, bus: &Bus, unused: Vec<Piece>) -> Result<(), Obstacle> {
        let delete = |piece: Piece| async move {
            let deleted = bus.delete_content(Store::Blob, piece.seq).await?;
            self.metrics.collect(deleted, piece);
            Ok::<_, Error>(())
        };
        let count = unused.len();
        stream::iter(unused).map(delete).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        if count > 0 {
            tracing::debug!(count, "deleted content that nobody needs");
        }
        Ok(())
    }

    /// `None`: no answer in time.
    async fn ask<T>(&self, question: impl FnOnce(oneshot::Sender<T>) -> Question) -> Option<T> {
        let (sender, answer) = oneshot::channel();
        let asking = async {
            self.questions.send(question(sender)).await.ok()?;
            answer.await.ok()
        };
        tokio::time::timeout(PATIENCE, asking).await.ok()?
    }
}

fn piece(piece: bus::Piece) -> Piece {
    let bus::Piece { digest, chunk, seq, stored_ms, bytes } = piece;
    let full = bytes > wire::content::MAX_CHUNK as u64;
    Piece { digest, chunk, full, seq, stored_ms, bytes }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
