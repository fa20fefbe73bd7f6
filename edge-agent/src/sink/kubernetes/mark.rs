//! Tributary's mark on an object: whose it is, for whom, and which object the mark was made for, since controllers copy
//! labels and annotations to what they make.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use edge::{Entry, Owner, Wish};
use kube::core::ObjectMeta;
use model::{Deletion, ObjectKey, PlacementKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

/// Of all names of Tributary's.
pub const PREFIX: &str = "tributary.dev/";
/// Selects what is Tributary's; its value is the location.
pub const LABEL: &str = "tributary.dev/location";
/// Says the rest.
const ANNOTATION: &str = "tributary.dev/mark";

/// Enough to rebuild an inventory that was lost.
#[derive(Debug, Serialize, Deserialize)]
pub struct Mark {
    /// As [`ObjectKey`] is displayed.
    object: String,
    placements: Vec<Placement>,
    #[serde(default, skip_serializing_if = "is_delete")]
    deletion: Deletion,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    implied: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Placement {
    space: String,
    name: String,
    uid: String,
}

fn is_delete(deletion: &Deletion) -> bool {
    *deletion == Deletion::Delete
}

impl Mark {
    fn new(key: &ObjectKey, wish: &Wish) -> Self {
        let placement = |owner: &Owner| Placement {
            space: owner.placement.space.clone(),
            name: owner.placement.name.clone(),
            uid: owner.uid.clone(),
        };
        Self {
            object: key.to_string(),
            placements: wish.owners.iter().map(placement).collect(),
            deletion: wish.deletion,
            implied: wish.implied,
        }
    }

    /// The mark of an object, if it was made for that object at this location.
    pub fn of(metadata: &ObjectMeta, location: &str, key: &ObjectKey) -> Option<Self> {
        let text = |map: &Option<BTreeMap<String, String>>, name: &str| map.as_ref()?.get(name).cloned();
        let here = text(&metadata.labels, LABEL).is_some_and(|label| label == location);
        let mark: Self = serde_json::from_str(&text(&metadata.annotations, ANNOTATION)?).ok()?;
        (here && mark.object == key.to_string()).then_some(mark)
    }

    /// The entry that the object stands for; what was applied is not known.
    pub fn entry(self, version: &str) -> Entry {
        let owner = |Placement { space, name, uid }| Owner { placement: PlacementKey { space, name }, uid };
        let owners: BTreeSet<Owner> = self.placements.into_iter().map(owner).collect();
        Entry {
            version: version.to_owned(),
            content: None,
            owners: Arc::new(owners),
            deletion: self.deletion,
            adopted: false,
            implied: self.implied,
            receipt: None,
            ended: None,
        }
    }
}

/// The parts of a manifest, of which only the metadata was read: a manifest may have a megabyte.
pub type Parts = BTreeMap<String, Box<RawValue>>;

/// The manifest with the mark.
pub fn marked(
    manifest: &[u8],
    location: &str,
    key: &ObjectKey,
    wish: &Wish,
) -> Result<Parts, serde_json::Error> {
    let mut parts: Parts = serde_json::from_slice(manifest)?;
    let metadata = parts.get("metadata").map_or("{}", |raw| raw.get());
    let mut metadata: Value = serde_json::from_str(metadata)?;
    let mark = serde_json::to_string(&Mark::new(key, wish))?;
    put(&mut metadata, "labels", LABEL, location.into());
    put(&mut metadata, "annotations", ANNOTATION, mark);
    parts.insert("metadata".to_owned(), to_raw_value(&metadata)?);
    Ok(parts)
}

/// Whether a manifest has the annotation, set to "true".
pub fn is_annotated(parts: &Parts, annotation: &str) -> bool {
    let metadata = parts.get("metadata").and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok());
    metadata.is_some_and(|it| it["annotations"][annotation] == "true")
}

fn put(metadata: &mut Value, map: &str, name: &str, value: String) {
    if !metadata[map].is_object() {
        metadata[map] = Value::Object(serde_json::Map::new());
    }
    metadata[map][name] = value.into();
}
