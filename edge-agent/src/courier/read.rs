//! Reading the document without being told of it: on each connection, and from time to time.

use tokio::time::Instant;

use super::{AGAIN, AGAIN_LONGEST, Courier};
use crate::agent::Event;
use crate::timing;

impl Courier {
    pub(super) async fn read_document(&mut self) {
        let read = self.attachment.get_desired().await;
        self.read_failures = if read.is_err() { self.read_failures.saturating_add(1) } else { 0 };
        let pause = match &read {
            Ok(_) => timing::jittered(self.periods.anti_entropy),
            Err(_) => timing::backoff(AGAIN, AGAIN_LONGEST, self.read_failures),
        };
        self.read = Instant::now() + pause;
        match read {
            Ok(Some(bytes)) => self.deliver(bytes).await,
            Ok(None) => self.look_where_it_is().await,
            Err(error) => tracing::debug!(%error, "document cannot be read"),
        }
    }

    /// There is no document here, so everything is kept. The location may have moved, and the document that said so may
    /// be lost with its stream.
    async fn look_where_it_is(&mut self) {
        match self.attachment.get_location().await.map(|row| row.and_then(|row| region_of(&row))) {
            Ok(Some(region)) if region != self.region => self.tell(Event::Located(region)).await,
            Ok(_) => tracing::debug!("no document of this location; keeping everything"),
            Err(error) => tracing::debug!(%error, "cannot look where the location is"),
        }
    }
}

/// The region of a declared location.
fn region_of(row: &[u8]) -> Option<String> {
    match wire::decode_resource(row).ok()?.spec {
        model::Spec::Location(location) => Some(location.region),
        _ => None,
    }
}
