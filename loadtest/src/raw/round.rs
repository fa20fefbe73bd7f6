//! One round: every document is written, and every row read.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures::future::try_join_all;
use tokio::sync::mpsc;

use super::client::Link;
use super::marks::{Clock, Mark};
use super::reader::Reader;
use super::sites::{Site, Sites, Task};
use super::writer::{self, Blob, Writer};
use super::{Args, Outcome, streams};
use crate::usage::{self, Usage};

/// Everybody, connected and subscribed.
pub struct Round {
    clock: Clock,
    sites: Sites,
    writing: Arc<Link>,
    /// What is the same for all locations.
    shared: Vec<Blob>,
    writers: Vec<Writer>,
    /// Of the rows, as summarization reads them, and of the documents, as translation reads its own output.
    rows: Vec<Reader>,
    documents: Vec<Reader>,
    played: usize,
    failures: mpsc::Receiver<anyhow::Error>,
}

/// When a round was where.
struct Times {
    begun: Duration,
    published: Duration,
    done: Duration,
}

impl Round {
    pub async fn prepare(args: &Args) -> anyhow::Result<Self> {
        let (sender, failures) = mpsc::channel(1);
        let connect = async |name: String| Link::connect(&args.nats_url, &name, &sender).await.map(Arc::new);
        let clock = Clock::start();
        let mut links = Vec::new();
        for number in 0..args.hosts * args.connections {
            links.push(connect(format!("raw host {number}")).await?);
        }
        let writing = connect("raw writer".to_owned()).await?;
        let reading = connect("raw reader".to_owned()).await?;
        let task = Arc::new(Task::new(args, clock, sender.clone()));
        let sites = Sites::listen(args, &links, &task).await?;
        let writers = args.regions.iter().map(|region| Writer::open(&writing, args, region));
        let writers = try_join_all(writers).await?;
        let documents = documents(args, &writing).await?;
        let rows = rows(args, &reading).await?;
        let shared = if args.own_blobs { Vec::new() } else { writer::blobs(args, None) };
        Ok(Self { clock, sites, writing, shared, writers, rows, documents, played: 0, failures })
    }

    /// Plays one, outside of the time.
    pub async fn play(&mut self) -> anyhow::Result<()> {
        self.once().await.map(|_| ())
    }

    /// Plays one that counts.
    pub async fn timed(&mut self, server: u32) -> anyhow::Result<Outcome> {
        let usages = || anyhow::Ok((usage::of(server)?, usage::of(std::process::id())?));
        let before = usages()?;
        let times = self.once().await?;
        let after = usages()?;
        let spent = |before: Usage, after: Usage| (after.cpu_s - before.cpu_s).max(0.0);
        Ok(Outcome {
            all: (times.done - times.begun).as_secs_f64(),
            published: (times.published - times.begun).as_secs_f64(),
            received: self.since(times.begun, |site| &site.received),
            reported: self.since(times.begun, |site| &site.reported),
            server_cpu: spent(before.0, after.0),
            own_cpu: spent(before.1, after.1),
        })
    }

    fn since(&self, from: Duration, mark: impl Fn(&Site) -> &Mark) -> Vec<u64> {
        self.sites.all.iter().map(|site| mark(site).since(from)).collect()
    }

    async fn once(&mut self) -> anyhow::Result<Times> {
        let clock = self.clock;
        let begun = clock.now();
        let publishing = async {
            writer::store(&self.writing, self.shared.iter()).await?;
            try_join_all(self.writers.iter().map(Writer::write)).await?;
            anyhow::Ok(clock.now())
        };
        let reading = async {
            try_join_all(self.rows.iter_mut().map(Reader::read)).await?;
            anyhow::Ok(clock.now())
        };
        let following = try_join_all(self.documents.iter_mut().map(Reader::read));
        self.played += 1;
        let all = async {
            let times = tokio::try_join!(publishing, reading, following)?;
            self.sites.reported(self.played).await;
            anyhow::Ok(times)
        };
        let (published, done, _) = tokio::select! {
            all = all => all?,
            failure = self.failures.recv() => return Err(failure.context("nobody is left")?),
        };
        Ok(Times { begun, published, done })
    }
}

async fn documents(args: &Args, link: &Link) -> anyhow::Result<Vec<Reader>> {
    let open = async |region: &String| {
        Reader::open(link, &streams::desired_stream(region), args.in_region(region).count()).await
    };
    try_join_all(args.regions.iter().map(open)).await
}

async fn rows(args: &Args, link: &Link) -> anyhow::Result<Vec<Reader>> {
    let open = async |region: &String| {
        let live = args.live().filter(|number| args.region(*number) == region).count();
        Reader::open(link, &streams::status_stream(region), live).await
    };
    try_join_all(args.regions.iter().map(open)).await
}
