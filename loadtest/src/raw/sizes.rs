//! How large the real messages of a change were: the one part of this that runs in the run itself, and knows ours.

use anyhow::Context as _;
use bus::{Bus, Options, Store};
use bytes::Bytes;
use model::{Bundle, Desired, Digest, Own, PlacementKey};
use wire::{Key, Stream};

use crate::args::Run;
use crate::declare;
use crate::stage::Stage;

/// Bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sizes {
    /// The means.
    pub document: usize,
    pub row: usize,
    /// Of the messages of all that a location fetches.
    pub blobs: Vec<usize>,
    /// Each location has fetched blobs of its own.
    pub own_blobs: bool,
}

impl Sizes {
    /// Reads what the newest change of the first placement has left in the tables.
    pub async fn measure(stage: &Stage) -> anyhow::Result<Self> {
        let key = declare::placement_key(0);
        let (mut documents, mut rows, mut sample) = (Mean::default(), Mean::default(), None);
        for region in &stage.regions {
            for row in stage.tables.read(&Stream::Desired(region.clone())).await? {
                if matches!(row.key, Key::Desired { .. }) {
                    documents.add(row.value.len());
                    sample = Some(row.value);
                }
            }
            for row in stage.tables.read(&Stream::Status(region.clone())).await? {
                if matches!(&row.key, Key::Status { placement, .. } if *placement == key) {
                    rows.add(row.value.len());
                }
            }
        }
        let (document, _) = wire::decode_desired(&sample.context("no location has a document")?)?;
        let own_blobs = differs(&stage.run) && !is_framed(&document, &key);
        // Where a cache serves a whole process, hardly anything that all need is fetched.
        let is_cached = stage.run.shared_blob_cache && !own_blobs;
        let blobs = if is_cached { Vec::new() } else { blobs(stage, &key, &document).await? };
        Ok(Self { document: documents.get(), row: rows.get(), blobs, own_blobs })
    }
}

/// What a location has fetched: the bundle with the changed object, and that object unless it travels inside.
async fn blobs(stage: &Stage, key: &PlacementKey, document: &Desired) -> anyhow::Result<Vec<usize>> {
    let options = Options { url: stage.stack.nats.url(), name: "loadtest sizes".to_owned() };
    let bus = Bus::connect(options).await?;
    let entry = document.placements.iter().find(|entry| entry.placement == *key);
    let entry = entry.with_context(|| format!("{key} is not in the document"))?;
    let (bundle, mut sizes) = match (&entry.own, entry.shared) {
        (Own::Inline(bundle), _) if differs(&stage.run) => (bundle.clone(), Vec::new()),
        (Own::Blob(digest), _) if differs(&stage.run) => bundle(fetch(&bus, *digest).await?)?,
        (_, Some(digest)) => {
            let (bundle, sizes) = bundle(fetch(&bus, digest).await?)?;
            // With a patch in its document, a location makes the bundle from the one before.
            (bundle, if entry.patch.is_none() { sizes } else { Vec::new() })
        }
        _ => return Ok(Vec::new()),
    };
    // All objects of a load are alike: one that is stored apart is as large as the one that has changed.
    let apart = bundle.blobs().next();
    if let Some(digest) = apart {
        sizes.extend(fetch(&bus, digest).await?.1);
    }
    Ok(sizes)
}

/// Whether what has changed is different at each location.
fn differs(run: &Run) -> bool {
    run.per_location == run.objects
}

/// What is different then travels in the document, and what is not in the shared bundle.
fn is_framed(document: &Desired, key: &PlacementKey) -> bool {
    document.placements.iter().any(|entry| entry.placement == *key && matches!(entry.own, Own::Framed(_)))
}

fn bundle((content, sizes): (Bytes, Vec<usize>)) -> anyhow::Result<(Bundle, Vec<usize>)> {
    Ok((wire::decode_bundle(&content)?, sizes))
}

/// Content, and the sizes of its messages: chunking is deterministic.
async fn fetch(bus: &Bus, digest: Digest) -> anyhow::Result<(Bytes, Vec<usize>)> {
    let content = bus.get_content(Store::Blob, digest).await?;
    let content = content.with_context(|| format!("blob {digest} is not there"))?;
    let sizes = wire::content::chunk(&content).iter().map(Bytes::len).collect();
    Ok((content, sizes))
}

#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: usize,
    count: usize,
}

impl Mean {
    fn add(&mut self, size: usize) {
        self.sum += size;
        self.count += 1;
    }

    fn get(self) -> usize {
        self.sum.checked_div(self.count).unwrap_or(0)
    }
}
