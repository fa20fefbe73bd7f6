//! Namespaces that nobody asked for by name: an object in one needs it all the same.
//!
//! Such a namespace is created where it is missing, and then neither changed nor, as long as anything of somebody else is in
//! it, deleted.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use model::{BundleObject, Deletion, Digest, ObjectKey, Rendered};

use crate::{Content, Wish, Wishes};

impl Wishes {
    /// Adds a wish for the namespace of each object whose namespace is not wished for by name; the manifests of those, by
    /// digest.
    pub fn imply_namespaces(&mut self) -> BTreeMap<Digest, Bytes> {
        let mut implied: BTreeMap<Arc<ObjectKey>, (Wish, Bytes)> = BTreeMap::new();
        for (key, wish) in self.objects.iter().filter(|(key, _)| !key.namespace.is_empty()) {
            let namespace = Arc::new(key_of(&key.namespace));
            if self.objects.contains_key(&namespace) {
                continue;
            }
            let there = implied.entry(namespace).or_insert_with_key(|namespace| implied_by(namespace, wish));
            there.0.hold(wish);
        }
        let manifests = implied.values().map(|(_, bytes)| (Digest::of(bytes), bytes.clone())).collect();
        self.objects.extend(implied.into_iter().map(|(key, (wish, _))| (key, wish)));
        manifests
    }
}

fn key_of(namespace: &str) -> ObjectKey {
    ObjectKey { kind: "Namespace".to_owned(), name: namespace.to_owned(), ..ObjectKey::default() }
}

/// The wish for a namespace that `first` is in, and its manifest.
fn implied_by(key: &Arc<ObjectKey>, first: &Wish) -> (Wish, Bytes) {
    let manifest =
        serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": key.name}});
    let manifest = Bytes::from(manifest.to_string());
    let digest = Digest::of(&manifest);
    let object =
        BundleObject { create_only: true, ..BundleObject::new(key.clone(), "v1", Rendered::Blob(digest)) };
    let wish = Wish {
        object: Arc::new(object),
        content: Content::Manifest(digest),
        create_only: true,
        implied: true,
        ..first.clone()
    };
    (wish, manifest)
}

impl Wish {
    /// The namespace holds this one, too: it stays as long as any of them does.
    fn hold(&mut self, other: &Self) {
        if self.owners != other.owners {
            Arc::make_mut(&mut self.owners).extend(other.owners.iter().cloned());
        }
        if other.deletion == Deletion::Orphan {
            self.deletion = Deletion::Orphan;
        }
        self.standing = self.standing.clone().min(other.standing.clone());
    }
}
