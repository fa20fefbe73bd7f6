//! The labels that selectors of lists and watches look at.
//!
//! Those of a workload object are in its manifest. A large manifest is kept apart from its row, which then carries a
//! copy of the labels, so that no selector needs content that is elsewhere.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use model::{Digest, Resource, Spec};
use serde_json::Value;
use wire::api::{self, resource::Spec as SpecMessage, workload_spec::Content};

type Labels = BTreeMap<String, String>;

/// The labels of a resource as its row tells them.
pub(crate) fn of(message: &api::Resource) -> Cow<'_, Labels> {
    if let Some(SpecMessage::Workload(workload)) = &message.spec
        && let Some(Content::ManifestJson(manifest)) = &workload.content
    {
        let manifest: Option<Value> = serde_json::from_slice(manifest).ok();
        return Cow::Owned(manifest.as_ref().map(of_manifest).unwrap_or_default());
    }
    message.metadata.as_ref().map_or_else(Cow::default, |metadata| Cow::Borrowed(&metadata.labels))
}

/// What is stored of a resource: its row as a message, and the content that this names. Where a manifest is kept apart,
/// the row has its labels.
pub(crate) fn kept(resource: &Resource) -> (api::Resource, Option<(Digest, Bytes)>) {
    let (mut message, content) = wire::row_message(resource);
    if let (Some(_), Spec::Workload(object)) = (&content, &resource.spec) {
        message.metadata.get_or_insert_default().labels = of_manifest(&object.manifest);
    }
    (message, content)
}

fn of_manifest(manifest: &Value) -> Labels {
    let labels = manifest.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten();
    labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}
