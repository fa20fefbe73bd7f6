//! Which object at a location is meant.

use anyhow::{Context as _, Result};
use model::ResourceKey;
use serde_json::Value;
use wire::api;

use crate::{kinds, usage::usage};

/// The object of `object KIND NAME`, `KIND NAME` or `KIND/NAME`. A kind that is not known here is told to the location as it
/// was written: its cluster knows more kinds. `example`: what to type instead of what cannot be meant.
pub fn key(words: &[String], namespace: &str, example: &str) -> Result<ResourceKey> {
    let rest = match words.split_first() {
        Some((first, rest)) if ["object", "objects"].contains(&first.as_str()) && !rest.is_empty() => rest,
        _ => words,
    };
    let not_one = || usage(format!("name one object, as in `{example}`"));
    let (kind, names) = kinds::targets_by(rest, kinds::kind_or_as_written).map_err(|error| match rest {
        [] => not_one(),
        _ => error,
    })?;
    let [name] = names.as_slice() else { return Err(not_one()) };
    if kind.kind.is_empty() {
        return Err(not_one());
    }
    if matches!(kind.scope, kinds::Scope::Hub | kinds::Scope::Space) {
        let text = format!("{} is kept at the hub, not at locations; leave --location out", rest.join(" "));
        return Err(usage(text));
    }
    Ok(kind.key("", namespace, name))
}

/// An object that the agent has answered with; `None`: there is none.
pub fn object(json: &[u8]) -> Result<Option<Value>> {
    if json.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(json).map(Some).context("the agent's answer cannot be read")
}

/// The object that the location's agent took for meant, or else the one that was asked for.
pub fn title(meant: Option<&api::ResourceKey>, asked: &ResourceKey) -> String {
    meant.map_or_else(|| kinds::title(asked), |key| kinds::title(&wire::resource_key(key.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ResourceKey> {
        let words: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
        key(&words, "", "get object deployment cart --location L")
    }

    #[test]
    fn an_object_is_named_in_every_way_that_users_know() {
        for text in ["object deploy cart", "deploy/cart", "object Deployment/cart", "deployments.apps cart"] {
            let key = read(text).unwrap();
            let parts = [&key.group, &key.kind, &key.namespace, &key.name].map(String::as_str);
            assert_eq!(parts, ["apps", "Deployment", "default", "cart"], "{text}");
        }
        let custom = read("servicemonitors.monitoring.coreos.com/a").unwrap();
        assert_eq!(
            (custom.group.as_str(), custom.kind.as_str()),
            ("monitoring.coreos.com", "servicemonitors")
        );
        assert_eq!(read("widgets/a").unwrap().kind, "widgets", "the cluster knows");
    }

    #[test]
    fn what_is_no_object_of_a_location_is_wrong_usage() {
        for (text, part) in [
            ("", "name one object"),
            ("deploy", "name one"),
            ("all x", "name one"),
            ("placement/shop", "at the hub"),
        ] {
            let error = read(text).unwrap_err();
            assert!(crate::usage::is_usage(&error) && error.to_string().contains(part), "{text}: {error}");
        }
    }
}
