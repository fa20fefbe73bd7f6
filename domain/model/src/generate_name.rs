//! The name of an object that asks for one by `generateName`.
//!
//! An API server gives another name each time. Here it is fixed when the manifest is read, by what the manifest says: the
//! same file names the same object wherever and however often it is read, and a changed one names another.

use serde_json::{Map, Value};

use crate::{Digest, FieldPath, Violation, name::is_dns_subdomain};

/// Characters of the name, as an API server has it.
const MAX_NAME: usize = 63;
/// Hexadecimal digits of the manifest's digest.
const DIGITS: usize = 10;

/// The name of the object, which is in its manifest from now on.
pub(crate) fn settle_name(manifest: &mut Value) -> Result<String, Violation> {
    match manifest.pointer("/metadata/name") {
        Some(Value::String(name)) if !name.is_empty() => return Ok(name.clone()),
        None | Some(Value::Null | Value::String(_)) => {}
        Some(_) => return Err(missing()),
    }
    let prefix = prefix(manifest)?;
    let metadata = metadata_mut(manifest).ok_or_else(missing)?;
    metadata.remove("name");
    let digest = Digest::of(manifest.to_string().as_bytes()).to_string();
    let name = format!("{}{}", &prefix[..prefix.len().min(MAX_NAME - DIGITS)], &digest[..DIGITS]);
    metadata_mut(manifest).ok_or_else(missing)?.insert("name".to_owned(), name.clone().into());
    Ok(name)
}

/// What the name begins with; it is ASCII.
fn prefix(manifest: &Value) -> Result<String, Violation> {
    let prefix = manifest.pointer("/metadata/generateName").and_then(Value::as_str).unwrap_or_default();
    match prefix {
        "" => Err(missing()),
        _ if is_dns_subdomain(&format!("{prefix}0")) => Ok(prefix.to_owned()),
        _ => Err(Violation {
            path: FieldPath::default().key("metadata").key("generateName"),
            message: format!("no name of an object begins with `{prefix}`"),
            help:
                "use lower-case letters, digits, `-` and `.`, beginning with a letter or digit, as in backup-"
                    .to_owned(),
        }),
    }
}

fn metadata_mut(manifest: &mut Value) -> Option<&mut Map<String, Value>> {
    manifest.get_mut("metadata")?.as_object_mut()
}

fn missing() -> Violation {
    Violation {
        path: FieldPath::default().key("metadata").key("name"),
        message: "it is required, as a string".to_owned(),
        help: "add metadata.name".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job(prefix: &str) -> Value {
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"generateName": prefix}, "spec": {}})
    }

    fn name(mut manifest: Value) -> String {
        settle_name(&mut manifest).unwrap()
    }

    #[test]
    fn a_name_follows_from_what_the_manifest_says() {
        let mut manifest = job("backup-");
        let first = settle_name(&mut manifest).unwrap();
        let digest = Digest::of(job("backup-").to_string().as_bytes()).to_string();
        assert_eq!(first, format!("backup-{}", &digest[..10]));
        assert_eq!(manifest["metadata"], json!({"generateName": "backup-", "name": first.clone()}));
        assert_eq!(name(manifest), first, "what is printed and read again is the same object");
        let mut empty = job("backup-");
        empty["metadata"]["name"] = json!("");
        assert_eq!(name(empty), first);
        let mut changed = job("backup-");
        changed["spec"]["parallelism"] = json!(2);
        assert_ne!(name(changed), first);
    }

    #[test]
    fn a_long_prefix_is_cut_so_that_the_name_has_63_characters() {
        let longest = name(job(&"a".repeat(53)));
        assert_eq!(longest.len(), 63);
        let cut = name(job(&format!("{}-and-more-", "a".repeat(53))));
        assert!(cut.len() == 63 && cut.starts_with(&"a".repeat(53)) && cut != longest, "{cut}");
    }

    #[test]
    fn what_no_name_begins_with_is_refused() {
        for prefix in ["Backup-", "-", "a_b", "ü", "a..", "a/", "${x}", &"a".repeat(300)] {
            let found = settle_name(&mut job(prefix)).unwrap_err();
            assert_eq!(found.path.to_string(), "metadata.generateName", "{prefix}");
        }
        for prefix in ["a", "a-", "a.", "0.b-"] {
            assert!(is_dns_subdomain(&name(job(prefix))), "{prefix}");
        }
    }

    #[test]
    fn without_a_name_and_without_a_prefix_a_name_is_required() {
        for metadata in
            [json!({}), json!({"generateName": ""}), json!({"generateName": "a-", "name": 5}), json!(5)]
        {
            let found = settle_name(&mut json!({"metadata": metadata})).unwrap_err();
            assert_eq!(found.path.to_string(), "metadata.name");
        }
    }
}
