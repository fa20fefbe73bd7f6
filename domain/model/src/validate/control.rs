//! The rules of what people say to rollouts.

use super::check_name;
use crate::{RolloutControlSpec, RolloutSpec, violation::Findings};

impl RolloutControlSpec {
    pub(super) fn check(&self, findings: &mut Findings) {
        findings.field("placementUid", |findings| {
            if self.placement_uid.is_empty() {
                findings.report("it is empty", "write the metadata.uid of the placement");
            }
        });
        findings.field("number", |findings| {
            if self.number == 0 {
                findings.report(
                    "rollouts begin with number 1",
                    "write the number that `tributary rollout status` tells",
                );
            }
        });
        findings.field("approved", |findings| {
            let count = self.approved.len();
            if count > RolloutSpec::MAX_WAVES {
                findings.report(
                    format!("{count} waves; there may be {}", RolloutSpec::MAX_WAVES),
                    "keep those of this rollout",
                );
            }
        });
        findings.each("approved", &self.approved, |findings, wave| check_name(findings, wave));
        if self.aborted && self.undo_to.is_some() {
            findings.report("aborted and undoTo name different ends", "keep one of them");
        }
    }
}
