//! `tributary-translation`: see the library.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: chassis::Allocator = chassis::Allocator;

fn main() -> ExitCode {
    chassis::main("tributary-translation", translation_service::run)
}
