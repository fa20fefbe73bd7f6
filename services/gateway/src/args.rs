//! The gateway's flags.

use std::net::SocketAddr;

/// The API of Tributary: declares what should run where, and shows what does
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "tributary-gateway", version)]
pub struct Args {
    /// Where the gRPC API is served; port 0 takes a free one, which is logged
    #[arg(long, env = "TRIBUTARY_LISTEN", default_value = "127.0.0.1:7800", value_name = "ADDRESS")]
    pub listen: SocketAddr,

    /// The NATS servers, separated by commas
    #[arg(long, env = "TRIBUTARY_NATS_URL", default_value = "nats://127.0.0.1:4222", value_name = "URL")]
    pub nats_url: String,

    #[command(flatten)]
    pub process: chassis::Args,
}

impl AsRef<chassis::Args> for Args {
    fn as_ref(&self) -> &chassis::Args {
        &self.process
    }
}
