//! Bundles that have been read: what the next one has in common with the last is not read again.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use model::{BundleObject, Digest, Rendered};

/// A bundle, object by object.
#[derive(Debug, Default)]
pub struct Parsed {
    /// As encoded, and as read: content is named by its digest. Sorted by key.
    objects: Vec<(Bytes, Arc<BundleObject>)>,
    /// Small manifests, which travelled inside.
    inline: BTreeMap<Digest, Bytes>,
}

impl Parsed {
    /// Reads an encoded bundle; `former`: one that it may have objects in common with.
    pub fn read(bytes: &Bytes, former: Option<&Self>) -> Result<Self, wire::Error> {
        let mut parsed = Self::default();
        let mut known = former.map_or(&[][..], |former| &former.objects);
        for encoded in wire::split_bundle(bytes)? {
            if let Some(((_, object), rest)) = known.split_first().filter(|((there, _), _)| *there == encoded)
            {
                parsed.keep(encoded, object.clone(), former);
                known = rest;
                continue;
            }
            let object = wire::decode_bundle_object(&encoded)?;
            let next = known.partition_point(|(_, there)| there.key <= object.key);
            known = &known[next..];
            parsed.add(encoded, object);
        }
        Ok(parsed)
    }

    /// A bundle that came decoded.
    pub fn of(objects: impl IntoIterator<Item = BundleObject>) -> Self {
        let mut parsed = Self::default();
        objects.into_iter().for_each(|object| parsed.add(Bytes::new(), object));
        parsed
    }

    pub fn objects(&self) -> impl Iterator<Item = &Arc<BundleObject>> {
        self.objects.iter().map(|(_, object)| object)
    }

    /// A manifest that travelled inside.
    pub fn manifest(&self, digest: &Digest) -> Option<&Bytes> {
        self.inline.get(digest)
    }

    /// An object of the bundle before. Its manifest is taken from there, too: the same bytes, already named.
    fn keep(&mut self, encoded: Bytes, object: Arc<BundleObject>, former: Option<&Self>) {
        if let Rendered::Blob(digest) = object.content
            && let Some(manifest) = former.and_then(|former| former.manifest(&digest))
        {
            self.inline.insert(digest, manifest.clone());
        }
        self.objects.push((encoded, object));
    }

    fn add(&mut self, encoded: Bytes, object: BundleObject) {
        let object = match object.content {
            Rendered::Inline(manifest) => {
                let digest = Digest::of(&manifest);
                self.inline.insert(digest, manifest);
                BundleObject { content: Rendered::Blob(digest), ..object }
            }
            _ => object,
        };
        self.objects.push((encoded, Arc::new(object)));
    }
}

#[cfg(test)]
mod tests {
    use model::{Bundle, ObjectKey};

    use super::*;

    fn bundle(objects: &[(&str, &str)]) -> Bytes {
        let object = |(name, content): &(&str, &str)| BundleObject {
            key: Arc::new(ObjectKey {
                kind: "ConfigMap".into(),
                name: (*name).into(),
                ..ObjectKey::default()
            }),
            version: "v1".into(),
            content: Rendered::Inline(content.as_bytes().to_vec().into()),
            create_only: false,
        };
        wire::encode_bundle(&Bundle { objects: objects.iter().map(object).collect() })
    }

    fn said(parsed: &Parsed) -> Vec<(String, Bytes)> {
        let manifest = |object: &BundleObject| match object.content {
            Rendered::Blob(digest) => parsed.manifest(&digest).unwrap().clone(),
            _ => panic!("content is named by its digest"),
        };
        parsed.objects().map(|object| (object.key.name.clone(), manifest(object))).collect()
    }

    #[test]
    fn what_is_read_beside_a_former_bundle_is_what_is_read_alone() {
        let former = Parsed::read(&bundle(&[("a", "1"), ("b", "1"), ("d", "1")]), None).unwrap();
        let cases: [&[(&str, &str)]; 5] = [
            &[("a", "1"), ("b", "2"), ("d", "1")],
            &[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")],
            &[("b", "1"), ("d", "1")],
            &[("0", "1"), ("a", "1"), ("d", "2"), ("e", "1")],
            &[],
        ];
        for case in cases {
            let bytes = bundle(case);
            let beside = Parsed::read(&bytes, Some(&former)).unwrap();
            assert_eq!(said(&beside), said(&Parsed::read(&bytes, None).unwrap()));
        }
    }

    #[test]
    fn objects_that_are_the_same_are_shared() {
        let former = Parsed::read(&bundle(&[("a", "1"), ("b", "1"), ("c", "1")]), None).unwrap();
        let next = Parsed::read(&bundle(&[("a", "1"), ("b", "2"), ("c", "1")]), Some(&former)).unwrap();
        let shared = former.objects().zip(next.objects()).map(|(one, other)| Arc::ptr_eq(one, other));
        assert_eq!(shared.collect::<Vec<_>>(), [true, false, true]);
    }
}
