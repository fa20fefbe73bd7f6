//! The gateway as a process.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: chassis::Allocator = chassis::Allocator;

fn main() -> ExitCode {
    chassis::main::<gateway_service::Args, _, _>("tributary-gateway", gateway_service::run)
}
