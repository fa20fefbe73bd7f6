//! One object as it is at a location, asked from its agent.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::{
    args::{Global, Output},
    client::Client,
    command::Outcome,
    kinds, output,
    usage::usage,
};

/// `words`: `object KIND NAME`, or `KIND NAME`.
pub async fn run(global: &Global, location: &str, words: &[String], namespace: &str) -> Result<Outcome> {
    let words = match words.split_first() {
        Some((first, rest)) if ["object", "objects"].contains(&first.as_str()) && !rest.is_empty() => rest,
        _ => words,
    };
    let (kind, names) = kinds::targets(words)?;
    let [name] = names.as_slice() else {
        return Err(usage("name one object, as in `get object deployment cart --location L`"));
    };
    if matches!(kind.scope, kinds::Scope::Hub | kinds::Scope::Space) {
        let text = format!("{} is kept at the hub, not at locations; leave --location out", words.join(" "));
        return Err(usage(text));
    }
    let key = kind.key(&global.space, namespace, name);
    let answer = Client::connect(global).await?.live(location, &key).await?;
    if !answer.error.is_empty() {
        bail!("{location}: {}", answer.error);
    }
    if answer.live_json.is_empty() {
        output::note(format_args!("there is no {} at {location}", kinds::title(&key)));
        return Ok(Outcome::No);
    }
    let live: Value =
        serde_json::from_slice(&answer.live_json).context("the agent's answer cannot be read")?;
    output::document(global.document_format().unwrap_or(Output::Yaml), &live)?;
    Ok(Outcome::Done)
}
