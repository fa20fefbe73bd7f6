//! How an identifier becomes one token of a subject: the same for subjects and for KV keys.
//!
//! Every byte outside `[a-z0-9-]` is written `=XX` in upper-case hexadecimal (KV clients refuse `%`, and Kubernetes
//! names contain `:`, `.` and upper case); an empty identifier is `_`. Each identifier has exactly one token, so that
//! a key has exactly one subject; [`decode`] refuses every other spelling.

use std::fmt::Write as _;

/// The token of `id`.
pub fn encode(id: &str) -> String {
    let mut token = String::with_capacity(id.len());
    encode_into(id, &mut token);
    token
}

/// Appends the token of `id`.
pub(crate) fn encode_into(id: &str, out: &mut String) {
    if id.is_empty() {
        out.push('_');
    }
    for byte in id.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "={byte:02X}").expect("writing to a string cannot fail");
        }
    }
}

/// The identifier that `token` stands for; `None` where it is not the token of any.
pub fn decode(token: &str) -> Option<String> {
    if token == "_" {
        return Some(String::new());
    }
    let mut bytes = token.bytes();
    let mut id = Vec::with_capacity(token.len());
    while let Some(byte) = bytes.next() {
        id.push(if byte == b'=' { escaped(bytes.next()?, bytes.next()?)? } else { unescaped(byte)? });
    }
    if id.is_empty() { None } else { String::from_utf8(id).ok() }
}

fn plain(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')
}

fn unescaped(byte: u8) -> Option<u8> {
    plain(byte).then_some(byte)
}

/// Only upper-case digits, and only what had to be escaped: anything else would be a second token of the same id.
fn escaped(high: u8, low: u8) -> Option<u8> {
    let byte = (digit(high)? << 4) | digit(low)?;
    (!plain(byte)).then_some(byte)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn kubernetes_names_become_safe_tokens() {
        assert_eq!(encode("system:node.A_b"), "system=3Anode=2E=41=5Fb");
        assert_eq!(encode(""), "_");
    }

    #[test]
    fn second_spellings_are_refused() {
        for token in ["", "=61", "=2e", "A", "a.b", "=", "=2", "__", "=FF"] {
            assert_eq!(decode(token), None, "{token}");
        }
    }

    proptest! {
        #[test]
        fn every_identifier_survives(id in ".*") {
            prop_assert_eq!(decode(&encode(&id)), Some(id));
        }

        #[test]
        fn a_token_that_decodes_is_the_token_of_what_it_decodes_to(token in "[a-z0-9=A-F_.-]{0,12}") {
            if let Some(id) = decode(&token) {
                prop_assert_eq!(encode(&id), token);
            }
        }
    }
}
