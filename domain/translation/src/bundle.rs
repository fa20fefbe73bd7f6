//! Packs rendered objects for the way to a location: small ones inside a bundle, large ones as blobs beside it.

use std::sync::Arc;

use bytes::Bytes;
use model::{Bundle, BundleObject, Digest, Location, Own, Patch, Rendered};

use crate::recipe::{Recipe, RenderedObject};

/// Bytes of a manifest that travels inside its bundle.
pub const INLINE_OBJECT: usize = 2 * 1024;
/// Bytes of an encoded own part that travels inside the desired document.
pub const INLINE_OWN: usize = 8 * 1024;

/// How a bundle becomes bytes: the wire's business. The same bundle gives the same bytes.
pub type EncodeBundle = fn(&Bundle) -> Vec<u8>;

/// How one encoded bundle follows from another: the wire's business, too. `None`: not shorter than what it saves.
pub type MakePatch = fn(&[u8], &[u8]) -> Option<Patch>;

/// Content and its name.
pub type Blob = (Digest, Arc<[u8]>);

/// What all locations of a release share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedPart {
    /// The blob with the bundle; `None`: there is no such object.
    pub bundle: Option<Digest>,
    /// All blobs that a location may have to fetch, the bundle among them.
    pub blobs: Vec<Blob>,
}

impl SharedPart {
    /// The encoded bundle.
    pub(crate) fn content(&self) -> Option<&Arc<[u8]>> {
        let bundle = self.bundle?;
        self.blobs.iter().find(|(digest, _)| *digest == bundle).map(|(_, content)| content)
    }
}

/// What is one location's own of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnPart {
    pub own: Arc<Own>,
    pub blobs: Vec<Blob>,
    /// Whether an object is withheld: the reason names the location.
    pub withholds: bool,
}

impl OwnPart {
    /// As documents keep it: `None` if there is nothing.
    pub(crate) fn to_document(&self) -> Option<Arc<Own>> {
        (*self.own != Own::None).then(|| self.own.clone())
    }

    /// Bytes, roughly.
    pub(crate) fn size(&self) -> usize {
        let inline = match &*self.own {
            Own::None | Own::Blob(_) => 0,
            Own::Inline(bundle) => bundle.objects.iter().map(inline_size).sum(),
        };
        inline + self.blobs.iter().map(|(_, content)| content.len()).sum::<usize>()
    }
}

fn inline_size(object: &BundleObject) -> usize {
    let content = match &object.content {
        Rendered::Inline(manifest) => manifest.len(),
        Rendered::Blob(digest) => digest.0.len(),
        Rendered::Withheld(reason) => reason.len(),
    };
    100 + content
}

/// Packs the objects that do not depend on the location.
pub fn shared_part(recipe: &Recipe, encode: EncodeBundle) -> SharedPart {
    let (bundle, mut blobs) = pack(recipe.shared());
    if bundle.objects.is_empty() {
        return SharedPart::default();
    }
    let bundle = blob(encode(&bundle).into());
    let digest = bundle.0;
    blobs.push(bundle);
    SharedPart { bundle: Some(digest), blobs }
}

/// Renders and packs the objects that depend on the location.
pub fn own_part(recipe: &Recipe, location: &Location, encode: EncodeBundle) -> OwnPart {
    if !recipe.has_own() {
        return OwnPart::default();
    }
    let (bundle, mut blobs) = pack(recipe.own(location));
    let withholds = bundle.objects.iter().any(|object| matches!(object.content, Rendered::Withheld(_)));
    let encoded = encode(&bundle);
    let own = if encoded.len() <= INLINE_OWN {
        Own::Inline(bundle)
    } else {
        let bundle = blob(encoded.into());
        let digest = bundle.0;
        blobs.push(bundle);
        Own::Blob(digest)
    };
    OwnPart { own: Arc::new(own), blobs, withholds }
}

fn pack(objects: impl IntoIterator<Item = RenderedObject>) -> (Bundle, Vec<Blob>) {
    let mut blobs = Vec::new();
    let objects = objects.into_iter().map(|object| pack_object(object, &mut blobs)).collect();
    (Bundle { objects }, blobs)
}

fn pack_object(object: RenderedObject, blobs: &mut Vec<Blob>) -> BundleObject {
    let content = match object.outcome {
        Ok(manifest) if manifest.len() <= INLINE_OBJECT => Rendered::Inline(Bytes::from_owner(manifest)),
        Ok(manifest) => {
            let blob = blob(manifest);
            let digest = blob.0;
            blobs.push(blob);
            Rendered::Blob(digest)
        }
        Err(why) => Rendered::Withheld(why.to_string()),
    };
    BundleObject {
        key: Arc::new(object.key),
        version: object.version,
        content,
        create_only: object.create_only,
    }
}

fn blob(content: Arc<[u8]>) -> Blob {
    (Digest::of(&content), content)
}
