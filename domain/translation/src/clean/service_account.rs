//! ServiceAccounts: references to the token secrets that a cluster has generated.

use serde_json::{Map, Value};

pub fn clean(object: &mut Map<String, Value>) {
    let name = object.get("metadata").and_then(|metadata| metadata.get("name")).and_then(Value::as_str);
    let prefix = format!("{}-token-", name.unwrap_or_default());
    let Some(secrets) = object.get_mut("secrets").and_then(Value::as_array_mut) else { return };
    let is_generated = |secret: &Value| {
        let name = secret.get("name").and_then(Value::as_str).unwrap_or_default();
        name.strip_prefix(&prefix).is_some_and(is_suffix)
    };
    secrets.retain(|secret| !is_generated(secret));
    if secrets.is_empty() {
        object.remove("secrets");
    }
}

/// As Kubernetes makes names unique.
fn is_suffix(text: &str) -> bool {
    text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}
