//! The rules of Tributary's own kinds.

use super::{check_name, label};
use crate::{
    Clause, IgnoreRule, ImageOperation, LabelSelector, LocationSpec, Operation, PlacementSpec, RegionSpec,
    Taint, TransformSpec, Where, violation::Findings,
};

impl RegionSpec {
    pub(super) fn check(&self, name: &str, findings: &mut Findings) {
        findings.field("parent", |findings| {
            if self.parent == name {
                findings.report(
                    "a region cannot be its own parent",
                    "remove it to make the region a child of the hub",
                );
            } else if !self.parent.is_empty() {
                check_name(findings, &self.parent);
            }
        });
    }
}

impl LocationSpec {
    pub(super) fn check(&self, findings: &mut Findings) {
        findings.field("region", |findings| check_name(findings, &self.region));
        findings.field("capacity", |findings| {
            for (name, quantity) in &self.capacity {
                findings.field(name, |findings| check_quantity(quantity, findings));
            }
        });
        findings.each("taints", &self.taints, |findings, taint| taint.check(findings));
        if !self.taints.is_empty() {
            findings.field("taints", |findings| {
                findings.report(
                    "taints are not supported yet: no placement would stay away",
                    "remove them, and keep placements away by a label that their locationSelectors ask for",
                );
            });
        }
    }
}

impl Taint {
    fn check(&self, findings: &mut Findings) {
        findings.field("key", |findings| label::check_key(&self.key, findings));
        findings.field("value", |findings| label::check_value(&self.value, findings));
    }
}

impl PlacementSpec {
    pub(super) fn check(&self, findings: &mut Findings) {
        findings.each("what", &self.what, |findings, clause| clause.check(findings));
        findings.field("where", |findings| self.where_.check(findings));
        findings.each("transforms", &self.transforms, |findings, name| check_name(findings, name));
        for (index, name) in self.transforms.iter().enumerate() {
            if self.transforms[..index].contains(name) {
                findings.field("transforms", |findings| {
                    findings.report(format!("`{name}` is listed twice"), "keep one of them");
                });
            }
        }
        findings.each("ignore", &self.ignore, |findings, rule| rule.check(findings));
        if let Some(rollout) = &self.rollout {
            findings.field("rollout", |findings| rollout.check(findings));
        }
    }
}

impl Where {
    fn check(&self, findings: &mut Findings) {
        if self.location_selectors.is_empty() && self.regions.is_empty() {
            findings.report(
                "neither locationSelectors nor regions, so it selects no location",
                "add one of them; to mean every location, write locationSelectors: [{}]",
            );
        }
        findings.each("locationSelectors", &self.location_selectors, |findings, selector| {
            selector.check(findings)
        });
        findings.each("regions", &self.regions, |findings, region| check_name(findings, region));
    }
}

impl IgnoreRule {
    fn check(&self, findings: &mut Findings) {
        findings.field("match", |findings| check_match(&self.match_, findings));
        if self.paths.is_empty() {
            findings.field("paths", |findings| findings.report("nothing to ignore", "add a JSONPath"));
        }
    }
}

impl TransformSpec {
    pub(super) fn check(&self, findings: &mut Findings) {
        if let Some(clause) = &self.match_ {
            findings.field("match", |findings| check_match(clause, findings));
        }
        if self.operations.is_empty() {
            findings.field("operations", |findings| findings.report("nothing to do", "add an operation"));
        }
        findings.each("operations", &self.operations, |findings, operation| match operation {
            Operation::MergePatch(patch) => {
                findings.field("mergePatch", |findings| check_patch(patch, findings));
            }
            Operation::Image(ImageOperation { registry, repository, tag, digest, .. })
                if [registry, repository, tag, digest].iter().all(|part| part.is_empty()) =>
            {
                findings.field("image", |findings| {
                    findings.report("nothing to change", "add registry, repository, tag or digest");
                });
            }
            Operation::Image(_) | Operation::JsonPatch(_) | Operation::Remove(_) | Operation::Set { .. } => {}
        });
    }
}

/// The clause of a transform, an ignore rule or a health rule: where it is tested, no Namespace is known.
pub(super) fn check_match(clause: &Clause, findings: &mut Findings) {
    clause.check(findings);
    let supported = clause.namespace_selectors.iter().all(LabelSelector::is_empty);
    if !supported {
        findings.field("namespaceSelectors", |findings| {
            findings.report("not supported here yet: it would match nothing", "name the namespaces instead");
        });
    }
}

/// RFC 7386: a patch that is no mapping would replace the whole object.
fn check_patch(patch: &serde_json::Value, findings: &mut Findings) {
    if !patch.is_object() {
        findings.report(
            "a merge patch must be a mapping",
            "write the fields to change as they are in the object",
        );
    }
}

/// Kubernetes quantities: a decimal number and a suffix.
fn check_quantity(quantity: &str, findings: &mut Findings) {
    const SUFFIXES: [&str; 15] =
        ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi"];
    let number = quantity.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let is_number = number.parse::<f64>().is_ok_and(f64::is_finite);
    let suffix = &quantity[number.len()..];
    if !is_number || !(SUFFIXES.contains(&suffix) || suffix == "Ei") {
        findings.report(format!("`{quantity}` is not a quantity"), "write it as 500m, 4 or 16Gi");
    }
}
