//! Own parts made short: what they have in common with the template of their release is not said again.

use std::cell::RefCell;
use std::io;

use bytes::Bytes;
use zstd::bulk::Compressor;
use zstd::zstd_safe::compress_bound;

use super::inflate::inflate;
use crate::Error;

/// Bytes of a template and of an own part: more would be searched for long.
const MAX_FRAMED: usize = 256 * 1024;
/// Own parts of a kilobyte come out no shorter at any higher level, and take longer.
const LEVEL: i32 = 5;
/// Releases that are rendered at a time, for one location after another; with more, dictionaries are loaded again and
/// again, which only takes longer.
const MAX_PREPARED: usize = 64;

/// `content` as a frame with `template` as its dictionary: the same bytes for the same arguments. `None` where it is not
/// shorter.
pub fn make_frame(template: &[u8], content: &[u8]) -> Option<Bytes> {
    if template.len().max(content.len()) > MAX_FRAMED {
        return None;
    }
    FRAMER
        .with_borrow_mut(|framer| framer.frame(template, content))
        .ok()
        .filter(|frame| frame.len() < content.len())
}

/// What a frame holds. One that was made with another template, or is damaged, is refused: it has a checksum.
pub fn open_frame(template: &[u8], frame: &[u8]) -> Result<Bytes, Error> {
    inflate(frame, template, MAX_FRAMED).map_err(|reason| Error::Frame { bytes: frame.len(), reason })
}

thread_local! {
    static FRAMER: RefCell<Framer> = RefCell::default();
}

#[derive(Default)]
struct Framer {
    /// The last was used last. Loading a dictionary costs more than compressing something small.
    prepared: Vec<Prepared>,
    /// Used again, so that frames take no more memory than they have bytes.
    out: Vec<u8>,
}

struct Prepared {
    template: Box<[u8]>,
    compressor: Compressor<'static>,
}

impl Framer {
    fn frame(&mut self, template: &[u8], content: &[u8]) -> io::Result<Bytes> {
        let mut prepared = self.take(template)?;
        self.out.clear();
        self.out.reserve(compress_bound(content.len()));
        prepared.compressor.compress_to_buffer(content, &mut self.out)?;
        self.prepared.push(prepared);
        Ok(Bytes::copy_from_slice(&self.out))
    }

    fn take(&mut self, template: &[u8]) -> io::Result<Prepared> {
        if let Some(at) = self.prepared.iter().rposition(|one| *one.template == *template) {
            return Ok(self.prepared.remove(at));
        }
        if self.prepared.len() >= MAX_PREPARED {
            self.prepared.remove(0);
        }
        Prepared::of(template)
    }
}

impl Prepared {
    fn of(template: &[u8]) -> io::Result<Self> {
        let mut compressor = Compressor::with_dictionary(LEVEL, template)?;
        compressor.include_contentsize(true)?;
        // A frame that is opened with another template would be another content, and nobody would know.
        compressor.include_checksum(true)?;
        Ok(Self { template: template.into(), compressor })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(any::<u8>(), 0..2000)
    }

    proptest! {
        #[test]
        fn a_frame_opens_with_its_template_alone(
            template in bytes(), other in bytes(), at in 0usize..2000, change in prop::collection::vec(any::<u8>(), 0..40)
        ) {
            let mut content = template.clone();
            let at = at.min(content.len());
            content.splice(at..content.len().min(at + change.len()), change);
            if let Some(frame) = make_frame(&template, &content) {
                prop_assert!(frame.len() < content.len());
                prop_assert_eq!(open_frame(&template, &frame).unwrap(), content.clone());
                prop_assert!(open_frame(&other, &frame).map_or(true, |found| found == content));
            }
        }

        #[test]
        fn arbitrary_frames_are_refused(template in bytes(), frame in bytes()) {
            prop_assert!(open_frame(&template, &frame).is_err());
        }

        #[test]
        fn a_damaged_frame_is_refused(template in bytes(), at in any::<prop::sample::Index>(), flip in 1u8..) {
            let content = [&template[..], &[0; 99]].concat();
            let mut frame = make_frame(&template, &content).expect("zeros are short").to_vec();
            let at = at.index(frame.len());
            frame[at] ^= flip;
            prop_assert!(open_frame(&template, &frame).map_or(true, |found| found == content));
        }
    }

    #[test]
    fn frames_do_not_depend_on_what_was_framed_before_or_on_the_thread() {
        fn frame(n: usize) -> Bytes {
            let template = format!("template {n} ").repeat(20);
            make_frame(template.as_bytes(), format!("{template} and what is its own").as_bytes()).unwrap()
        }
        let all = 0..MAX_PREPARED + 9;
        let first: Vec<Bytes> = all.clone().map(frame).collect();
        let again: Vec<Bytes> = all.clone().rev().map(frame).collect();
        let elsewhere = std::thread::spawn(|| all.map(frame).collect::<Vec<_>>());
        assert!(again.iter().rev().eq(&first));
        assert_eq!(elsewhere.join().unwrap(), first);
    }

    #[test]
    fn what_is_large_is_not_framed_and_a_frame_that_says_so_is_not_opened() {
        let large = vec![b'x'; MAX_FRAMED + 1];
        assert_eq!(make_frame(b"", &large), None);
        let bomb = zstd::bulk::compress(&large, 1).unwrap();
        assert!(open_frame(b"", &bomb).is_err());
    }
}
