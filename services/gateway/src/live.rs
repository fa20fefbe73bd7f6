//! What is asked of a location's agent, and kept nowhere.

use std::time::Duration;

use bus::Bus;
use wire::{Key, api, bus as messages, bus::ask::Question};

use crate::{error::Error, names, state::Shared};

/// An agent answers from its cache or from its API server, and gives up a little sooner.
const PATIENCE: Duration = Duration::from_secs(10);

/// The way to agents.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agents<'a> {
    pub bus: &'a Bus,
    pub shared: &'a Shared,
    /// How long the caller waits.
    pub deadline: Duration,
}

impl Agents<'_> {
    /// A live object, and the desired one.
    pub async fn live(self, request: api::GetLiveRequest) -> Result<api::GetLiveResponse, Error> {
        let object = object(request.object)?;
        let object = messages::AskObject {
            managed_fields: request.managed_fields,
            secret_data: request.secret_data,
            rehearse: request.rehearse,
            ..object
        };
        let answer = self.ask(request.location, Question::Diff(object)).await?;
        let messages::Answer { live_json, desired_json, rehearsed_json, error, note, object, .. } = answer;
        let object = object.map(meant);
        Ok(api::GetLiveResponse { live_json, desired_json, error, rehearsed_json, note, object })
    }

    /// What is not healthy at a location.
    pub async fn errors(
        self,
        request: api::ListLocationErrorsRequest,
    ) -> Result<api::ListLocationErrorsResponse, Error> {
        let answer = self.ask(request.location, Question::Errors(messages::AskErrors {})).await?;
        let messages::Answer { troubles, error, note, .. } = answer;
        Ok(api::ListLocationErrorsResponse { troubles, error, note })
    }

    /// What the cluster of a location has noted.
    pub async fn events(
        self,
        request: api::ListLocationEventsRequest,
    ) -> Result<api::ListLocationEventsResponse, Error> {
        let object = request.object.map(|key| object(Some(key))).transpose()?;
        let api::ListLocationEventsRequest { location, warnings_only, limit, .. } = request;
        let question = Question::Events(messages::AskEvents { object, warnings_only, limit });
        let messages::Answer { events, error, note, .. } = self.ask(location, question).await?;
        Ok(api::ListLocationEventsResponse { events, error, note })
    }

    async fn ask(self, location: String, question: Question) -> Result<messages::Answer, Error> {
        let location = names::location(location)?;
        let row = Key::Location(location.clone());
        let region = self.shared.read(|state| state.declared.region(&row).map(str::to_owned))?;
        let region = region.ok_or_else(|| Error::NotFound(format!("Location {location}")))?;
        let ask = wire::encode_ask(&messages::Ask { question: Some(question) });
        let key = Key::Ask { region, location: location.clone() };
        let answer = self.bus.request(&key, ask, self.deadline.min(PATIENCE)).await?;
        let answer = answer.ok_or_else(|| {
            Error::Unavailable(format!(
                "the agent of {location} does not answer: it is offline, or busy; try again"
            ))
        })?;
        Ok(wire::decode_answer(&answer)?)
    }
}

fn object(key: Option<api::ResourceKey>) -> Result<messages::AskObject, Error> {
    let model::ResourceKey { group, kind, namespace, name, .. } = names::object("object", key)?;
    Ok(messages::AskObject { group, kind, namespace, name, ..messages::AskObject::default() })
}

fn meant(object: messages::AskObject) -> api::ResourceKey {
    let messages::AskObject { group, kind, namespace, name, .. } = object;
    api::ResourceKey { space: String::new(), group, kind, namespace, name }
}
