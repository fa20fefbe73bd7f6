//! Label selectors.

use super::label;
use crate::{LabelSelector, Operator, Requirement, violation::Findings};

impl LabelSelector {
    pub(crate) fn check(&self, findings: &mut Findings) {
        findings.field("matchLabels", |findings| {
            for (key, value) in &self.match_labels {
                findings.field(key, |findings| label::check(key, value, findings));
            }
        });
        findings.each("matchExpressions", &self.match_expressions, |findings, requirement| {
            requirement.check(findings);
        });
    }
}

impl Requirement {
    fn check(&self, findings: &mut Findings) {
        findings.field("key", |findings| label::check_key(&self.key, findings));
        findings.field("values", |findings| {
            self.values.iter().for_each(|value| label::check_value(value, findings));
            self.check_count(findings);
        });
    }

    fn check_count(&self, findings: &mut Findings) {
        let operator = format!("{:?}", self.operator);
        match self.operator {
            Operator::In | Operator::NotIn if self.values.is_empty() => {
                findings.report(format!("{operator} needs at least one value"), "add values: [...]");
            }
            Operator::Exists | Operator::DoesNotExist if !self.values.is_empty() => {
                findings.report(format!("{operator} takes no values"), "remove them, or use In");
            }
            Operator::Gt | Operator::Lt if !is_one_integer(&self.values) => {
                findings.report(format!("{operator} needs exactly one integer"), "write values: [\"5\"]");
            }
            _ => {}
        }
    }
}

fn is_one_integer(values: &[String]) -> bool {
    matches!(values, [value] if value.parse::<i64>().is_ok())
}
