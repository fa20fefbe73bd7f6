//! Clauses: what selects objects.

use crate::{Clause, LabelSelector, violation::Findings};

impl Clause {
    pub(crate) fn check(&self, findings: &mut Findings) {
        if self.has_no_test() {
            findings.report(
                "a clause without any test would take everything",
                "add a test, such as namespaces: [shop]; to mean everything, write objectNames: [\"*\"]",
            );
        }
        let lists =
            [("kinds", &self.kinds), ("namespaces", &self.namespaces), ("objectNames", &self.object_names)];
        for (name, list) in lists {
            findings.field(name, |findings| check_star(list, findings));
            findings.each(name, list, |findings, value| {
                if value.is_empty() {
                    findings.report("an empty name matches nothing", "remove it");
                }
            });
        }
        let check = |findings: &mut Findings, selector: &LabelSelector| selector.check(findings);
        findings.each("namespaceSelectors", &self.namespace_selectors, check);
        findings.each("objectSelectors", &self.object_selectors, check);
    }

    fn has_no_test(&self) -> bool {
        self.api_group.is_none()
            && self.kinds.is_empty()
            && self.namespaces.is_empty()
            && self.namespace_selectors.is_empty()
            && self.object_names.is_empty()
            && self.object_selectors.is_empty()
    }
}

fn check_star(list: &[String], findings: &mut Findings) {
    if list.len() > 1 && list.iter().any(|value| value == "*") {
        findings.report("\"*\" already means any, so it stands alone", "remove it, or remove the others");
    }
}
