//! What a file looks like: a line for people, the mark, and the manifest as YAML.

use std::sync::Arc;

use edge::{Entry, Owner, Wish};
use model::{Deletion, Digest, ObjectKey, PlacementKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const NOTICE: &str = "# Managed by Tributary: what is changed here by hand is changed back.\n";
const MARK: &str = "# tributary: ";

/// Who wrote a file, for whom, and as what: enough to rebuild an inventory that was lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub location: String,
    pub object: ObjectKey,
    version: String,
    content: String,
    deletion: Deletion,
    placements: Vec<Placement>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Placement {
    placement: PlacementKey,
    uid: String,
}

impl Mark {
    pub fn new(location: &str, object: &ObjectKey, wish: &Wish, content: Digest) -> Self {
        let placement =
            |owner: &Owner| Placement { placement: owner.placement.clone(), uid: owner.uid.clone() };
        Self {
            location: location.to_owned(),
            object: object.clone(),
            version: wish.object.version.clone(),
            content: content.to_string(),
            deletion: wish.deletion,
            placements: wish.owners.iter().map(placement).collect(),
        }
    }

    /// Whether it is this location's mark on this object.
    pub fn is_of(&self, location: &str, object: &ObjectKey) -> bool {
        self.location == location && self.object == *object
    }

    /// The entry that its file stands for. A file that was changed since has no known content.
    pub fn entry(self, file: &[u8]) -> Entry {
        let content = Digest::from_hex(&self.content);
        let body = parse(file).map(|manifest| Digest::of(manifest.to_string().as_bytes()));
        let owner = |Placement { placement, uid }| Owner { placement, uid };
        Entry {
            version: self.version,
            content: content.filter(|_| content == body),
            owners: Arc::new(self.placements.into_iter().map(owner).collect()),
            deletion: self.deletion,
            adopted: false,
            implied: false,
            receipt: None,
            ended: None,
        }
    }
}

/// The whole file: YAML where that reads back as the same manifest, else JSON, which every reader of YAML takes.
pub fn render(mark: &Mark, manifest: &[u8]) -> Result<Vec<u8>, String> {
    let manifest: Value = serde_json::from_slice(manifest).map_err(|error| error.to_string())?;
    let mark = serde_json::to_string(mark).map_err(|error| error.to_string())?;
    let file = |body: String| format!("{NOTICE}{MARK}{mark}\n{body}");
    let yaml = serde_saphyr::to_string(&manifest).map_err(|error| error.to_string()).map(file)?;
    if read(&yaml).as_ref() == Some(&manifest) {
        return Ok(yaml.into_bytes());
    }
    let json = serde_json::to_string_pretty(&manifest).map_err(|error| error.to_string())?;
    Ok(file(json + "\n").into_bytes())
}

/// The mark of a file, if it has one.
pub fn mark(file: &[u8]) -> Option<Mark> {
    let text = std::str::from_utf8(file).ok()?;
    let line = text.lines().take(4).find_map(|line| line.strip_prefix(MARK))?;
    serde_json::from_str(line).ok()
}

/// The manifest of a file; `None` where it is not one.
pub fn parse(file: &[u8]) -> Option<Value> {
    read(std::str::from_utf8(file).ok()?)
}

fn read(text: &str) -> Option<Value> {
    serde_saphyr::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn marked() -> Mark {
        Mark {
            location: "store-1".into(),
            object: ObjectKey { kind: "ConfigMap".into(), name: "a".into(), ..ObjectKey::default() },
            version: "v1".into(),
            content: String::new(),
            deletion: Deletion::Delete,
            placements: vec![],
        }
    }

    fn check(manifest: &Value) {
        let bytes = manifest.to_string().into_bytes();
        let mark = Mark { content: Digest::of(&bytes).to_string(), ..marked() };
        let file = render(&mark, &bytes).unwrap();
        assert_eq!(parse(&file).as_ref(), Some(manifest), "{}", String::from_utf8_lossy(&file));
        assert_eq!(self::mark(&file), Some(mark.clone()));
        assert_eq!(mark.entry(&file).content, Some(Digest::of(&bytes)));
    }

    #[test]
    fn a_manifest_reads_like_one() {
        let manifest = json!({"apiVersion": "v1", "data": {"color": "red"}, "kind": "ConfigMap"});
        let file = String::from_utf8(render(&marked(), manifest.to_string().as_bytes()).unwrap()).unwrap();
        assert!(file.ends_with("\napiVersion: v1\ndata:\n  color: red\nkind: ConfigMap\n"), "{file}");
    }

    #[rustfmt::skip]
    const STRINGS: &[&str] = &[
        "yes", "no", "on", "null", "~", "1", "1.0", "0x1F", "0o7", "1e3", "2001-01-01", "", " x", "x ",
        "- a", "a: b", "#c", "a #b", "|", ">", "'", "\"", "\\", "\t", "a\nb", "a\nb\n", "\n", "*a",
        "&a", "!a", "%a", "@a", "`a", "{", "[", "?", "? a", ":", "=", "<<", ".inf", ".nan",
        "true", "---", "...", "\u{85}", "\u{feff}", "1_000", "12:30:45", "+1", "-", "-1", "é", "\u{1F600}", "\u{0}", "\r\n",
        "a\r",
    ];

    #[test]
    fn strings_that_look_like_something_else_stay_strings() {
        for text in STRINGS {
            check(&json!({"a": text, (*text): "b", "c": [text]}));
        }
    }

    #[test]
    fn a_changed_file_has_no_known_content() {
        let bytes = json!({"a": 1}).to_string().into_bytes();
        let mark = Mark { content: Digest::of(&bytes).to_string(), ..marked() };
        let file = String::from_utf8(render(&mark, &bytes).unwrap()).unwrap().replace("a: 1", "a: 2");
        assert_eq!(mark.entry(file.as_bytes()).content, None);
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            // As precise as the JSON reader is without its slower, exact mode.
            any::<i32>().prop_map(|number| Value::from(f64::from(number) / 64.0)),
            ".{0,20}".prop_map(Value::from),
            "(?s)[ -~\n\t]{0,40}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(".{0,6}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_manifest_survives(value in any_value()) {
            check(&json!({"value": value}));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            parse(&bytes);
            mark(&bytes);
        }
    }
}
