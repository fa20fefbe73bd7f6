//! ServiceAccounts: references to the token secrets that a cluster has generated.

use serde_json::{Map, Value};

pub fn clean(object: &mut Map<String, Value>) {
    let name = object.get("metadata").and_then(|metadata| metadata.get("name")).and_then(Value::as_str);
    let prefix = format!("{}-token-", name.unwrap_or_default());
    let Some(secrets) = object.get_mut("secrets").and_then(Value::as_array_mut) else { return };
    let is_generated = |secret: &Value| {
        secret.get("name").and_then(Value::as_str).is_some_and(|secret| secret.starts_with(&prefix))
    };
    secrets.retain(|secret| !is_generated(secret));
    if secrets.is_empty() {
        object.remove("secrets");
    }
}
