//! The syntax of Kubernetes labels.

use crate::violation::Findings;

const HELP: &str = "use letters, digits, `-`, `_` and `.`, at most 63, with a letter or digit at both ends";

/// A label's key and value, both reported here.
pub(super) fn check(key: &str, value: &str, findings: &mut Findings) {
    check_key(key, findings);
    check_value(value, findings);
}

/// `name` or `prefix/name`, as for annotations too.
pub(super) fn check_key(key: &str, findings: &mut Findings) {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    if !is_word(name) {
        findings.report(format!("`{key}` is not a label key"), HELP);
    } else if prefix.is_some_and(|prefix| !is_subdomain(prefix)) {
        findings.report(
            format!("`{key}` is not a label key: what is before the `/` must be a DNS name"),
            "write it as example.com/name",
        );
    }
}

pub(super) fn check_value(value: &str, findings: &mut Findings) {
    if !value.is_empty() && !is_word(value) {
        findings.report(format!("`{value}` is not a label value"), HELP);
    }
}

fn is_word(text: &str) -> bool {
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= 63
        && ends(bytes.first())
        && ends(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

/// RFC 1123: labels separated by dots, at most 253 bytes.
fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(crate::name::is_dns_label)
}
