//! What the server stores for a location and a placement.

use crate::figures::Figures;
use crate::stage::Stage;
use crate::tables::Sizes;

/// Content, which is shared: so much for each object, whatever the number of locations.
const SHARED: [&str; 2] = ["blob", "release"];

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let sizes = stage.tables.sizes().await?;
    let locations = f64::from(stage.run.locations);
    let pairs = locations * f64::from(stage.run.placements);
    let declared: u64 = stage.declared.values().map(|size| size.bytes).sum();
    figures.measure("hub_bytes_per_location_declared", declared as f64 / locations);
    let growth = growth(&stage.declared, &sizes);
    let all: u64 = growth.iter().filter(|(stream, _)| !is_shared(stream)).map(|(_, bytes)| bytes).sum();
    figures.measure("hub_bytes_per_location_placement", all as f64 / pairs);
    for (stream, bytes) in growth {
        figures.measure(&format!("bytes_per_location.{stream}"), bytes as f64 / pairs);
    }
    for (stream, size) in &sizes {
        figures.set(&format!("messages.{stream}"), size.messages);
    }
    figures.measure("disk_mb", stage.stack.disk()? as f64 / 1e6);
    Ok(())
}

/// By stream, since only locations were declared. What has shrunk has not grown.
fn growth(before: &Sizes, after: &Sizes) -> Vec<(String, u64)> {
    let since = |stream: &String| before.get(stream).map_or(0, |size| size.bytes);
    after.iter().map(|(stream, size)| (stream.clone(), size.bytes.saturating_sub(since(stream)))).collect()
}

fn is_shared(stream: &str) -> bool {
    SHARED.contains(&stream)
}
