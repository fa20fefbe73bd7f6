//! Writes the documents of one region: atomic batches under a fence, one in flight; before them what they name.

use std::sync::Arc;

use async_nats::HeaderMap;
use async_nats::header::{
    HeaderName, NATS_BATCH_COMMIT, NATS_BATCH_COMMIT_FINAL, NATS_BATCH_ID, NATS_BATCH_SEQUENCE,
    NATS_EXPECTED_LAST_SUBJECT_SEQUENCE,
};
use bytes::Bytes;
use futures::future::try_join_all;

use super::client::Link;
use super::filler::filler;
use super::{Args, streams};

/// What the server takes in one batch.
const BATCH: usize = 1000;
const FENCE_SUBJECT: HeaderName = HeaderName::from_static("Nats-Expected-Last-Subject-Sequence-Subject");

/// The one who holds a region's lease.
#[derive(Debug)]
pub struct Writer {
    link: Arc<Link>,
    rows: Vec<Row>,
    document: Bytes,
    lease: String,
    fence: u64,
}

/// What is written for a location.
#[derive(Debug)]
struct Row {
    subject: String,
    blobs: Vec<Blob>,
}

/// Content: where, and what.
pub type Blob = (String, Bytes);

impl Writer {
    /// Takes the lease.
    pub async fn open(link: &Arc<Link>, args: &Args, region: &str) -> anyhow::Result<Self> {
        let lease = streams::lease(region);
        let fence = link.put(&lease, 0, Bytes::from_static(b"raw")).await?;
        let rows = args.in_region(region).map(|number| Row::new(args, region, number)).collect();
        Ok(Self { link: link.clone(), rows, document: filler(args.document_bytes), lease, fence })
    }

    /// Writes every document once.
    pub async fn write(&self) -> anyhow::Result<()> {
        for rows in self.rows.chunks(BATCH) {
            store(&self.link, rows.iter().flat_map(|row| &row.blobs)).await?;
            self.batch(rows).await?;
        }
        Ok(())
    }

    async fn batch(&self, rows: &[Row]) -> anyhow::Result<()> {
        let id = format!("{:016x}", rand::random::<u64>());
        for (position, Row { subject, .. }) in rows.iter().enumerate() {
            let is_last = position + 1 == rows.len();
            let headers = self.headers(&id, position, is_last);
            if is_last {
                self.link.store(subject, headers, self.document.clone()).await?;
            } else {
                let document = self.document.clone();
                self.link.client.publish_with_headers(subject.clone(), headers, document).await?;
            }
        }
        Ok(())
    }

    fn headers(&self, batch: &str, position: usize, is_last: bool) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if position == 0 {
            headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, self.fence.to_string());
            headers.insert(FENCE_SUBJECT, self.lease.as_str());
        }
        headers.insert(NATS_BATCH_ID, batch);
        headers.insert(NATS_BATCH_SEQUENCE, (position + 1).to_string());
        if is_last {
            headers.insert(NATS_BATCH_COMMIT, NATS_BATCH_COMMIT_FINAL);
        }
        headers
    }
}

impl Row {
    fn new(args: &Args, region: &str, number: u32) -> Self {
        let subject = streams::desired(region, &format!("store-{number}"));
        let blobs = if args.own_blobs { blobs(args, Some(number)) } else { Vec::new() };
        Self { subject, blobs }
    }
}

/// What one location fetches, or all of them.
pub fn blobs(args: &Args, location: Option<u32>) -> Vec<Blob> {
    let blob = |(number, size): (usize, &usize)| (streams::blob(location, number), filler(*size));
    args.blob_bytes.iter().enumerate().map(blob).collect()
}

/// Stores content, as much at once as the connection allows.
pub async fn store(link: &Link, blobs: impl Iterator<Item = &Blob>) -> anyhow::Result<()> {
    let stored = blobs.map(|(subject, content)| link.store(subject, HeaderMap::new(), content.clone()));
    try_join_all(stored).await?;
    Ok(())
}
