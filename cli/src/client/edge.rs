//! What is asked of a location's agent, by way of the gateway.

use anyhow::{Result, bail};
use wire::api;

use super::{Client, answer};
use crate::output;

impl Client {
    /// A live object and the desired one.
    ///
    /// # Errors
    /// Also those that the agent answers with.
    pub async fn live(&mut self, request: api::GetLiveRequest) -> Result<api::GetLiveResponse> {
        let doing = format!("asking {}", request.location);
        let location = request.location.clone();
        let call = self.grpc.get_live(request);
        let said = answer(call, &doing, &self.address, self.timeout).await?;
        heed(&location, &said.error, &said.note)?;
        Ok(said)
    }

    /// What is not healthy at a location.
    ///
    /// # Errors
    /// As of [`Client::live`].
    pub async fn location_errors(&mut self, location: &str) -> Result<api::ListLocationErrorsResponse> {
        let request = api::ListLocationErrorsRequest { location: location.to_owned() };
        let call = self.grpc.list_location_errors(request);
        let said = answer(call, &format!("asking {location}"), &self.address, self.timeout).await?;
        heed(location, &said.error, &said.note)?;
        Ok(said)
    }

    /// What a location's cluster has noted.
    ///
    /// # Errors
    /// As of [`Client::live`].
    pub async fn location_events(
        &mut self,
        request: api::ListLocationEventsRequest,
    ) -> Result<api::ListLocationEventsResponse> {
        let location = request.location.clone();
        let call = self.grpc.list_location_events(request);
        let said = answer(call, &format!("asking {location}"), &self.address, self.timeout).await?;
        heed(&location, &said.error, &said.note)?;
        Ok(said)
    }
}

/// Tells what the agent says besides its answer.
fn heed(location: &str, error: &str, note: &str) -> Result<()> {
    if !error.is_empty() {
        bail!("{location}: {error}");
    }
    if !note.is_empty() {
        output::note(format_args!("{location}: {note}"));
    }
    Ok(())
}
