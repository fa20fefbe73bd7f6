//! What a location would change about one object, or has not changed yet: live against desired, both asked from its agent.

use anyhow::{Result, bail};
use serde_json::{Value, json};
use wire::api;

use super::covered;
use crate::{
    args::Global,
    client::Client,
    command::{Outcome, located},
    output,
    unified::{self, Side},
};

const EXAMPLE: &str = "tributary diff object deployment/cart -n shop --location store-1";
/// Of an object's metadata: they change with every write.
const COUNTERS: [&str; 2] = ["generation", "resourceVersion"];

/// Both sides, of which only what matters is left.
struct Sides {
    /// `None`: it is not there.
    live: Option<Value>,
    desired: Value,
}

/// `words`: see [`located::key`].
pub async fn run(
    global: &Global,
    location: &str,
    (words, namespace): (&[String], &str),
    secrets: bool,
) -> Result<Outcome> {
    let key = located::key(words, namespace, EXAMPLE)?;
    let request = api::GetLiveRequest {
        location: location.to_owned(),
        object: Some(wire::resource_key_message(&key)),
        managed_fields: false,
        secret_data: secrets,
        rehearse: true,
    };
    let answer = Client::connect(global).await?.live(request).await?;
    let title = located::title(answer.object.as_ref(), &key);
    if answer.desired_json.is_empty() {
        bail!("no placement wants {title} at {location}; `tributary get object` shows what is there");
    }
    let sides = sides(&answer)?;
    show(global, location, &title, &sides)?;
    let same = sides.live.as_ref() == Some(&sides.desired);
    Ok(if same { Outcome::Done } else { Outcome::No })
}

/// Where the cluster says what applying would come to, that tells; else the fields that are set.
fn sides(answer: &api::GetLiveResponse) -> Result<Sides> {
    let live = located::object(&answer.live_json)?;
    let desired = located::object(&answer.desired_json)?.unwrap_or_default();
    Ok(match (live, located::object(&answer.rehearsed_json)?) {
        (Some(live), Some(rehearsed)) => {
            Sides { live: Some(without_counters(live)), desired: without_counters(rehearsed) }
        }
        (live, _) => Sides { live: live.map(|live| covered::by(&desired, &live)), desired },
    })
}

fn without_counters(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|field, _| !COUNTERS.contains(&field.as_str()));
    }
    object
}

fn show(global: &Global, location: &str, title: &str, sides: &Sides) -> Result<()> {
    let Sides { live, desired } = sides;
    if let Some(format) = global.document_format() {
        let differs = live.as_ref() != Some(desired);
        return output::document(
            format,
            &json!({"location": location, "object": title, "differs": differs, "live": live, "desired": desired}),
        );
    }
    let text = live.as_ref().map(output::yaml).transpose()?.unwrap_or_default();
    let before = Side { title: &format!("live: {title} at {location}"), text: &text };
    let text = output::yaml(desired)?;
    unified::show(before, Side { title: &format!("desired: {title} at {location}"), text: &text })
}
