//! What the server stores for a location and a placement.

use std::collections::BTreeMap;

use crate::figures::Figures;
use crate::stage::Stage;
use crate::tables::Sizes;

/// Content, which is shared: so much for each object, whatever the number of locations.
const SHARED: [&str; 2] = ["blob", "release"];

/// By stream.
type Bytes = BTreeMap<String, u64>;

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let sizes = stage.tables.sizes().await?;
    let locations = f64::from(stage.run.locations);
    let pairs = locations * f64::from(stage.run.placements);
    let declared = bytes(&stage.declared);
    figures.measure("hub_bytes_per_location_declared", sum(&declared) / locations);
    let grown = growth(&declared, &bytes(&sizes));
    figures.measure("hub_bytes_per_location_placement", unshared(&grown) / pairs);
    tell(figures, "bytes_per_location", &grown, pairs);
    // Before the server compresses anything it counts the former; this is what it takes, indexes and all.
    let grown = growth(&stage.declared_disk, &stage.stack.disk_by_stream()?);
    figures.measure("hub_disk_bytes_per_location_placement", unshared(&grown) / pairs);
    tell(figures, "disk_bytes_per_location", &grown, pairs);
    for (stream, size) in &sizes {
        figures.set(&format!("messages.{stream}"), size.messages);
    }
    figures.measure("disk_mb", stage.stack.disk()? as f64 / 1e6);
    Ok(())
}

fn bytes(sizes: &Sizes) -> Bytes {
    sizes.iter().map(|(stream, size)| (stream.clone(), size.bytes)).collect()
}

/// Since only locations were declared. What has shrunk has not grown.
fn growth(before: &Bytes, after: &Bytes) -> Bytes {
    let since = |stream: &String| before.get(stream).copied().unwrap_or_default();
    after.iter().map(|(stream, bytes)| (stream.clone(), bytes.saturating_sub(since(stream)))).collect()
}

fn tell(figures: &mut Figures, name: &str, grown: &Bytes, pairs: f64) {
    for (stream, bytes) in grown {
        figures.measure(&format!("{name}.{stream}"), *bytes as f64 / pairs);
    }
}

fn unshared(grown: &Bytes) -> f64 {
    let unshared = grown.iter().filter(|(stream, _)| !SHARED.contains(&stream.as_str()));
    unshared.map(|(_, bytes)| *bytes as f64).sum()
}

fn sum(bytes: &Bytes) -> f64 {
    bytes.values().map(|bytes| *bytes as f64).sum()
}
