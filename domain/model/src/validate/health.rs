//! The rules of health rules.

use super::spec::check_match;
use crate::{HealthCheck, HealthRuleSpec, Status, violation::Findings};

/// Characters of a reason, which is a label of what is counted.
const MAX_REASON: usize = 63;

impl HealthRuleSpec {
    pub(super) fn check(&self, findings: &mut Findings) {
        findings.field("match", |findings| check_match(&self.match_, findings));
        findings.field("rules", |findings| match self.rules.len() {
            0 => findings.report(
                "without a rule it decides nothing",
                "add one, such as {when: \"status.phase == 'Ready'\", phase: Healthy}",
            ),
            count if count > Self::MAX_RULES => {
                let help = "let several rules be one: `when` takes `||`";
                findings.report(format!("{count} rules; there may be {}", Self::MAX_RULES), help);
            }
            _ => {}
        });
        findings.each("rules", &self.rules, |findings, rule| rule.check(findings));
    }
}

impl HealthCheck {
    fn check(&self, findings: &mut Findings) {
        findings.field("reason", |findings| {
            if !self.reason.is_empty() && !is_word(&self.reason) {
                let help = format!(
                    "write one word of letters and digits, at most {MAX_REASON}, as in NotEnoughPods"
                );
                findings.report(format!("`{}` is not a reason", self.reason), help);
            }
        });
        findings.field("message", |findings| {
            let bytes = self.message.len();
            if bytes > Status::MAX_MESSAGE {
                let help = "make it shorter: reports carry no more of it";
                findings.report(format!("{bytes} bytes; there may be {}", Status::MAX_MESSAGE), help);
            }
        });
    }
}

fn is_word(text: &str) -> bool {
    text.len() <= MAX_REASON
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
