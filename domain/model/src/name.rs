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

/// Whether `name` is a DNS subdomain as Kubernetes has it: at most 253 of `[a-z0-9.-]`, each part between dots starting
/// and ending with a letter or digit (RFC 1123).
pub fn is_dns_subdomain(name: &str) -> bool {
    let is_end = |byte: Option<&u8>| byte.is_some_and(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
    let is_part = |part: &str| {
        let bytes = part.as_bytes();
        let known = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
        is_end(bytes.first()) && is_end(bytes.last()) && bytes.iter().all(known)
    };
    name.len() <= 253 && name.split('.').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subdomain_is_labels_between_dots() {
        for name in ["a", "kube-root-ca.crt", "v1.apps", "0"] {
            assert!(is_dns_subdomain(name), "{name}");
        }
        for name in ["", "A", "a_b", "-a", "a-", "a..b", ".a", "a:b", &"a".repeat(254)] {
            assert!(!is_dns_subdomain(name), "{name}");
        }
    }
}
