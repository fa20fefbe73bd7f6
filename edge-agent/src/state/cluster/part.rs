//! A part of the state as a Secret.

use std::collections::BTreeMap;

use bytes::Bytes;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use model::{Digest, Patch};

use super::beside::{Beside, Kept};

/// Of all Secrets of a location's state.
const LABEL: &str = "tributary.dev/state";
/// What its content comes to.
const DIGEST: &str = "tributary.dev/digest";
const TYPE: &str = "tributary.dev/state";

/// Before the digest of content that is stored beside a document.
const BESIDE: &str = "content.";
/// After it where the content is told as a patch: the digest of its base, and the patch.
const PATCH: &str = ".patch";

/// A part as it is stored.
#[derive(Debug)]
pub struct Part {
    /// Its resource version.
    pub version: String,
    pub content: Vec<u8>,
}

/// What a Secret holds.
pub enum Content {
    Part(Part),
    /// One chunk of it.
    Blob(Digest, u32, Bytes),
}

pub fn selector(location: &str) -> String {
    format!("{LABEL}={location}")
}

pub fn name(location: &str, part: &str) -> String {
    format!("tributary.{location}.{part}")
}

pub fn blob_name(location: &str, digest: Digest, index: usize) -> String {
    name(location, &format!("blob.{digest}.{index}"))
}

/// A part; `before`: the version that it replaces, `beside`: what else is in its Secret.
pub fn secret(location: &str, part: &str, content: &[u8], before: Option<&str>, beside: &Beside) -> Secret {
    let chunks = wire::content::chunk(content).into_iter().enumerate();
    let data = chunks.map(|(index, chunk)| (index.to_string(), ByteString(chunk.to_vec())));
    let beside = beside.iter().filter_map(|(digest, kept)| entry(*digest, kept));
    let digest = Digest::of(content).to_string();
    let mut secret = built(location, name(location, part), data.chain(beside).collect());
    secret.metadata.annotations = Some(BTreeMap::from([(DIGEST.to_owned(), digest)]));
    secret.metadata.resource_version = before.map(str::to_owned);
    secret
}

/// One chunk of a blob.
pub fn blob(location: &str, digest: Digest, index: usize, chunk: &Bytes) -> Secret {
    let data = BTreeMap::from([("0".to_owned(), ByteString(chunk.to_vec()))]);
    Secret { immutable: Some(true), ..built(location, blob_name(location, digest, index), data) }
}

fn built(location: &str, name: String, data: BTreeMap<String, ByteString>) -> Secret {
    let labels = BTreeMap::from([(LABEL.to_owned(), location.to_owned())]);
    let metadata = ObjectMeta { name: Some(name), labels: Some(labels), ..ObjectMeta::default() };
    Secret { metadata, data: Some(data), type_: Some(TYPE.to_owned()), ..Secret::default() }
}

/// The name of the part and what is in it; `None`: it is not as it was written.
pub fn read(secret: &Secret) -> Option<(String, Content)> {
    let location = secret.metadata.labels.as_ref()?.get(LABEL)?;
    let part = secret.metadata.name.as_ref()?.strip_prefix(&name(location, ""))?;
    let data = secret.data.as_ref()?;
    if let Some(blob) = part.strip_prefix("blob.") {
        let (digest, index) = blob.split_once('.')?;
        let chunk = Bytes::from(data.get("0")?.0.clone());
        return Some((part.to_owned(), Content::Blob(Digest::from_hex(digest)?, index.parse().ok()?, chunk)));
    }
    let digest = Digest::from_hex(secret.metadata.annotations.as_ref()?.get(DIGEST)?)?;
    let count = data.keys().filter(|name| !name.starts_with(BESIDE)).count();
    let chunks = (0..count).map(|index| Some(Bytes::from(data.get(&index.to_string())?.0.clone())));
    let content = wire::content::assemble(digest, chunks.collect::<Option<Vec<_>>>()?).ok()?;
    let version = secret.metadata.resource_version.clone()?;
    Some((part.to_owned(), Content::Part(Part { version, content: content.to_vec() })))
}

/// How content is written beside a part.
fn entry(digest: Digest, kept: &Kept) -> Option<(String, ByteString)> {
    Some(match kept {
        Kept::Whole(content) => {
            let chunk = wire::content::chunk(content).into_iter().next()?;
            (format!("{BESIDE}{digest}"), ByteString(chunk.to_vec()))
        }
        Kept::Patch(patch) => {
            (format!("{BESIDE}{digest}{PATCH}"), ByteString([&patch.base.0[..], &patch.data].concat()))
        }
    })
}

/// What is stored beside a part; what is damaged is lacked.
pub fn beside(secret: &Secret) -> Beside {
    let kept = |(name, value): (&String, &ByteString)| read_entry(name.strip_prefix(BESIDE)?, &value.0);
    secret.data.iter().flatten().filter_map(kept).collect()
}

fn read_entry(name: &str, value: &[u8]) -> Option<(Digest, Kept)> {
    let value = Bytes::copy_from_slice(value);
    if let Some(digest) = name.strip_suffix(PATCH) {
        let base = Digest(value.get(..size_of::<Digest>())?.try_into().ok()?);
        let data = value.slice(size_of::<Digest>()..);
        return Some((Digest::from_hex(digest)?, Kept::Patch(Patch { base, data })));
    }
    let digest = Digest::from_hex(name)?;
    Some((digest, Kept::Whole(wire::content::assemble(digest, vec![value]).ok()?)))
}

/// The name and the version of a part that cannot be read.
pub fn damaged(location: &str, secret: &Secret) -> Option<(String, String)> {
    let part = secret.metadata.name.as_ref()?.strip_prefix(&name(location, ""))?;
    tracing::error!(part, "state cannot be read; it counts as lost");
    Some((part.to_owned(), secret.metadata.resource_version.clone()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_reads_back_as_it_was_written_or_not_at_all() {
        let content = Bytes::from_static(b"more");
        let patch = Patch { base: Digest::of(b"base"), data: Bytes::from_static(b"patch") };
        let more = Beside::from([
            (Digest::of(&content), Kept::Whole(content)),
            (Digest::of(b"patched"), Kept::Patch(patch)),
        ]);
        let mut secret = secret("store-1", "document", b"content", Some("7"), &more);
        assert_eq!(secret.metadata.name.as_deref(), Some("tributary.store-1.document"));
        let Some((name, Content::Part(part))) = read(&secret) else { panic!("not read") };
        assert_eq!(
            (name.as_str(), part.version.as_str(), part.content.as_slice()),
            ("document", "7", &b"content"[..])
        );
        assert_eq!(beside(&secret), more);
        let data = secret.data.as_mut().unwrap();
        data.retain(|name, _| !name.ends_with(PATCH));
        data.values_mut().for_each(|chunk| chunk.0[0] ^= 1);
        assert!(read(&secret).is_none() && beside(&secret).is_empty());
    }

    #[test]
    fn a_chunk_of_a_blob_says_which_one_it_is() {
        let digest = Digest::of(b"content");
        let chunk = Bytes::from_static(b"chunk");
        let secret = blob("store-1", digest, 3, &chunk);
        let Some((_, Content::Blob(of, index, bytes))) = read(&secret) else { panic!("not read") };
        assert_eq!((of, index, bytes), (digest, 3, chunk));
    }
}
