//! The file name of an object: `<namespace>_<Kind>[.<group>]_<name>.yaml`, without the first part where it is cluster
//! scoped.
//!
//! Kubernetes names hold no `_`, so it separates; any byte that is not safe in a file name, or that separates, is
//! written `=XX`, so that different objects have different files. A name that would be too long ends in its digest.

use std::fmt::Write as _;

use model::{Digest, ObjectKey};

/// File systems take 255 bytes; the rest is for the names of temporary files.
const LONGEST: usize = 240;
const SUFFIX: &str = ".yaml";

/// The file name of `key`.
pub fn of(key: &ObjectKey) -> String {
    let mut name = String::new();
    if !key.namespace.is_empty() {
        escape(&key.namespace, "-.", &mut name);
        name.push('_');
    }
    escape(&key.kind, "", &mut name);
    if !key.group.is_empty() {
        name.push('.');
        escape(&key.group, "-.", &mut name);
    }
    name.push('_');
    escape(&key.name, "-.", &mut name);
    shorten(name) + SUFFIX
}

fn escape(text: &str, plain: &str, out: &mut String) {
    for byte in text.bytes() {
        let character = char::from(byte);
        if character.is_ascii_alphanumeric() || (plain.contains(character) && !out.is_empty()) {
            out.push(character);
        } else {
            write!(out, "={byte:02X}").expect("writing to a string cannot fail");
        }
    }
}

/// `~` is in no other name.
fn shorten(name: String) -> String {
    if name.len() + SUFFIX.len() <= LONGEST {
        return name;
    }
    let digest = Digest::of(name.as_bytes()).to_string();
    format!("{}~{}", edge::cut(&name, LONGEST - SUFFIX.len() - 33), &digest[..32])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(group: &str, kind: &str, namespace: &str, name: &str) -> ObjectKey {
        ObjectKey { group: group.into(), kind: kind.into(), namespace: namespace.into(), name: name.into() }
    }

    #[test]
    fn names_can_be_read() {
        assert_eq!(of(&key("apps", "Deployment", "shop", "cart")), "shop_Deployment.apps_cart.yaml");
        assert_eq!(of(&key("", "Namespace", "", "shop")), "Namespace_shop.yaml");
    }

    #[test]
    fn no_name_leaves_the_folder_or_hides_in_it() {
        let hostile = of(&key("", "../x", "", "../../etc/passwd"));
        assert!(!hostile.contains('/') && !hostile.starts_with('.'), "{hostile}");
        assert!(!of(&key("", "", ".hidden", "x")).starts_with('.'));
    }

    prop_compose! {
        fn any_key()(group in "[a.]{0,3}|\\PC{0,200}", kind in "[A_.]{0,3}|\\PC{0,9}", namespace in "[a_.=]{0,3}", name in "[a_.=]{0,3}|\\PC{0,200}") -> ObjectKey {
            key(&group, &kind, &namespace, &name)
        }
    }

    proptest! {
        #[test]
        fn every_object_has_its_own_file(one in any_key(), two in any_key()) {
            prop_assert!(one == two || of(&one) != of(&two));
            prop_assert!(of(&one).len() <= LONGEST);
        }
    }
}
