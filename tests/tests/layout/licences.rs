//! Every dependency may be linked into an Apache-2.0 program and given away.

use std::collections::BTreeSet;

use crate::workspace::{Workspace, root};

#[test]
fn every_dependency_has_a_licence_of_the_list() {
    let text = std::fs::read_to_string(root().join(".ci/licences")).unwrap();
    let allowed: BTreeSet<&str> = text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
    let workspace = Workspace::read();
    let refused: Vec<_> = workspace
        .all()
        .filter(|p| !p.license.as_deref().is_some_and(|licence| is_allowed(licence, &allowed)))
        .map(|p| format!("{} {} ({:?})", p.name, p.version, p.license))
        .collect();
    assert!(refused.is_empty(), "not in .ci/licences: {refused:#?}");
}

/// An SPDX expression: OR of ANDs, with parentheses. Old crates write `/` for OR.
fn is_allowed(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut position = 0;
    any_of(&words, &mut position, allowed)
}

fn any_of(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> bool {
    let mut result = all_of(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        result |= all_of(words, at, allowed);
    }
    result
}

fn all_of(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> bool {
    let mut result = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        result &= one(words, at, allowed);
    }
    result
}

fn one(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let inside = any_of(words, at, allowed);
        *at += 1;
        return inside;
    }
    if words.get(*at) == Some(&"WITH") {
        let exception = words.get(*at + 1).copied().unwrap_or_default();
        *at += 2;
        return allowed.contains(format!("{word} WITH {exception}").as_str()) || allowed.contains(word);
    }
    allowed.contains(word)
}

#[test]
fn an_expression_is_allowed_when_one_way_through_it_is() {
    let allowed = BTreeSet::from(["MIT", "Apache-2.0", "ISC"]);
    for good in
        ["MIT", "GPL-3.0 OR MIT", "MIT/GPL-3.0", "(GPL-3.0 OR MIT) AND ISC", "Apache-2.0 WITH X OR GPL-3.0"]
    {
        assert!(is_allowed(good, &allowed), "{good}");
    }
    for bad in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0", ""] {
        assert!(!is_allowed(bad, &allowed), "{bad}");
    }
}
