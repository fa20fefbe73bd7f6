//! What the API server takes for the same writes if nothing is around them.

use std::time::Instant;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use testbed::kubernetes::Calls;

use super::{Content, content};
use crate::latency::Latencies;

/// Somebody else than Tributary.
const MANAGER: &str = "bare";

/// Beside the namespace of the same location that its agent has.
pub fn bare_namespace(name: &str) -> String {
    format!("bare-{name}")
}

/// Makes it, as the agent has made the other one.
pub async fn ensure_namespace(calls: &Calls, name: &str) -> anyhow::Result<()> {
    write(calls, &[content::namespace(&bare_namespace(name))], 1).await.map(drop)
}

/// Server-side applies, so many at a time; how long each took.
pub async fn write(calls: &Calls, objects: &[Content], abreast: usize) -> anyhow::Result<Latencies> {
    let writing = objects.iter().map(|object| async move {
        let begun = Instant::now();
        calls.apply(&object.path(), MANAGER, object.bytes()).await?;
        anyhow::Ok(begun.elapsed().as_secs_f64())
    });
    Ok(Latencies::new(stream::iter(writing).buffer_unordered(abreast).try_collect().await?))
}
