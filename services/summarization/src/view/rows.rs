//! The domain's results as rows.

use bus::Write;
use bus::flow::{Batch, Unit};
use summarization::Output;
use wire::Key;

use super::View;
use crate::trace::Reached;

/// The unit of summaries that is called `name`.
pub(super) fn unit_number(name: &str) -> Option<u32> {
    name.parse().ok().filter(|unit| *unit < model::UNITS)
}

impl View {
    /// Partials, progress and presence of a region.
    pub(super) fn partials(&mut self, unit: &Unit, limit: usize) -> Batch {
        let now = self.now;
        let Some(region) = self.regions.get_mut(&unit.name) else { return Batch::default() };
        region.led = Some(now);
        let outputs = region.view.writes(now, limit);
        let more = region.view.has_more();
        let rows = outputs.into_iter().map(|output| self.write(unit, output)).collect();
        Batch { rows, more, ..Batch::default() }
    }

    /// Summaries of a unit.
    pub(super) fn summaries(&mut self, unit: &Unit, limit: usize) -> Batch {
        let Some(number) = unit_number(&unit.name) else { return Batch::default() };
        self.led = Some(self.now);
        let summaries = self.hub.writes(number, self.now, limit);
        let write = |(placement, summary)| {
            let trace = self.traces.write(unit, ("", &placement), &Reached::from(&summary));
            let value = wire::encode_summary(&summary, &trace);
            Write::new(Key::Summary(placement), value).traced(told(trace))
        };
        let rows = summaries.into_iter().map(write).collect();
        Batch { rows, more: self.hub.has_more(number), ..Batch::default() }
    }

    fn write(&mut self, unit: &Unit, output: Output) -> Write {
        let region = &unit.name;
        match output {
            Output::Partial { parent, placement, partial } => {
                let trace = self.traces.write(unit, (region, &placement), &Reached::from(&partial));
                let value = wire::encode_partial(&partial, &trace);
                Write::new(Key::Partial { parent, child: region.to_owned(), placement }, value)
                    .traced(told(trace))
            }
            Output::Progress { bucket, placement, progress } => {
                let key = Key::Progress { region: region.to_owned(), bucket, placement };
                Write::new(key, wire::encode_progress(&progress))
            }
            Output::Presence { bucket, presence } => {
                let key = Key::Presence { region: region.to_owned(), bucket };
                Write::new(key, wire::encode_presence(&presence))
            }
        }
    }
}

fn told(trace: String) -> Option<String> {
    (!trace.is_empty()).then_some(trace)
}
