//! One object as it is at a location, asked from its agent.

use anyhow::Result;
use wire::api;

use crate::{
    args::{Global, Output},
    client::Client,
    command::{Outcome, located},
    output,
};

const EXAMPLE: &str = "tributary get object deployment cart -n shop --location store-1";

/// What is told besides the object itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shown {
    pub managed_fields: bool,
    pub secrets: bool,
}

/// `words`: see [`located::key`].
pub async fn run(
    global: &Global,
    location: &str,
    (words, namespace): (&[String], &str),
    shown: Shown,
) -> Result<Outcome> {
    let key = located::key(words, namespace, EXAMPLE)?;
    let request = api::GetLiveRequest {
        location: location.to_owned(),
        object: Some(wire::resource_key_message(&key)),
        managed_fields: shown.managed_fields,
        secret_data: shown.secrets,
        rehearse: false,
    };
    let answer = Client::connect(global).await?.live(request).await?;
    let Some(live) = located::object(&answer.live_json)? else {
        output::note(format_args!(
            "there is no {} at {location}",
            located::title(answer.object.as_ref(), &key)
        ));
        return Ok(Outcome::No);
    };
    output::document(global.document_format().unwrap_or(Output::Yaml), &live)?;
    Ok(Outcome::Done)
}
