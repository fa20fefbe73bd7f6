//! The services, as they start.

use bus::flow::View;
use summarization_service::{Regions, Scope};

use crate::replica::Start;

/// Each with its name; two of each are run.
pub const ALL: &[(&str, Start)] =
    &[("placement", placement), ("translation", translation), ("summarization", summarization)];

fn placement(_now_ms: u64) -> Box<dyn View> {
    Box::new(placement_service::View::new(placement_service::Metrics::default()))
}

fn translation(_now_ms: u64) -> Box<dyn View> {
    Box::new(translation_service::View::new(translation_service::Metrics::default()))
}

fn summarization(now_ms: u64) -> Box<dyn View> {
    let scope = Scope { regions: Regions::All, hub: true };
    let settings = summarization::Settings { usual_period_ms: 1000 };
    Box::new(summarization_service::View::new(scope, settings, Default::default(), now_ms))
}
