//! Label selectors in one line, as `kubectl -l` takes them: `app=x,tier in (a,b),!c`.

use crate::{LabelSelector, Operator, Requirement, Violation, violation::Findings};

impl LabelSelector {
    /// Reads the text form. Empty text: an empty selector, which matches everything.
    pub fn from_text(text: &str) -> Result<Self, Violation> {
        let mut selector = Self::default();
        for part in split(text) {
            selector.match_expressions.push(requirement(part.trim()).ok_or_else(|| refusal(part.trim()))?);
        }
        let mut findings = Findings::default();
        selector.check(&mut findings);
        match findings.found.into_iter().next() {
            // Paths into a structure that the user did not write would only confuse.
            Some(violation) => Err(Violation { path: crate::FieldPath::default(), ..violation }),
            None => Ok(selector),
        }
    }
}

/// The requirements: commas separate them, except inside parentheses.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    let separates = |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    };
    if text.trim().is_empty() { Vec::new() } else { text.split(separates).collect() }
}

fn requirement(text: &str) -> Option<Requirement> {
    let with = |key: &str, operator, values: Vec<&str>| {
        let values = values.into_iter().map(|value| value.trim().to_owned()).collect();
        Some(Requirement { key: key.trim().to_owned(), operator, values })
    };
    if let Some(key) = text.strip_prefix('!') {
        return with(key, Operator::DoesNotExist, Vec::new());
    }
    if let Some((left, values)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        let values = values.split(',').collect();
        return match left.trim().rsplit_once(char::is_whitespace)? {
            (key, "in") => with(key, Operator::In, values),
            (key, "notin") => with(key, Operator::NotIn, values),
            _ => None,
        };
    }
    let comparisons = [
        ("!=", Operator::NotIn),
        ("==", Operator::In),
        ("=", Operator::In),
        (">", Operator::Gt),
        ("<", Operator::Lt),
    ];
    for (sign, operator) in comparisons {
        if let Some((key, value)) = text.split_once(sign) {
            return with(key, operator, vec![value]);
        }
    }
    with(text, Operator::Exists, Vec::new())
}

fn refusal(part: &str) -> Violation {
    Violation {
        path: crate::FieldPath::default(),
        message: format!("`{part}` is not a label requirement"),
        help: "write app=x, app!=x, app in (x,y), app notin (x), app, !app, n>3 or n<3".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn matches(text: &str, labels: &[(&str, &str)]) -> bool {
        let labels: BTreeMap<_, _> = labels.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect();
        LabelSelector::from_text(text).unwrap().matches(&labels)
    }

    #[test]
    fn the_text_form_means_what_it_means_to_kubectl() {
        let labels = [("app", "x"), ("tier", "a"), ("n", "4")];
        let holds =
            ["", "app=x,tier in (a, b),!c", "app==x", "app!=y", "z notin (q)", "n>3,n<5", "app", "c!=1"];
        holds.iter().for_each(|text| assert!(matches(text, &labels), "{text}"));
        let fails = ["app=y", "tier in (b)", "!app", "c", "n>4", "app=x,c=1"];
        fails.iter().for_each(|text| assert!(!matches(text, &labels), "{text}"));
    }

    #[test]
    fn what_is_no_selector_is_refused() {
        for text in ["a b", "a in x", "=", "a=b=c", "a=(b", ",", "a,,b", "n>x", "tier into (a)"] {
            assert!(LabelSelector::from_text(text).is_err(), "{text}");
        }
    }
}
