//! The flags of the service.

use std::time::Duration;

/// Renders what placement has decided into one document for each location
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "tributary-translation", version)]
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
        format!("translation-{:016x}", rand::random::<u64>())
    }
}
