//! What makes a resource valid: the one definition, for the parser and for the API alike.

mod clause;
mod control;
mod health;
mod label;
mod rollout;
mod selection;
mod selector;
mod spec;
mod workload;

use std::collections::BTreeSet;

use crate::{Resource, Spec, Violation, name::is_dns_label, violation::Findings};

impl Resource {
    /// All that is wrong with it; empty: it is valid.
    pub fn validate(&self) -> Vec<Violation> {
        let mut findings = Findings::default();
        if let Spec::Workload(object) = &self.spec {
            workload::check(object, &mut findings);
            if !is_dns_label(&self.metadata.space) {
                findings.field("metadata", |f| f.field("space", |f| not_a_label(f, &self.metadata.space)));
            }
            return findings.found;
        }
        findings.field("metadata", |findings| self.check_metadata(findings));
        findings.field("spec", |findings| match &self.spec {
            Spec::Region(spec) => spec.check(&self.metadata.name, findings),
            Spec::Location(spec) => spec.check(findings),
            Spec::Placement(spec) => spec.check(findings),
            Spec::Transform(spec) => spec.check(findings),
            Spec::HealthRule(spec) => spec.check(findings),
            Spec::RolloutControl(spec) => spec.check(findings),
            Spec::Workload(_) => {}
        });
        findings.found
    }

    fn check_metadata(&self, findings: &mut Findings) {
        let metadata = &self.metadata;
        findings.field("name", |findings| check_name(findings, &metadata.name));
        findings.field("labels", |findings| {
            for (key, value) in &metadata.labels {
                findings.field(key, |findings| label::check(key, value, findings));
            }
        });
        findings.field("annotations", |findings| {
            for key in metadata.annotations.keys() {
                findings.field(key, |findings| label::check_key(key, findings));
            }
        });
        let belongs_to_hub = matches!(self.spec, Spec::Region(_) | Spec::Location(_));
        findings.field("space", |findings| match belongs_to_hub {
            true if metadata.space.is_empty() => {}
            true => findings.report("regions and locations belong to the hub, not to a space", "remove it"),
            false => check_name(findings, &metadata.space),
        });
    }
}

/// What a list may hold only once.
fn check_once(findings: &mut Findings, field: &str, texts: impl IntoIterator<Item = String>) {
    let mut seen = BTreeSet::new();
    for text in texts {
        if seen.contains(&text) {
            let message = format!("{text} is listed twice");
            findings.field(field, |findings| findings.report(message, "keep one of them"));
        }
        seen.insert(text);
    }
}

/// Names of Tributary's own things are DNS labels.
fn check_name(findings: &mut Findings, name: &str) {
    if !is_dns_label(name) {
        not_a_label(findings, name);
    }
}

fn not_a_label(findings: &mut Findings, name: &str) {
    findings.report(
        format!("`{name}` is not a DNS label"),
        "use 1 to 63 lower-case letters, digits and `-`, with a letter or digit at both ends",
    );
}
