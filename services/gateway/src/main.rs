//! The gateway as a process.

use std::process::ExitCode;

fn main() -> ExitCode {
    chassis::main::<gateway_service::Args, _, _>("tributary-gateway", gateway_service::run)
}
