//! What can go wrong in the frame, and which exit code it means.

use std::net::SocketAddr;
use std::process::ExitCode;

/// `EX_USAGE` of sysexits.h: the configuration is wrong, and starting again will not help.
pub const BAD_CONFIGURATION: u8 = 64;

/// Why a process of this frame could not run. None of these is worth a retry by the same process.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration is wrong in a way that only the process itself can see. A body returns this to make
    /// the process end with 64.
    #[error("bad configuration: {0}")]
    Configuration(String),
    /// The admin address cannot be bound.
    #[error("cannot listen on {address} for the admin endpoints (choose another --admin-listen)")]
    AdminListen { address: SocketAddr, source: std::io::Error },
    /// The runtime or a signal handler could not be set up.
    #[error("cannot set up the process")]
    Process(#[source] std::io::Error),
    /// The standard `OTEL_*` variables ask for an exporter that cannot be built.
    #[error("cannot set up the telemetry that OTEL_EXPORTER_OTLP_* asks for")]
    Telemetry(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// 64 for what a changed configuration would cure, 1 for all else.
pub(crate) fn exit_code(error: &anyhow::Error) -> ExitCode {
    match error.downcast_ref::<Error>() {
        Some(Error::Configuration(_) | Error::AdminListen { .. } | Error::Telemetry(_)) => {
            ExitCode::from(BAD_CONFIGURATION)
        }
        _ => ExitCode::FAILURE,
    }
}
