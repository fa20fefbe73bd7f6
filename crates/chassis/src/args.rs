//! The flags that every process has. A process flattens [`Args`] into its own clap structure.

use std::net::SocketAddr;
use std::time::Duration;

use tracing_subscriber::EnvFilter;

/// Flags of the process frame.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Process")]
pub struct Args {
    /// Where /livez, /readyz and /metrics are served; port 0 takes a free one, which is logged
    #[arg(long, env = "TRIBUTARY_ADMIN_LISTEN", default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    pub admin_listen: SocketAddr,

    /// How log lines are written to standard error
    #[arg(long, env = "TRIBUTARY_LOG_FORMAT", default_value = "text", value_enum)]
    pub log_format: LogFormat,

    /// A level, or directives such as `info,bus=debug`
    #[arg(long, env = "TRIBUTARY_LOG_LEVEL", default_value = "info", value_name = "FILTER", value_parser = filter)]
    pub log_level: String,

    /// How long the process may take to end after the first SIGTERM or SIGINT
    // 10 s: under the 30 s after which Kubernetes kills, and far over what handing leases back takes.
    #[arg(long, env = "TRIBUTARY_GRACE_PERIOD", default_value = "10s", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub grace_period: Duration,

    /// Print every setting with where it comes from, and end
    #[arg(long)]
    pub print_config: bool,
}

impl AsRef<Args> for Args {
    fn as_ref(&self) -> &Args {
        self
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

/// Checks the directives while flags are parsed, so that a typing error is bad configuration and not silence.
fn filter(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|e| e.to_string())
}
