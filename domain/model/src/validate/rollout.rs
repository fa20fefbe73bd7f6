//! The rules of rollouts.

mod gate;
mod selection;
mod url;
mod window;

use super::check_name;
use crate::{Factor, Rate, RolloutSpec, Select, Share, Span, Wave, violation::Findings};

/// Ninety days: longer is a slip of the unit.
const MAX_SPAN: Span = Span(90 * 24 * 3_600_000);

impl RolloutSpec {
    pub(super) fn check(&self, findings: &mut Findings) {
        findings.field("waves", |findings| check_count(findings, self.waves.len(), Self::MAX_WAVES));
        findings.each("waves", &self.waves, |findings, wave| wave.check(findings));
        selection::check(&self.waves, findings);
        self.check_wave_names(findings);
        findings.field("progressDeadline", |findings| {
            self.progress_deadline.iter().for_each(|span| check_positive(*span, findings));
        });
        findings.field("maxFailures", |findings| check_share(self.max_failures, findings));
        findings.field("rate", |findings| self.rate.iter().for_each(|rate| rate.check(findings)));
        findings.field("windows", |findings| check_count(findings, self.windows.len(), Self::MAX_WINDOWS));
        findings.each("windows", &self.windows, |findings, window| window.check(findings));
    }

    fn check_wave_names(&self, findings: &mut Findings) {
        let mut index = 0;
        findings.each("waves", &self.waves, |findings, wave| {
            let is_twice = self.waves[..index].iter().any(|earlier| earlier.name == wave.name);
            findings.field("name", |findings| {
                if is_twice {
                    findings
                        .report(format!("another wave is called `{}`, too", wave.name), "rename one of them");
                }
            });
            index += 1;
        });
    }
}

impl Wave {
    fn check(&self, findings: &mut Findings) {
        findings.field("name", |findings| {
            check_name(findings, &self.name);
            if self.name == RolloutSpec::REMAINDER && self.select.is_some() {
                let help = "rename it, or remove select";
                findings.report("this is what the wave of all that is left is called", help);
            }
        });
        if let Some(Select::Selector(selector)) = &self.select {
            findings
                .field("select", |findings| findings.field("selector", |findings| selector.check(findings)));
        }
        findings.field("maxConcurrency", |findings| check_some(self.max_concurrency, findings));
        findings.field("minSuccess", |findings| check_share(self.min_success, findings));
        findings.field("soak", |findings| self.soak.iter().for_each(|span| check_span(*span, findings)));
        findings.field("gates", |findings| check_count(findings, self.gates.len(), Self::MAX_GATES));
        findings.each("gates", &self.gates, |findings, gate| gate.check(findings));
    }
}

impl Rate {
    fn check(&self, findings: &mut Findings) {
        findings.field("start", |findings| check_some(Some(self.start), findings));
        findings.field("factor", |findings| {
            if self.factor < (Factor { thousandths: 1000 }) {
                let message = format!("{}: fewer after each success", self.factor);
                findings.report(message, "write 1 to stay at start, or more, as in 2");
            }
        });
        findings.field("max", |findings| {
            check_some(self.max, findings);
            if let (Share::Count(start), Some(Share::Count(max))) = (self.start, self.max)
                && max < start
            {
                findings
                    .report(format!("{max} is below start, which is {start}"), "raise it, or lower start");
            }
        });
    }
}

fn check_count(findings: &mut Findings, count: usize, most: usize) {
    if count > most {
        findings.report(format!("{count} of them; there may be {most}"), "let several be one");
    }
}

fn check_share(share: Option<Share>, findings: &mut Findings) {
    if let Some(Share::Percent(percent)) = share
        && percent.0 > 100
    {
        findings.report(format!("{percent} is more than all"), "write at most 100%");
    }
}

/// A share with which something moves.
fn check_some(share: Option<Share>, findings: &mut Findings) {
    check_share(share, findings);
    if share.is_some_and(|share| share.ceil(u64::MAX / 100) == 0) {
        findings
            .report("with 0 nothing would ever move", "write at least 1; to hold it up, set paused: true");
    }
}

fn check_span(span: Span, findings: &mut Findings) {
    if span > MAX_SPAN {
        findings.report(format!("{span} is longer than 90 days"), "check the unit: h, m, s or ms");
    }
}

fn check_positive(span: Span, findings: &mut Findings) {
    check_span(span, findings);
    if span.0 == 0 {
        findings.report("0 is over at once", "write a duration such as 10m, or remove it");
    }
}
