//! What names may look like.

/// Whether `name` is a DNS label: 1 to 63 of `[a-z0-9-]`, starting and ending with a letter or digit (RFC 1123).
/// Such names are safe subject tokens, file names and Kubernetes names.
pub fn is_dns_label(name: &str) -> bool {
    name.len() <= 63 && is_part(name)
}

/// Whether `name` is a DNS subdomain as Kubernetes has it: at most 253 of `[a-z0-9.-]`, each part between dots starting
/// and ending with a letter or digit (RFC 1123).
pub fn is_dns_subdomain(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_part)
}

/// A label of any length.
fn is_part(part: &str) -> bool {
    let is_end = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = part.as_bytes();
    bytes.first().is_some_and(is_end)
        && bytes.last().is_some_and(is_end)
        && bytes.iter().all(|byte| is_end(byte) || *byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_part_of_at_most_63() {
        let longest = "a".repeat(63);
        for name in ["a", "0", "kube-root", longest.as_str()] {
            assert!(is_dns_label(name), "{name}");
        }
        for name in ["", "A", "a_b", "-a", "a-", "a.b", &"a".repeat(64)] {
            assert!(!is_dns_label(name), "{name}");
        }
    }

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
