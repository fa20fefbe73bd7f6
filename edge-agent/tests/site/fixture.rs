//! A location on a folder, and documents for it.

use std::fs;
use std::path::PathBuf;

use bytes::Bytes;
use edge_agent::sink::{Directory, Watching};
use edge_agent::state::{Blobs, Shelf, State};
use edge_agent::{Outbox, Site};
use model::{
    Adopt, Bundle, BundleObject, Conflict, Deletion, Desired, DesiredPlacement, Digest, ObjectKey, Order,
    Own, PlacementKey, Rendered, Status,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The folders of a location; sites come and go.
pub struct Place {
    temporary: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { temporary: tempfile::tempdir().unwrap() }
    }

    pub fn sink(&self) -> PathBuf {
        self.temporary.path().join("sink")
    }

    pub fn state(&self) -> PathBuf {
        self.temporary.path().join("state")
    }

    pub async fn site(&self) -> Site<Directory> {
        self.site_in("eu").await
    }

    pub async fn site_in(&self, region: &str) -> Site<Directory> {
        let sink = Directory::open(&self.sink(), "store-1", Watching::Events).unwrap();
        Site::open(State::open(&self.state()).unwrap(), sink, region).await.unwrap()
    }

    /// A site whose content is in memory, and shared with others.
    pub async fn site_on(&self, shelf: &Shelf) -> Site<Directory> {
        let sink = Directory::open(&self.sink(), "store-1", Watching::Events).unwrap();
        let state = (State::Nowhere { boot: 1 }, Blobs::shared(shelf.clone()));
        Site::open(state, sink, "eu").await.unwrap()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.sink().join(format!("shop_ConfigMap_{name}.yaml"))
    }

    pub fn text(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.file(name)).ok()
    }

    /// The names of the objects that are there.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.sink()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }
}

pub fn manifest(name: &str, value: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop"}, "data": {"v": value}})
}

pub fn object(name: &str, content: Rendered) -> BundleObject {
    let key = ObjectKey {
        kind: "ConfigMap".into(),
        namespace: "shop".into(),
        name: name.into(),
        ..ObjectKey::default()
    };
    BundleObject::new(key, "v1", content)
}

/// A placement of config maps, each written as `name=value`.
pub fn placement(name: &str, objects: &[&str]) -> DesiredPlacement {
    let inline = |text: &&str| {
        let (name, value) = text.split_once('=').unwrap();
        object(name, Rendered::Inline(manifest(name, value).to_string().into()))
    };
    DesiredPlacement {
        placement_uid: format!("uid-{name}"),
        placement: key(name),
        rollout: 1,
        priority: 0,
        create_time: 0,
        shared: None,
        own: Own::Inline(Bundle { objects: objects.iter().map(inline).collect(), template: None }),
        deletion: Deletion::Delete,
        conflict: Conflict::Force,
        adopt: Adopt::IfNoDiff,
        depends_on: Vec::new(),
        patch: None,
    }
}

/// The same with its objects in a shared bundle, and the blob that this is.
pub fn shared(name: &str, objects: &[&str]) -> (DesiredPlacement, (Digest, Bytes)) {
    let Own::Inline(bundle) = placement(name, objects).own else { unreachable!() };
    let bytes = wire::encode_bundle(&bundle);
    let digest = Digest::of(&bytes);
    (DesiredPlacement { shared: Some(digest), own: Own::None, ..placement(name, &[]) }, (digest, bytes))
}

/// A placement whose objects are all of the location's own, in a frame, and its shared bundle, which is the template
/// alone.
pub fn framed(name: &str, objects: &[&str], template: &[&str]) -> (DesiredPlacement, (Digest, Bytes)) {
    let encoded = |objects| {
        let Own::Inline(bundle) = placement(name, objects).own else { unreachable!() };
        wire::encode_bundle(&bundle)
    };
    let template = encoded(template);
    let frame = wire::content::make_frame(&template, &encoded(objects)).unwrap();
    let bytes = wire::encode_bundle(&Bundle { template: Some(template), ..Bundle::default() });
    let digest = Digest::of(&bytes);
    let placement =
        DesiredPlacement { shared: Some(digest), own: Own::Framed(frame), ..placement(name, &[]) };
    (placement, (digest, bytes))
}

pub fn key(name: &str) -> PlacementKey {
    PlacementKey { space: "default".into(), name: name.into() }
}

pub fn document(revision: u64, placements: Vec<DesiredPlacement>) -> Desired {
    Desired { order: Order { epoch: 1, revision }, placements, moved_to_region: None }
}

pub async fn give(site: &mut Site<Directory>, document: &Desired) -> Outbox {
    give_in(site, "eu", document).await
}

pub async fn give_in(site: &mut Site<Directory>, region: &str, document: &Desired) -> Outbox {
    site.receive(region, wire::encode_desired(document, "")).unwrap();
    site.follow_up().await;
    site.outbox()
}

pub fn status(outbox: &Outbox, name: &str) -> Status {
    let found = outbox.statuses.get(&key(name));
    Status::clone(found.unwrap_or_else(|| panic!("no status of {name} in {outbox:?}")))
}
