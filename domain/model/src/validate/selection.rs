//! The rules of `where`. Whether its expression is one is checked where expressions are compiled.

use std::collections::BTreeSet;

use super::{check_name, label};
use crate::{
    GroupBy, Prioritizer, ScoreBy, Spread, Toleration, TolerationOperator, Where, suggest,
    violation::Findings,
};

/// More would be a mistake, and each costs time at every location.
const MAX_SPREADS: usize = 4;
const MAX_PRIORITIZERS: usize = 8;
const MAX_WEIGHT: i32 = 100;

impl Where {
    pub(super) fn check(&self, findings: &mut Findings) {
        if self.location_selectors.is_empty() && self.regions.is_empty() && self.expression.is_empty() {
            findings.report(
                "neither locationSelectors nor regions nor expression, so it selects no location",
                "add one of them; to mean every location, write locationSelectors: [{}]",
            );
        }
        findings.each("locationSelectors", &self.location_selectors, |findings, selector| {
            selector.check(findings)
        });
        findings.each("regions", &self.regions, |findings, region| check_name(findings, region));
        findings.each("tolerations", &self.tolerations, |findings, toleration| toleration.check(findings));
        if self.number_of_locations == Some(0) {
            findings.field("numberOfLocations", |findings| {
                findings.report(
                    "it must be at least 1",
                    "remove it to take all; delete the placement to take none",
                );
            });
        }
        self.check_spread(findings);
        self.check_prioritizers(findings);
    }

    fn check_spread(&self, findings: &mut Findings) {
        findings.each("spread", &self.spread, |findings, spread| spread.check(findings));
        let most = self.number_of_locations.unwrap_or(u32::MAX);
        findings.each("spread", &self.spread, |findings, spread| {
            if let Some(least) = spread.min_groups.filter(|least| *least > most && most > 0) {
                findings.field("minGroups", |findings| {
                    findings.report(
                        format!("{least} groups take more than {most} locations"),
                        "lower minGroups or raise numberOfLocations",
                    );
                });
            }
        });
        let keys = self.spread.iter().map(|spread| GroupBy::parse(&spread.key));
        check_list(findings, "spread", keys, MAX_SPREADS);
    }

    fn check_prioritizers(&self, findings: &mut Findings) {
        findings
            .each("prioritizers", &self.prioritizers, |findings, prioritizer| prioritizer.check(findings));
        let names = self.prioritizers.iter().map(|prioritizer| &prioritizer.name);
        check_list(findings, "prioritizers", names, MAX_PRIORITIZERS);
        if !self.prioritizers.is_empty() && !self.is_choice() {
            findings.field("prioritizers", |findings| {
                findings.report(
                    "without numberOfLocations or spread every location that passes is taken, so none is better",
                    "add numberOfLocations or spread, or remove the prioritizers",
                );
            });
        }
    }
}

/// Nothing twice, and not too many.
fn check_list<T: Ord>(findings: &mut Findings, field: &str, items: impl Iterator<Item = T>, most: usize) {
    let mut seen = BTreeSet::new();
    let mut count = 0;
    for (index, item) in items.enumerate() {
        count += 1;
        if !seen.insert(item) {
            findings.field(field, |findings| {
                findings.report(format!("element {index} is there already"), "keep one of them");
            });
        }
    }
    if count > most {
        findings.field(field, |findings| {
            findings.report(format!("{count} of them, of at most {most}"), "remove those that matter least");
        });
    }
}

impl Toleration {
    fn check(&self, findings: &mut Findings) {
        let exists = self.operator == TolerationOperator::Exists;
        findings.field("key", |findings| match self.key.is_empty() {
            false => label::check_key(&self.key, findings),
            true if exists => {}
            true => findings.report(
                "it is required unless the operator is Exists",
                "name the taint's key, or write operator: Exists to tolerate every taint",
            ),
        });
        findings.field("value", |findings| {
            label::check_value(&self.value, findings);
            if exists && !self.value.is_empty() {
                findings.report("Exists takes no value", "remove it, or write operator: Equal");
            }
        });
    }
}

impl Spread {
    fn check(&self, findings: &mut Findings) {
        findings.field("key", |findings| match GroupBy::parse(&self.key) {
            GroupBy::Region => {}
            GroupBy::Label(key) if key.contains(':') => findings.report(
                format!("`{}` is no key", self.key),
                "write region, property:NAME, label:NAME or the key of a label",
            ),
            GroupBy::Label(key) => label::check_key(&key, findings),
            GroupBy::Property(name) if name.is_empty() => {
                findings.report("the property has no name", "write property:NAME");
            }
            GroupBy::Property(_) => {}
        });
        let counts =
            [("maxSkew", self.max_skew), ("minGroups", self.min_groups), ("maxGroups", self.max_groups)];
        for (field, _) in counts.iter().filter(|(_, count)| *count == Some(0)) {
            findings.field(field, |findings| {
                findings.report("it must be at least 1", "remove it to set no bound");
            });
        }
        if counts.iter().all(|(_, count)| count.is_none()) {
            findings.report("it asks for nothing", "add maxSkew, minGroups or maxGroups");
        }
        if let (Some(least), Some(most)) = (self.min_groups, self.max_groups)
            && least > most
        {
            findings.field("minGroups", |findings| {
                findings.report(
                    format!("{least} is more than maxGroups, {most}: no choice could satisfy both"),
                    "lower minGroups or raise maxGroups",
                );
            });
        }
    }
}

impl Prioritizer {
    fn check(&self, findings: &mut Findings) {
        let score = ScoreBy::parse(&self.name);
        if score.is_none() {
            findings.field("name", |findings| {
                let (kind, rest) = self.name.split_once(':').unwrap_or((&self.name, "NAME"));
                let near = suggest::nearest(kind, ["Steady", "Balance", "Capacity", "Property"]);
                let help = match near {
                    Some(kind @ ("Steady" | "Balance")) => format!("did you mean `{kind}`?"),
                    Some(kind) => {
                        format!("did you mean `{kind}:{}`?", if rest.is_empty() { "NAME" } else { rest })
                    }
                    None => "write Steady, Balance, Capacity:NAME or Property:NAME".to_owned(),
                };
                findings.report(format!("there is no prioritizer `{}`", self.name), help);
            });
        }
        findings.field("weight", |findings| {
            if self.weight == 0 || self.weight.abs() > MAX_WEIGHT {
                findings.report(
                    format!("{} is not between 1 and {MAX_WEIGHT}, or below zero", self.weight),
                    "write a weight from 1 to 100, or from -100 to -1 for the less the better",
                );
            } else if self.weight < 0 && matches!(score, Some(ScoreBy::Steady | ScoreBy::Balance)) {
                findings.report(
                    format!("{} below zero would move workload for ever", self.name),
                    "write a weight above zero",
                );
            }
        });
    }
}
