//! What stands in for the agents: subscriptions, and what a document makes each location do.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_nats::{Message, Subscriber};
use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::try_join_all;
use futures::stream::select;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::client::{Failures, Link};
use super::filler::filler;
use super::marks::{Clock, Mark};
use super::{Args, streams};

/// One location with an agent.
#[derive(Debug)]
pub struct Site {
    name: String,
    row_subject: String,
    blobs: Vec<String>,
    /// Of its newest row.
    sequence: AtomicU64,
    pub received: Mark,
    pub reported: Mark,
}

/// What all of them do alike.
#[derive(Debug)]
pub struct Task {
    clock: Clock,
    row: Bytes,
    /// Rows that are acknowledged, of all rounds.
    acknowledged: watch::Sender<usize>,
    failures: Failures,
}

/// A pair of subscriptions, and the locations that get what comes there.
struct Ear {
    link: Arc<Link>,
    messages: [Subscriber; 2],
    sites: BTreeMap<String, Arc<Site>>,
}

/// All of them, listening.
#[derive(Debug)]
pub struct Sites {
    pub all: Vec<Arc<Site>>,
    task: Arc<Task>,
    _listening: JoinSet<()>,
}

impl Site {
    fn new(args: &Args, number: u32) -> Self {
        let name = format!("store-{number}");
        let row_subject = streams::status(args.region(number), &name);
        let blobs = 0..args.blob_bytes.len();
        let blobs = blobs.map(|blob| streams::get_blob(args.blobs_of(number), blob)).collect();
        let (sequence, received, reported) = Default::default();
        Self { name, row_subject, blobs, sequence, received, reported }
    }

    /// Fetches what a change needs, and reports.
    async fn take(&self, link: &Link, task: &Task) -> anyhow::Result<()> {
        task.clock.mark(&self.received);
        try_join_all(self.blobs.iter().map(|subject| link.get(subject))).await?;
        let expected = self.sequence.load(Ordering::Relaxed);
        let sequence = link.put(&self.row_subject, expected, task.row.clone()).await?;
        self.sequence.store(sequence, Ordering::Relaxed);
        task.clock.mark(&self.reported);
        task.acknowledged.send_modify(|count| *count += 1);
        Ok(())
    }
}

impl Task {
    pub fn new(args: &Args, clock: Clock, failures: Failures) -> Self {
        Self { clock, row: filler(args.row_bytes), acknowledged: watch::Sender::new(0), failures }
    }

    /// Waits until so many rows have been acknowledged.
    async fn acknowledged(&self, count: usize) {
        let mut acknowledged = self.acknowledged.subscribe();
        // The sender is `self`.
        acknowledged.wait_for(|now| *now >= count).await.ok();
    }
}

impl Sites {
    /// Subscribes for all locations; returns when the server knows all of it.
    pub async fn listen(args: &Args, links: &[Arc<Link>], task: &Arc<Task>) -> anyhow::Result<Self> {
        let (mut all, mut listening) = (Vec::new(), JoinSet::new());
        for ((link, region, subject), sites) in ears(args) {
            let messages = [
                links[link].client.subscribe(streams::down(&region, &subject)).await?,
                links[link].client.subscribe(streams::ask(&region, &subject)).await?,
            ];
            all.extend(sites.values().cloned());
            let ear = Ear { link: links[link].clone(), messages, sites };
            listening.spawn(ear.listen(task.clone()));
        }
        for link in links {
            link.client.flush().await?;
        }
        Ok(Self { all, task: task.clone(), _listening: listening })
    }

    /// Waits until each has had the answer to its row of so many rounds: the next one is a condition on it.
    pub async fn reported(&self, rounds: usize) {
        self.task.acknowledged(rounds * self.all.len()).await;
    }
}

/// Which connection subscribes to what: its number, the region, and a location there or `*`.
type Place = (usize, String, String);

/// The subscriptions, and who is served by each: as agents on their hosts have them.
fn ears(args: &Args) -> BTreeMap<Place, BTreeMap<String, Arc<Site>>> {
    let share = args.locations.div_ceil(args.hosts);
    let mut ears: BTreeMap<Place, BTreeMap<String, Arc<Site>>> = BTreeMap::new();
    for number in args.live() {
        let (host, region) = (number / share, args.region(number).to_owned());
        let site = Site::new(args, number);
        let within = if args.shares_subscriptions() { number % args.regions.len() as u32 } else { number };
        let link = (host * args.connections + within % args.connections) as usize;
        let subject = if args.shares_subscriptions() { "*".to_owned() } else { site.name.clone() };
        ears.entry((link, region, subject)).or_default().insert(site.name.clone(), Arc::new(site));
    }
    ears
}

impl Ear {
    async fn listen(self, task: Arc<Task>) {
        let Self { link, messages: [documents, questions], sites } = self;
        let (link, sites, task) = (&link, &sites, &task);
        // All that come at once are worked on at once; the connection bounds what is in flight.
        let heard = select(documents, questions).for_each_concurrent(None, |message| async move {
            let site = site(sites, &message);
            if let Some(site) = site
                && let Err(error) = site.take(link, task).await
            {
                task.failures.try_send(error.context(site.name.clone())).ok();
            }
        });
        heard.await;
    }
}

fn site<'a>(sites: &'a BTreeMap<String, Arc<Site>>, message: &Message) -> Option<&'a Arc<Site>> {
    sites.get(message.subject.rsplit('.').next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(connections: u32, hosts: u32) -> Args {
        Args {
            nats_url: String::new(),
            server_process: 0,
            regions: vec!["r0".to_owned(), "r1".to_owned()],
            locations: 200,
            offline: 10,
            hosts,
            connections,
            document_bytes: 0,
            row_bytes: 0,
            blob_bytes: Vec::new(),
            own_blobs: false,
        }
    }

    #[test]
    fn every_live_location_is_served_once() {
        for args in [args(1, 1), args(2, 3), args(16, 1), args(7, 2)] {
            let served: usize = ears(&args).values().map(BTreeMap::len).sum();
            assert_eq!(served, 180);
            let links = ears(&args).keys().map(|(link, ..)| *link).max().unwrap();
            assert!(links < (args.connections * args.hosts) as usize);
        }
    }

    #[test]
    fn few_connections_share_subscriptions_and_many_do_not() {
        assert_eq!(ears(&args(2, 1)).len(), 2);
        assert_eq!(ears(&args(3, 1)).len(), 180);
    }
}
