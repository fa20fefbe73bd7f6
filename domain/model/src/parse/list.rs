//! Lists of objects in one document: `kind: List`, and what a Kubernetes API answers, such as `ConfigMapList`.

use serde_json::Value;

use super::lines::Lines;
use crate::FieldPath;

/// One object of a file: its value, its lines, and where in its document it is.
pub(super) struct Item {
    pub(super) value: Value,
    pub(super) lines: Lines,
    pub(super) path: FieldPath,
}

/// The objects that `item` stands for: itself, or the elements of the list that it is, however nested.
pub(super) fn flatten(item: Item, into: &mut Vec<Item>) {
    if !is_list(&item.value) {
        into.push(item);
        return;
    }
    let (api_version, kind) = (item.value.get("apiVersion").cloned(), element_kind(&item.value));
    let Value::Object(mut fields) = item.value else { return };
    let Some(Value::Array(values)) = fields.remove("items") else { return };
    let lines = item.lines.into_fields().remove("items").map(Lines::into_items).unwrap_or_default();
    for (index, (mut value, lines)) in values.into_iter().zip(lines).enumerate() {
        inherit(&mut value, api_version.as_ref(), kind.as_deref());
        flatten(Item { value, lines, path: item.path.key("items").index(index) }, into);
    }
}

/// A custom kind may well be called `AllowList`: a list has `items` beside its kind, and no name.
fn is_list(value: &Value) -> bool {
    let is_kind = value["kind"].as_str().is_some_and(|kind| kind.ends_with("List"));
    is_kind && value["items"].is_array() && value["metadata"]["name"].is_null() && value["spec"].is_null()
}

/// What the elements of a typed list are; `None` for `List`, whose elements say it themselves.
fn element_kind(value: &Value) -> Option<String> {
    let kind = value["kind"].as_str()?.strip_suffix("List")?;
    (!kind.is_empty()).then(|| kind.to_owned())
}

/// The elements of what an API answers carry neither version nor kind.
fn inherit(value: &mut Value, api_version: Option<&Value>, kind: Option<&str>) {
    if let (Value::Object(fields), Some(api_version), Some(kind)) = (value, api_version, kind) {
        fields.entry("apiVersion").or_insert_with(|| api_version.clone());
        fields.entry("kind").or_insert_with(|| kind.into());
    }
}
