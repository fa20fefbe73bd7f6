//! What the own parts of a release have in common: their objects before anything was done to them for a location.

use bytes::Bytes;
use model::Bundle;

use super::{Codec, INLINE_OBJECT, pack};
use crate::recipe::{Recipe, RenderedObject};

/// Bytes of a template: with more, own parts are rarely short enough for a document.
const MAX_TEMPLATE: usize = 256 * 1024;

/// `None`: they have nothing in common that is worth telling.
pub fn own_template(recipe: &Recipe, codec: &Codec) -> Option<Bytes> {
    let (bundle, _) = pack(recipe.own_sources().filter(|source| may_be_told(source)).cloned());
    if bundle == Bundle::default() {
        return None;
    }
    let template = (codec.encode)(&bundle);
    (template.len() <= MAX_TEMPLATE).then(|| template.into())
}

/// All locations of a placement read its template. What a Secret holds for one of them must not be told to the others:
/// expressions in it may choose among the values of several.
fn may_be_told(source: &RenderedObject) -> bool {
    source.key.kind != "Secret"
        && source.outcome.as_ref().is_ok_and(|manifest| manifest.len() <= INLINE_OBJECT)
}
