//! Drives a service's view over stored tables, as the loop does, up to the rows that it would write.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use bus::{
    Key, Row, Stream, Write,
    flow::{Unit, View},
};

use super::tables::Tables;

/// Rows asked for at once.
const ROWS: usize = 100_000;
/// A view that is never done is broken.
const MAX_BATCHES: usize = 10_000;
/// Sequences for rows that only this view will ever see: above all real ones.
const PRETENDED: u64 = 1 << 62;

/// The rows that `view` would write: those that do not follow from what is stored.
pub async fn recompute<V: View>(mut view: V, tables: &mut Tables<'_>, now_ms: u64) -> Result<Vec<Write>> {
    feed(&mut view, tables).await?;
    settle(&mut view, tables).await?;
    view.tick(now_ms);
    let mut writes = Vec::new();
    loop {
        for unit in view.units() {
            writes.extend(drain(&mut view, &unit, now_ms)?);
        }
        // Writing may have found out what content it takes.
        if !settle(&mut view, tables).await? {
            return Ok(writes);
        }
    }
}

/// Every followed table, and those that following them makes followed.
async fn feed<V: View>(view: &mut V, tables: &mut Tables<'_>) -> Result<()> {
    let mut fed = BTreeSet::<Stream>::new();
    let epoch = tables.bus.get(&Key::Epoch).await?.and_then(|row| row.value);
    let epoch = epoch.map(|value| wire::decode_epoch(&value)).transpose()?.unwrap_or_default();
    while let Some(stream) = view.follows().into_iter().find(|stream| !fed.contains(stream)) {
        // Content is compared, whatever the stream's age: it is taken to be the one that the epoch knows.
        if let Some(birth) = epoch.streams.get(&stream.name()) {
            view.born(&stream, birth.create_time_ns);
        }
        for row in tables.rows(&stream).await? {
            view.fold(row);
        }
        fed.insert(stream);
    }
    Ok(())
}

/// Gets the content that the view wants, until it wants no more; whether it wanted any.
async fn settle<V: View>(view: &mut V, tables: &Tables<'_>) -> Result<bool> {
    let mut asked = BTreeSet::new();
    let mut wanted_any = false;
    loop {
        let wanted: Vec<_> = view.wants().into_iter().filter(|want| !asked.contains(want)).collect();
        if wanted.is_empty() {
            return Ok(wanted_any);
        }
        wanted_any = true;
        for (store, digest) in wanted {
            asked.insert((store, digest));
            let bytes = tables.bus.get_content(store, digest).await?;
            view.content(store, digest, bytes);
        }
    }
}

/// All that a unit lacks, batch after batch; each is told to be stored, so that the next can follow.
fn drain<V: View>(view: &mut V, unit: &Unit, now_ms: u64) -> Result<Vec<Write>> {
    let mut writes = Vec::new();
    for _ in 0..MAX_BATCHES {
        let batch = view.writes(unit, ROWS, now_ms);
        let rows: Vec<_> = (PRETENDED + writes.len() as u64..).zip(&batch.rows).map(pretended).collect();
        writes.extend(batch.rows);
        view.committed(unit, &rows);
        if !batch.more {
            return Ok(writes);
        }
    }
    bail!("recomputing unit {} of {} does not come to an end", unit.name, unit.stream)
}

fn pretended((seq, write): (u64, &Write)) -> Row {
    Row { key: write.key.clone(), value: Some(write.value.clone()), seq, trace: write.trace.clone() }
}
