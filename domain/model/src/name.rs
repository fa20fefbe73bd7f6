//! What names may look like.

/// Whether `name` is a DNS label: 1 to 63 of `[a-z0-9-]`, starting and ending with a letter or digit (RFC 1123).
/// Such names are safe subject tokens, file names and Kubernetes names.
pub fn is_dns_label(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes.iter().all(|&byte| inner(byte) || byte == b'-')
        && inner(bytes[0])
        && inner(bytes[bytes.len() - 1])
}
