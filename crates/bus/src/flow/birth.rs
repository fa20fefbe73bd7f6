//! Creates derived streams, and raises the epoch for those whose documents it orders.

use crate::{Bus, Error, Key, Stream, Write};

/// Creates `stream` if it is missing. A stream of documents that is not the one that the epoch row knows begins a new
/// epoch, so that agents take its documents although its revisions start again; and so does one of blobs, so that
/// documents which name lost ones are told from those that do not.
pub(super) async fn ensure(bus: &Bus, stream: &Stream) -> Result<(), Error> {
    let birth = bus.ensure(stream).await?;
    if !matches!(stream, Stream::Desired(_) | Stream::Blob) {
        return Ok(());
    }
    loop {
        match record(bus, stream, birth.created_ns).await {
            // Somebody else recorded a birth, this one or another.
            Err(Error::Conflict { .. }) => {}
            result => return result,
        }
    }
}

async fn record(bus: &Bus, stream: &Stream, created_ns: u64) -> Result<(), Error> {
    let row = bus.get(&Key::Epoch).await?;
    let seq = row.as_ref().map_or(0, |row| row.seq);
    let value = row.and_then(|row| row.value).unwrap_or_default();
    let wire_error = |source| Error::Wire { subject: Key::Epoch.subject(), source };
    let mut epoch = wire::decode_epoch(&value).map_err(wire_error)?;
    if epoch.streams.get(&stream.name()).is_some_and(|birth| birth.create_time_ns == created_ns) {
        return Ok(());
    }
    epoch.epoch += 1;
    let birth = wire::StreamBirth { epoch: epoch.epoch, create_time_ns: created_ns };
    epoch.streams.insert(stream.name(), birth);
    bus.put(Write::new(Key::Epoch, wire::encode_epoch(&epoch)).expecting(seq)).await?;
    tracing::info!(%stream, epoch = epoch.epoch, "a stream was created: a new epoch begins");
    Ok(())
}
