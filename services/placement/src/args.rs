//! The flags of the service.

use std::time::Duration;

/// Decides which objects go to which locations
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "tributary-placement", version)]
pub struct Args {
    #[command(flatten)]
    pub process: chassis::Args,

    /// Where NATS is; several addresses separated by commas
    #[arg(long, env = "TRIBUTARY_NATS_URL", default_value = "nats://127.0.0.1:4222", value_name = "URL")]
    pub nats_url: String,

    /// Another replica takes over when this one has not renewed its lease for so long
    #[arg(long, env = "TRIBUTARY_LEASE", default_value = "3s", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub lease: Duration,
}

impl AsRef<chassis::Args> for Args {
    fn as_ref(&self) -> &chassis::Args {
        &self.process
    }
}

impl Args {
    /// Unlike that of any other process, the same one's next life included.
    pub fn holder(&self) -> String {
        format!("placement-{:016x}", rand::random::<u64>())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn the_lease_is_a_duration_as_people_write_it() {
        let args = Args::try_parse_from(["x", "--lease", "1500ms"]).unwrap();
        assert_eq!(args.lease, Duration::from_millis(1_500));
        assert_ne!(args.holder(), args.holder());
    }
}
