//! The flags of the service.

use std::time::Duration;

use summarization::Settings;

use crate::view::{Regions, Scope};

/// Reduces the reports of locations to partials, presence and summaries
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "tributary-summarization", version)]
pub struct Args {
    /// A region to summarize; may be repeated; `*` is all regions. Without --region and --hub: all regions and the hub
    #[arg(long, env = "TRIBUTARY_REGION", value_delimiter = ',', value_name = "NAME")]
    pub region: Vec<String>,

    /// Summarize for the hub
    #[arg(long, env = "TRIBUTARY_HUB")]
    pub hub: bool,

    /// How often agents are expected to be heard that have not told their period yet
    #[arg(long, env = "TRIBUTARY_HEARTBEAT", default_value = "60s", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub heartbeat: Duration,

    #[command(flatten)]
    pub service: service::Args,
}

impl AsRef<chassis::Args> for Args {
    fn as_ref(&self) -> &chassis::Args {
        self.service.as_ref()
    }
}

impl Args {
    /// What this process summarizes.
    pub fn scope(&self) -> Scope {
        if self.region.is_empty() && !self.hub {
            return Scope { regions: Regions::All, hub: true };
        }
        let all = self.region.iter().any(|region| region == "*");
        let named = || Regions::Named(self.region.iter().cloned().collect());
        Scope { regions: if all { Regions::All } else { named() }, hub: self.hub }
    }

    /// What the domain is told.
    pub fn settings(&self) -> Settings {
        Settings { usual_period_ms: u64::try_from(self.heartbeat.as_millis()).unwrap_or(u64::MAX) }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn scope(line: &[&str]) -> Scope {
        Args::try_parse_from([&["x"], line].concat()).unwrap().scope()
    }

    #[test]
    fn without_flags_everything_is_summarized() {
        assert_eq!(scope(&[]), Scope { regions: Regions::All, hub: true });
    }

    #[test]
    fn a_region_alone_leaves_the_hub_to_others() {
        let named = Regions::Named(["eu".to_owned(), "us".to_owned()].into());
        assert_eq!(scope(&["--region", "eu", "--region", "us"]), Scope { regions: named, hub: false });
        assert_eq!(scope(&["--region", "*"]), Scope { regions: Regions::All, hub: false });
    }

    #[test]
    fn the_hub_alone_leaves_the_regions_to_others() {
        assert_eq!(scope(&["--hub"]), Scope { regions: Regions::Named([].into()), hub: true });
    }
}
