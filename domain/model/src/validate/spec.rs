//! The rules of Tributary's own kinds.

use super::{check_name, check_once, label};
use crate::{
    Clause, IgnoreRule, ImageOperation, LabelSelector, LocationSpec, Operation, PlacementSpec, Quantity,
    RegionSpec, Taint, TransformSpec, violation::Findings,
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
        let transforms = self.transforms.iter().map(|name| format!("`{name}`"));
        check_once(findings, "transforms", transforms);
        findings.each("ignore", &self.ignore, |findings, rule| rule.check(findings));
        if let Some(rollout) = &self.rollout {
            findings.field("rollout", |findings| rollout.check(findings));
        }
        findings.each("dependsOn", &self.depends_on, |findings, dependency| {
            findings.field("placement", |findings| check_name(findings, &dependency.placement));
        });
        let placements = self.depends_on.iter().map(|dependency| format!("`{}`", dependency.placement));
        check_once(findings, "dependsOn", placements);
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

fn check_quantity(quantity: &str, findings: &mut Findings) {
    if Quantity::parse(quantity).is_none() {
        findings.report(format!("`{quantity}` is not a quantity"), "write it as 500m, 4 or 16Gi");
    }
}
