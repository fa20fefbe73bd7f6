//! The flags that every service has that writes tables.

use std::time::Duration;

/// A service flattens it into its own flags.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Where NATS is; several addresses separated by commas
    #[arg(long, env = "TRIBUTARY_NATS_URL", default_value = "nats://127.0.0.1:4222", value_name = "URL")]
    pub nats_url: String,

    /// Another replica takes over when this one has not renewed its lease for so long
    #[arg(long, env = "TRIBUTARY_LEASE", default_value = "3s", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub lease: Duration,

    #[command(flatten)]
    pub process: chassis::Args,
}

impl AsRef<chassis::Args> for Args {
    fn as_ref(&self) -> &chassis::Args {
        &self.process
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Whole {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn the_lease_is_a_duration_as_people_write_it() {
        let args = Whole::try_parse_from(["x", "--lease", "1500ms"]).unwrap().args;
        assert_eq!(args.lease, Duration::from_millis(1_500));
    }
}
