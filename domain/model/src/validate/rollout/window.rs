//! The rules of windows.

use super::super::check_once;
use crate::{TimeOfDay, Window, violation::Findings};

impl Window {
    pub(super) fn check(&self, findings: &mut Findings) {
        check_once(findings, "days", self.days.iter().map(|day| format!("{day:?}")));
        findings.field("from", |findings| {
            if self.from == TimeOfDay::MIDNIGHT {
                findings.report("24:00 is the end of a day", "write 00:00, and the next day");
            }
        });
        findings.field("to", |findings| {
            if self.to == self.from {
                findings.report(
                    "it ends when it begins",
                    "to mean the whole day, write from: 00:00 and to: 24:00",
                );
            }
        });
    }
}
