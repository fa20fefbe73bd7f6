//! Bundles that have been read: what the next one has in common with the last is not read again.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use model::{BundleObject, Digest, Rendered};

/// A bundle, object by object.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Sorted by key.
    items: Vec<Item>,
    /// Small manifests, which travelled inside.
    inline: BTreeMap<Digest, Bytes>,
    /// What frames of own parts are opened with; empty: there are none.
    template: Bytes,
}

#[derive(Debug)]
struct Item {
    encoded: Bytes,
    /// Content is named by its digest.
    object: Arc<BundleObject>,
    /// Where in `encoded` its manifest is, if it travelled inside.
    manifest: Option<Range<usize>>,
}

impl Parsed {
    /// Reads an encoded bundle; `former`: one that it may have objects in common with.
    pub fn read(bytes: &Bytes, former: Option<&Self>) -> Result<Self, wire::Error> {
        let bundle = wire::split_bundle(bytes)?;
        let mut parsed = Self { template: bundle.template.unwrap_or_default(), ..Self::default() };
        let mut known = former.map_or(&[][..], |former| &former.items);
        let mut in_order = true;
        for encoded in bundle.objects {
            if let Some((same, rest)) = known.split_first().filter(|(item, _)| item.encoded == encoded) {
                parsed.keep(encoded, same);
                known = rest;
                continue;
            }
            let object = wire::decode_bundle_object(&encoded)?;
            let next = known.partition_point(|item| item.object.key <= object.key);
            known = &known[next..];
            in_order &= parsed.add(encoded, object);
        }
        Ok(if in_order { parsed } else { parsed.sorted() })
    }

    /// A bundle that came decoded.
    pub fn of(objects: impl IntoIterator<Item = BundleObject>) -> Self {
        let mut parsed = Self::default();
        let mut in_order = true;
        objects.into_iter().for_each(|object| in_order &= parsed.add(Bytes::new(), object));
        if in_order { parsed } else { parsed.sorted() }
    }

    /// Each key once, in order, where whoever made the bundle has not kept to it: all that follows walks over it side by
    /// side with other tables.
    fn sorted(mut self) -> Self {
        self.items.sort_by(|one, other| one.object.key.cmp(&other.object.key));
        self.items.dedup_by(|later, first| later.object.key == first.object.key);
        self
    }

    pub fn objects(&self) -> impl Iterator<Item = &Arc<BundleObject>> {
        self.items.iter().map(|item| &item.object)
    }

    /// What frames of own parts are opened with; empty: there are none.
    pub fn template(&self) -> &[u8] {
        &self.template
    }

    /// A manifest that travelled inside.
    pub fn manifest(&self, digest: &Digest) -> Option<&Bytes> {
        self.inline.get(digest)
    }

    /// An object of the bundle before, whose manifest is already named. It is taken from these bytes, so that those of
    /// the bundle before can go.
    fn keep(&mut self, encoded: Bytes, same: &Item) {
        if let (Rendered::Blob(digest), Some(range)) = (&same.object.content, &same.manifest) {
            self.inline.insert(*digest, encoded.slice(range.clone()));
        }
        let (object, manifest) = (same.object.clone(), same.manifest.clone());
        self.items.push(Item { encoded, object, manifest });
    }

    /// Whether it comes after all that is there. What is kept always does: it comes after all that was added.
    fn add(&mut self, encoded: Bytes, object: BundleObject) -> bool {
        let in_order = self.items.last().is_none_or(|last| last.object.key < object.key);
        let Rendered::Inline(inline) = object.content else {
            self.items.push(Item { encoded, object: Arc::new(object), manifest: None });
            return in_order;
        };
        let digest = Digest::of(&inline);
        let manifest = range_in(&encoded, &inline);
        self.inline.insert(digest, inline);
        let object = Arc::new(BundleObject { content: Rendered::Blob(digest), ..object });
        self.items.push(Item { encoded, object, manifest });
        in_order
    }
}

/// Where `part` lies in `whole`; `None`: elsewhere.
fn range_in(whole: &Bytes, part: &Bytes) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let end = start + part.len();
    (end <= whole.len()).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use model::{Bundle, ObjectKey};

    use super::*;

    fn bundle(objects: &[(&str, &str)]) -> Bytes {
        let object = |(name, content): &(&str, &str)| {
            let key = ObjectKey { kind: "ConfigMap".into(), name: (*name).into(), ..ObjectKey::default() };
            let content = Rendered::Inline(content.as_bytes().to_vec().into());
            BundleObject::new(key, "v1", content)
        };
        wire::encode_bundle(&Bundle { objects: objects.iter().map(object).collect(), template: None })
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
    fn a_bundle_without_order_is_read_in_order_and_each_object_once() {
        let former = Parsed::read(&bundle(&[("a", "1"), ("b", "1"), ("d", "1")]), None).unwrap();
        let wanted = Parsed::read(&bundle(&[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")]), None).unwrap();
        let cases: [&[(&str, &str)]; 3] = [
            &[("d", "1"), ("a", "1"), ("c", "1"), ("b", "1")],
            &[("b", "1"), ("c", "1"), ("d", "1"), ("a", "1")],
            &[("a", "1"), ("a", "1"), ("b", "1"), ("c", "1"), ("b", "1"), ("d", "1")],
        ];
        for case in cases {
            for former in [None, Some(&former)] {
                assert_eq!(said(&Parsed::read(&bundle(case), former).unwrap()), said(&wanted));
            }
        }
    }

    #[test]
    fn the_bytes_of_the_former_bundle_are_not_held() {
        let (old, new) = (bundle(&[("a", "1"), ("b", "1")]), bundle(&[("a", "1"), ("b", "2")]));
        let former = Parsed::read(&old, None).unwrap();
        let next = Parsed::read(&new, Some(&former)).unwrap();
        drop(former);
        assert!(old.is_unique() && !new.is_unique());
        assert_eq!(said(&next).len(), 2);
    }

    #[test]
    fn objects_that_are_the_same_are_shared() {
        let former = Parsed::read(&bundle(&[("a", "1"), ("b", "1"), ("c", "1")]), None).unwrap();
        let next = Parsed::read(&bundle(&[("a", "1"), ("b", "2"), ("c", "1")]), Some(&former)).unwrap();
        let shared = former.objects().zip(next.objects()).map(|(one, other)| Arc::ptr_eq(one, other));
        assert_eq!(shared.collect::<Vec<_>>(), [true, false, true]);
    }
}
