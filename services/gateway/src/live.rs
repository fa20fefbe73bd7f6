//! A live object, asked of a location's agent.

use std::time::Duration;

use bus::Bus;
use wire::{Key, api, bus as messages};

use crate::{error::Error, names, state::Shared};

/// An agent answers from its cache or from its API server.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) async fn get(
    bus: &Bus,
    shared: &Shared,
    request: api::GetLiveRequest,
    deadline: Duration,
) -> Result<api::GetLiveResponse, Error> {
    let object = names::object("object", request.object)?;
    let location = names::location(request.location)?;
    let row = Key::Location(location.clone());
    let region = shared.read(|state| state.declared.region(&row).map(str::to_owned))?;
    let region = region.ok_or_else(|| Error::NotFound(format!("Location {location}")))?;
    let model::ResourceKey { group, kind, namespace, name, .. } = object;
    let question = messages::ask::Question::Diff(messages::AskObject { group, kind, namespace, name });
    let ask = wire::encode_ask(&messages::Ask { question: Some(question) });
    let key = Key::Ask { region, location: location.clone() };
    let answer = bus.request(&key, ask, deadline.min(PATIENCE)).await?;
    let answer = answer.ok_or_else(|| {
        Error::Unavailable(format!(
            "the agent of {location} does not answer: it is offline, or busy; try again"
        ))
    })?;
    let messages::Answer { live_json, desired_json, error, .. } = wire::decode_answer(&answer)?;
    Ok(api::GetLiveResponse { live_json, desired_json, error })
}
