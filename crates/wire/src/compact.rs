//! Texts that are mostly hexadecimal digits, in half as many bytes: those in their usual form travel like that, any
//! other as it is. Which of the two it was is in which field it lies.

use bytes::Bytes;

use crate::{Error, field::Reader};

/// Bytes of the groups of a UUID.
const UUID: [usize; 5] = [4, 2, 2, 2, 6];
/// Bytes of the groups of a W3C `traceparent` behind its version: trace, span, flags.
const TRACE: [usize; 3] = [16, 8, 1];
/// The only version of `traceparent` that there is.
const VERSION: &str = "00-";

/// The fields of a uid: as a text, or as the bytes of a UUID.
pub(crate) fn uid_fields(uid: &str) -> (String, Bytes) {
    fields(uid, pack(uid, &UUID))
}

/// The fields of a trace context: as a text, or as bytes.
pub(crate) fn trace_fields(trace: &str) -> (String, Bytes) {
    fields(trace, trace.strip_prefix(VERSION).and_then(|trace| pack(trace, &TRACE)))
}

/// See [`uid_fields`].
pub(crate) fn uid(reader: Reader, text: String, bytes: &[u8]) -> Result<String, Error> {
    reader.filled("placement_uid", said(reader, "placement_uuid", text, bytes, uuid_text)?)
}

/// See [`trace_fields`].
pub(crate) fn trace(reader: Reader, text: String, bytes: &[u8]) -> Result<String, Error> {
    said(reader, "trace", text, bytes, trace_text)
}

/// As text.
pub(crate) fn uuid_text(bytes: &[u8]) -> Option<String> {
    unpack(bytes, &UUID)
}

/// As text.
pub(crate) fn trace_text(bytes: &[u8]) -> Option<String> {
    Some(format!("{VERSION}{}", unpack(bytes, &TRACE)?))
}

fn fields(text: &str, packed: Option<Vec<u8>>) -> (String, Bytes) {
    packed.map_or_else(|| (text.to_owned(), Bytes::new()), |packed| (String::new(), packed.into()))
}

fn said(
    reader: Reader,
    field: &'static str,
    text: String,
    bytes: &[u8],
    unpack: fn(&[u8]) -> Option<String>,
) -> Result<String, Error> {
    match bytes.len() {
        0 => Ok(text),
        _ if !text.is_empty() => Err(reader.invalid(field, "said as a text, too".to_owned())),
        length => unpack(bytes).ok_or_else(|| reader.invalid(field, format!("{length} bytes"))),
    }
}

/// `None`: the text is not what [`unpack`] would make of any bytes.
fn pack(text: &str, groups: &[usize]) -> Option<Vec<u8>> {
    let digits = text.chars().filter(|digit| *digit != '-').map(|digit| digit.to_digit(16));
    let digits: Vec<u8> = digits.map(|digit| digit?.try_into().ok()).collect::<Option<_>>()?;
    let packed: Vec<u8> =
        digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| (byte << 4) | digit)).collect();
    unpack(&packed, groups).is_some_and(|unpacked| unpacked == text).then_some(packed)
}

fn unpack(mut bytes: &[u8], groups: &[usize]) -> Option<String> {
    let mut text = String::with_capacity(3 * bytes.len());
    for length in groups {
        let (group, rest) = bytes.split_at_checked(*length)?;
        let digits = group.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        text.extend(digits.filter_map(|digit| char::from_digit(digit.into(), 16)));
        text.push('-');
        bytes = rest;
    }
    text.pop();
    bytes.is_empty().then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UID: &str = "3f0c9a52-0123-4abc-a0ff-00112233aabb";
    const CONTEXT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const IN: Reader = Reader("Test");

    fn survives(text: &str) -> (usize, usize) {
        let ((uid_text, uid_bytes), (trace_text, trace_bytes)) = (uid_fields(text), trace_fields(text));
        let length = (uid_text.len() + uid_bytes.len(), trace_text.len() + trace_bytes.len());
        assert_eq!(trace(IN, trace_text, &trace_bytes).unwrap(), text);
        assert_eq!(uid(IN, uid_text, &uid_bytes).ok().unwrap_or_default(), text);
        length
    }

    #[test]
    fn the_usual_form_is_short_and_any_other_stays_as_it_is() {
        assert_eq!((UID.len(), survives(UID).0), (36, 16));
        assert_eq!((CONTEXT.len(), survives(CONTEXT).1), (55, 25));
        let odd = |text: &str| text.replacen('f', "F", 1);
        for other in ["", "-", "uid", "sixteen bytes!!!", &UID[1..], &CONTEXT[..53], &odd(UID), &odd(CONTEXT)]
        {
            assert_eq!(survives(other), (other.len(), other.len()));
        }
        assert_eq!(survives(&UID.replace('-', "")), (32, 32));
        assert_eq!(survives(&CONTEXT.replacen("00", "01", 1)).1, 55);
    }

    #[test]
    fn what_is_said_twice_or_has_another_length_is_refused() {
        assert!(uid(IN, UID.to_owned(), &[0; 16]).is_err());
        assert!(uid(IN, String::new(), &[0; 15]).is_err() && trace(IN, String::new(), &[0; 24]).is_err());
    }

    proptest! {
        #[test]
        fn every_text_survives(text in "[0-9a-fA-F+-]{0,60}|.{0,60}") {
            survives(&text);
        }

        #[test]
        fn every_uuid_and_trace_is_short(uuid: [u8; 16], context in prop::collection::vec(any::<u8>(), 25)) {
            prop_assert_eq!(survives(&uuid_text(&uuid).unwrap()).0, 16);
            prop_assert_eq!(survives(&trace_text(&context).unwrap()).1, 25);
        }
    }
}
