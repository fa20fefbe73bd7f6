//! Whether every content that a row names is stored, and is what its name says.

use std::collections::BTreeSet;

use anyhow::Result;
use bus::{Key, Store};
use model::Own;

use super::tables::Tables;

/// What is named and not there.
pub async fn missing(tables: &Tables<'_>) -> Result<BTreeSet<String>> {
    let mut bundles = BTreeSet::new();
    let mut objects = BTreeSet::new();
    for row in tables.all() {
        let (Key::Desired { .. }, Some(value)) = (&row.key, &row.value) else { continue };
        let (desired, _) = wire::decode_desired(value)?;
        for entry in desired.placements {
            bundles.extend(entry.shared);
            match entry.own {
                Own::Blob(digest) => drop(bundles.insert(digest)),
                Own::Inline(bundle) => objects.extend(bundle.blobs()),
                // What is in a frame names none.
                Own::None | Own::Framed(_) => {}
            }
        }
    }
    let mut missing = BTreeSet::new();
    for digest in bundles {
        match tables.bus.get_content(Store::Blob, digest).await? {
            Some(bytes) => objects.extend(wire::decode_bundle(&bytes)?.blobs()),
            None => drop(missing.insert(format!("bundle {digest}"))),
        }
    }
    for digest in objects {
        if tables.bus.get_content(Store::Blob, digest).await?.is_none() {
            missing.insert(format!("object {digest}"));
        }
    }
    Ok(missing)
}
