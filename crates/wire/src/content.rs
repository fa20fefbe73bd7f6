//! Content in chunks: how bytes named by their digest travel as messages.

mod frame;
mod inflate;
mod patch;

use bytes::{Bytes, BytesMut};
use model::Digest;
use prost::Message as _;

use crate::{Error, bus, field::Reader};
use inflate::inflate;

pub use frame::{make_frame, open_frame};
pub use patch::{apply_patch, make_patch};

/// Data bytes of a chunk: a message of this size is well below the server's limit of 1 MiB.
pub const MAX_CHUNK: usize = 512 * 1024;
/// Bytes of a content, so that a small frame cannot make a reader run out of memory.
pub const MAX_CONTENT: usize = 64 * 1024 * 1024;
/// zstd's own default: higher levels cost ten times the time for a few percent of text.
const LEVEL: i32 = 3;
const IN: Reader = Reader("Chunk");

/// The encoded `Chunk` messages of `content`, in order: at least one, compressed where that is smaller.
pub fn chunk(content: &[u8]) -> Vec<Bytes> {
    let compressed = zstd::bulk::compress(content, LEVEL).ok().filter(|out| out.len() < content.len());
    let (codec, data) = match compressed {
        Some(data) => (bus::Codec::Zstd, Bytes::from(data)),
        None => (bus::Codec::Identity, Bytes::copy_from_slice(content)),
    };
    let count = data.len().div_ceil(MAX_CHUNK).max(1);
    (0..count).map(|index| encode(&data, index, count, codec)).collect()
}

fn encode(data: &Bytes, index: usize, count: usize, codec: bus::Codec) -> Bytes {
    let start = index * MAX_CHUNK;
    let data = data.slice(start..data.len().min(start + MAX_CHUNK));
    let count = u32::try_from(count).expect("content of 2^32 chunks does not fit into memory");
    Bytes::from(bus::Chunk { count, codec: codec.into(), data }.encode_to_vec())
}

/// How many chunks the content has that `message` is one of; at least 1.
pub fn chunk_count(message: &[u8]) -> Result<u32, Error> {
    let most = u32::try_from(MAX_CONTENT / MAX_CHUNK).expect("a small constant");
    let count = IN.parse::<bus::Chunk>(message)?.count;
    if (1..=most).contains(&count) {
        Ok(count)
    } else {
        Err(IN.invalid("count", format!("{count} of at most {most}")))
    }
}

/// The content of which `messages` are the chunks, in order; verified against its digest.
pub fn assemble(digest: Digest, messages: Vec<Bytes>) -> Result<Bytes, Error> {
    let broken = |reason: String| Error::Content { digest, reason };
    let mut data = BytesMut::new();
    let mut codec = None;
    for message in &messages {
        let chunk: bus::Chunk = IN.parse(message)?;
        if chunk.count as usize != messages.len() || *codec.get_or_insert(chunk.codec) != chunk.codec {
            return Err(broken(format!(
                "a chunk says it is one of {}, found {}",
                chunk.count,
                messages.len()
            )));
        }
        data.extend_from_slice(&chunk.data);
    }
    let content = decompress(codec, data.freeze()).map_err(broken)?;
    let found = Digest::of(&content);
    if found == digest { Ok(content) } else { Err(broken(format!("what is there has digest {found}"))) }
}

fn decompress(codec: Option<i32>, data: Bytes) -> Result<Bytes, String> {
    match bus::Codec::try_from(codec.ok_or("no chunks")?) {
        Ok(bus::Codec::Identity) => Ok(data),
        Ok(bus::Codec::Zstd) => inflate(&data, &[], MAX_CONTENT),
        _ => Err("unknown codec".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn content_survives(content in prop::collection::vec(any::<u8>(), 0..2000), times in 1usize..5) {
            let content = content.repeat(times);
            let whole = assemble(Digest::of(&content), chunk(&content)).unwrap();
            prop_assert_eq!(whole, content);
        }

        #[test]
        fn arbitrary_chunks_are_refused(message in prop::collection::vec(any::<u8>(), 0..60)) {
            let messages = vec![Bytes::from(message)];
            prop_assert!(assemble(Digest::of(b"other"), messages).is_err());
        }
    }

    /// Bytes that do not compress, from a linear congruential generator.
    fn noise(length: usize) -> Vec<u8> {
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn large_content_is_cut_and_a_missing_or_swapped_chunk_is_noticed() {
        let content = noise(MAX_CHUNK * 2 + 1);
        let digest = Digest::of(&content);
        let mut chunks = chunk(&content);
        assert_eq!(chunks.len(), 3);
        assert_eq!(chunk_count(&chunks[0]).unwrap(), 3);
        assert!(assemble(digest, chunks[..2].to_vec()).is_err());
        chunks.swap(0, 1);
        assert!(assemble(digest, chunks).is_err());
    }

    #[test]
    fn text_is_compressed_and_the_empty_content_is_one_chunk() {
        assert!(chunk(&[b'x'; 1 << 20]).concat().len() < 1024);
        assert_eq!(chunk(b"").len(), 1);
    }
}
