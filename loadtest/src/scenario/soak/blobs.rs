//! Content after a soak: all that documents need is there, and nothing else once it has been collected.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use model::{Digest, Own};
use testbed::eventually;
use wire::{Key, Stream};

use crate::figures::Figures;
use crate::stage::Stage;

/// A reader waits for a last message that was deleted meanwhile; the next look does not.
const LOOK: Duration = Duration::from_secs(5);

/// Rendered content and who needs it.
#[derive(Debug, Default)]
struct Content {
    /// The pieces of each, by number.
    stored: BTreeMap<Digest, BTreeMap<u32, Bytes>>,
    needed: BTreeSet<Digest>,
}

/// Waits until nothing is stored that is not needed; fails if anything that is needed is not.
pub async fn collected(stage: &Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let look = async || match tokio::time::timeout(LOOK, Content::read(stage)).await {
        Ok(Ok(content)) => content.unused().map(|()| content),
        Ok(Err(error)) => Err(format!("{error:#}")),
        Err(_) => Err("it cannot be read".to_owned()),
    };
    let content = eventually("unused content is collected", stage.timeout(), look).await?;
    let missing: Vec<_> = content.needed.iter().filter(|it| !content.stored.contains_key(it)).collect();
    anyhow::ensure!(missing.is_empty(), "documents name content that is not there: {missing:?}");
    figures.set("soak_blobs", content.stored.len() as u64);
    Ok(())
}

impl Content {
    /// Documents last: what they name is stored before them.
    async fn read(stage: &Stage) -> anyhow::Result<Self> {
        let mut content = Self::default();
        for row in stage.tables.read(&Stream::Blob).await? {
            if let Key::Blob { digest, chunk } = row.key {
                content.stored.entry(digest).or_default().insert(chunk, row.value);
            }
        }
        for region in &stage.regions {
            for row in stage.tables.read(&Stream::Desired(region.clone())).await? {
                if let Key::Desired { .. } = row.key {
                    content.need_document(&row.value)?;
                }
            }
        }
        Ok(content)
    }

    fn need_document(&mut self, row: &Bytes) -> anyhow::Result<()> {
        for entry in wire::decode_desired(row)?.0.placements {
            entry.shared.into_iter().try_for_each(|bundle| self.need_bundle(bundle))?;
            match &entry.own {
                Own::None | Own::Framed(_) => {}
                Own::Inline(bundle) => self.needed.extend(bundle.blobs()),
                Own::Blob(bundle) => self.need_bundle(*bundle)?,
            }
        }
        Ok(())
    }

    fn need_bundle(&mut self, bundle: Digest) -> anyhow::Result<()> {
        if self.needed.insert(bundle)
            && let Some(pieces) = self.stored.get(&bundle)
        {
            let bytes = wire::content::assemble(bundle, pieces.values().cloned().collect());
            let bytes = bytes.with_context(|| format!("bundle {bundle} is not whole"))?;
            self.needed.extend(wire::decode_bundle(&bytes)?.blobs());
        }
        Ok(())
    }

    /// Fails with what is stored and not needed.
    fn unused(&self) -> Result<(), String> {
        let unused = self.stored.keys().filter(|digest| !self.needed.contains(digest)).count();
        if unused == 0 { Ok(()) } else { Err(format!("{unused} of {} are not needed", self.stored.len())) }
    }
}
