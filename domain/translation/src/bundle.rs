//! Packs rendered objects for the way to a location: small ones inside a bundle, large ones as blobs beside it.

mod own_template;

use std::sync::Arc;

use bytes::Bytes;
use model::{Bundle, BundleObject, Digest, HealthCheck, Location, Own, Patch, Rendered};

use crate::recipe::{Recipe, RenderedObject};
use own_template::own_template;

/// Bytes of a manifest that travels inside its bundle.
pub const INLINE_OBJECT: usize = 2 * 1024;
/// Bytes of an own part, as a frame or encoded, that travels inside the desired document.
pub const INLINE_OWN: usize = 8 * 1024;

/// How bundles travel: the wire's business. The same arguments give the same bytes.
#[derive(Clone, Copy, Debug)]
pub struct Codec {
    /// A bundle as bytes.
    pub encode: fn(&Bundle) -> Vec<u8>,
    /// How one encoded bundle follows from another. `None`: not shorter than what it saves.
    pub patch: fn(&[u8], &[u8]) -> Option<Patch>,
    /// An encoded own part, made short with a template. `None`: it is no shorter.
    pub frame: fn(&[u8], &[u8]) -> Option<Bytes>,
}

/// Content and its name.
pub type Blob = (Digest, Arc<[u8]>);

/// What all locations of a release share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedPart {
    /// The blob with the bundle; `None`: there is no such object, and no template.
    pub bundle: Option<Digest>,
    /// What frames of own parts are made with; it lies in the bundle.
    pub template: Option<Bytes>,
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
            Own::Framed(frame) => frame.len(),
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
    let ignored: usize = object.ignore.iter().map(|ignored| 50 + ignored.path.len()).sum();
    let text = |check: &HealthCheck| check.when.len() + check.reason.len() + check.message.len();
    let health: usize = object.health.iter().map(|check| 80 + text(check)).sum();
    100 + content + ignored + health
}

/// Packs the objects that do not depend on the location, and the template of those that do.
pub fn shared_part(recipe: &Recipe, codec: &Codec) -> SharedPart {
    let (bundle, mut blobs) = pack(recipe.shared());
    let template = own_template(recipe, codec);
    let bundle = Bundle { template: template.clone(), ..bundle };
    if bundle == Bundle::default() {
        return SharedPart::default();
    }
    let bundle = blob((codec.encode)(&bundle).into());
    let digest = bundle.0;
    blobs.push(bundle);
    SharedPart { bundle: Some(digest), template, blobs }
}

/// Renders and packs the objects that depend on the location; `shared` is of the same recipe.
pub fn own_part(recipe: &Recipe, shared: &SharedPart, location: &Location, codec: &Codec) -> OwnPart {
    if !recipe.has_own() {
        return OwnPart::default();
    }
    own_part_of(recipe.own(location), shared, codec)
}

/// Packs the objects that depend on the location, as they were rendered.
pub(crate) fn own_part_of(objects: Vec<RenderedObject>, shared: &SharedPart, codec: &Codec) -> OwnPart {
    let (bundle, mut blobs) = pack(objects);
    let encoded = (codec.encode)(&bundle);
    let own = match framed(&bundle, &encoded, shared, codec) {
        Some(frame) => Own::Framed(frame),
        None if encoded.len() <= INLINE_OWN => Own::Inline(bundle),
        None => {
            let bundle = blob(encoded.into());
            let digest = bundle.0;
            blobs.push(bundle);
            Own::Blob(digest)
        }
    };
    OwnPart { own: Arc::new(own), blobs }
}

/// `None`: it has no short frame, or is not all inside. Whoever looks for the blobs that documents name, or counts what is
/// withheld, need not open frames.
fn framed(bundle: &Bundle, encoded: &[u8], shared: &SharedPart, codec: &Codec) -> Option<Bytes> {
    let is_inside = |object: &BundleObject| matches!(object.content, Rendered::Inline(_));
    let template = shared.template.as_ref().filter(|_| bundle.objects.iter().all(is_inside))?;
    (codec.frame)(template, encoded).filter(|frame| frame.len() <= INLINE_OWN)
}

fn pack(objects: impl IntoIterator<Item = RenderedObject>) -> (Bundle, Vec<Blob>) {
    let mut blobs = Vec::new();
    let objects = objects.into_iter().map(|object| pack_object(object, &mut blobs)).collect();
    (Bundle { objects, template: None }, blobs)
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
        ignore: object.ignore,
        health: object.health,
    }
}

fn blob(content: Arc<[u8]>) -> Blob {
    (Digest::of(&content), content)
}
