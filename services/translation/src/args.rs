//! The flags of the service.

use std::time::Duration;

use crate::collector::Ages;

/// Renders what placement has decided into one document for each location
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "tributary-translation", version)]
pub struct Args {
    /// Rendered content that nothing names is deleted when it is older, by the server's clock; no agent should take so long
    /// from a document to its content. After a quarter of it, content is stored again before it is named again
    #[arg(long, env = "TRIBUTARY_BLOB_MIN_AGE", default_value = "24h", value_name = "DURATION", value_parser = positive)]
    pub blob_min_age: Duration,

    /// How often to look for content that nothing names, and for content that is named and gone, which is stored again
    #[arg(long, env = "TRIBUTARY_BLOB_COLLECT_PERIOD", default_value = "10m", value_name = "DURATION", value_parser = positive)]
    pub blob_collect_period: Duration,

    #[command(flatten)]
    pub service: service::Args,
}

impl AsRef<chassis::Args> for Args {
    fn as_ref(&self) -> &chassis::Args {
        self.service.as_ref()
    }
}

impl Args {
    /// When content is collected.
    pub fn ages(&self) -> Ages {
        Ages { min_age: self.blob_min_age, period: self.blob_collect_period }
    }
}

/// A duration that is not zero.
fn positive(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if duration.is_zero() => Err("it has to be longer than nothing".to_owned()),
        parsed => parsed.map_err(|error| error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn ages_are_durations_and_never_zero() {
        let parse = |flag: &str| Args::try_parse_from(["x", flag]);
        assert_eq!(parse("--blob-min-age=36h").unwrap().ages().min_age, Duration::from_secs(36 * 3600));
        assert!(parse("--blob-min-age=0s").is_err() && parse("--blob-collect-period=0s").is_err());
    }
}
