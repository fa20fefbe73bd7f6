//! `tributary-placement`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    chassis::main("tributary-placement", placement_service::run)
}
