//! Which object is meant: kinds are written in many ways.

use model::ObjectKey;
use wire::bus::AskObject;

use super::Site;
use crate::sink::Sink;

impl<S: Sink> Site<S> {
    /// The object that is wished for or in the inventory under this name; else what the sink makes of the name.
    pub(super) async fn named(&mut self, asked: &AskObject) -> Result<ObjectKey, String> {
        let key = key_of(asked);
        let wishes = self.current.iter().flat_map(|current| current.view.wishes.objects.keys());
        let known = || wishes.clone().chain(self.inventory.entries.keys());
        if known().any(|known| **known == key) {
            return Ok(key);
        }
        if let Some(meant) = known().find(|known| is_meant(&key, known)) {
            return Ok(ObjectKey::clone(meant));
        }
        self.sink.named(key).await.map_err(|error| error.to_string())
    }
}

fn key_of(object: &AskObject) -> ObjectKey {
    let AskObject { group, kind, namespace, name, .. } = object.clone();
    ObjectKey { group, kind, namespace, name }
}

/// An object as answers name it.
pub(super) fn asked(key: &ObjectKey) -> AskObject {
    let ObjectKey { group, kind, namespace, name } = key.clone();
    AskObject { group, kind, namespace, name, ..AskObject::default() }
}

/// Whether `key`, as somebody wrote it, can only mean `known`: the kind in lower case or as a plural.
fn is_meant(key: &ObjectKey, known: &ObjectKey) -> bool {
    let (written, kind) = (key.kind.to_lowercase(), known.kind.to_lowercase());
    let plurals = [format!("{kind}s"), format!("{kind}es")];
    (written == kind || plurals.contains(&written))
        && (key.group.is_empty() || key.group == known.group)
        && (key.namespace == known.namespace || (key.namespace.is_empty() && known.namespace == "default"))
        && key.name == known.name
}
