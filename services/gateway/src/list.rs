//! Pages of resources of one kind, and which resources a list or a watch is about.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;

use model::{API_GROUP, LabelSelector};
use wire::{
    Key,
    api::{self, resource::Spec, workload_spec::Content},
};

use crate::{
    declared::{Declared, Row, message},
    error::Error,
    names, page,
    state::Shared,
};

/// What a list or a watch takes.
#[derive(Debug)]
pub(crate) struct Filter {
    space: String,
    group: String,
    kind: String,
    selector: LabelSelector,
}

impl Filter {
    pub(crate) fn new(space: String, group: String, kind: String, selector: &str) -> Result<Self, Error> {
        let selector = LabelSelector::from_text(selector);
        let selector = selector.map_err(|found| Error::Invalid(format!("label_selector: {found}")))?;
        Ok(Self { space, group, kind, selector })
    }

    /// Whether the key alone lets it through.
    pub(crate) fn takes_key(&self, key: &Key) -> bool {
        match key {
            Key::Region(_) => self.is_of_hub("Region"),
            Key::Location(_) => self.is_of_hub("Location"),
            Key::Intent(key) => {
                let kind = if self.kind.is_empty() { key.group != API_GROUP } else { self.kind == key.kind };
                kind && (self.group.is_empty() || self.group == key.group)
                    && (self.space.is_empty() || self.space == key.space)
            }
            _ => false,
        }
    }

    /// A kind of the hub is meant when no other group is said.
    fn is_of_hub(&self, kind: &str) -> bool {
        self.kind == kind && (self.group.is_empty() || self.group == API_GROUP)
    }

    /// Whether its labels let it through. Those of a workload object are in its manifest; one whose manifest is kept
    /// apart because of its size has none here.
    pub(crate) fn takes(&self, row: &Row) -> bool {
        self.selector.is_empty() || message(row).is_some_and(|m| self.selector.matches(&labels(&m)))
    }

    /// Where in the order of keys to begin: all others are before.
    fn first(&self) -> Key {
        match self.kind.as_str() {
            "Location" if self.is_of_hub("Location") && self.group == API_GROUP => {
                Key::Location(String::new())
            }
            "Region" if self.is_of_hub("Region") && self.group == API_GROUP => Key::Region(String::new()),
            _ => Key::Intent(model::ResourceKey { space: self.space.clone(), ..Default::default() }),
        }
    }
}

fn labels(message: &api::Resource) -> Cow<'_, BTreeMap<String, String>> {
    if let Some(Spec::Workload(workload)) = &message.spec {
        let Some(Content::ManifestJson(manifest)) = &workload.content else { return Cow::default() };
        return Cow::Owned(manifest_labels(manifest).unwrap_or_default());
    }
    message.metadata.as_ref().map_or_else(Cow::default, |metadata| Cow::Borrowed(&metadata.labels))
}

fn manifest_labels(manifest: &[u8]) -> Option<BTreeMap<String, String>> {
    let manifest: serde_json::Value = serde_json::from_slice(manifest).ok()?;
    let labels = manifest.pointer("/metadata/labels")?.as_object()?;
    Some(labels.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect())
}

pub(crate) fn list(shared: &Shared, request: api::ListRequest) -> Result<api::ListResponse, Error> {
    let size = page::size(request.page_size)?;
    let after = page::after(&request.page_token)?;
    let filter = Filter::new(request.space, request.group, request.kind, &request.label_selector)?;
    shared.read(|state| one_page(&state.declared, &filter, after.as_ref(), size))
}

fn one_page(declared: &Declared, filter: &Filter, after: Option<&Key>, size: usize) -> api::ListResponse {
    let first = filter.first();
    let all = declared.range(Bound::Included(&first));
    let mut answer = api::ListResponse::default();
    let mut last = None;
    for (key, row) in all.filter(|(key, row)| filter.takes_key(key) && filter.takes(row)) {
        answer.total_size += 1;
        if after.is_some_and(|after| key <= after) {
            continue;
        }
        if answer.resources.len() < size {
            answer.resources.extend(message(row));
            last = Some(key);
        } else if answer.next_page_token.is_empty() {
            answer.next_page_token = last.map(page::token).unwrap_or_default();
        }
    }
    answer
}

/// The key of a resource that is gone.
pub(crate) fn gone(key: &Key) -> Option<api::ResourceKey> {
    names::resource(key).as_ref().map(wire::resource_key_message)
}
