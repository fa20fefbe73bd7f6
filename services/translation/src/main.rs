//! `tributary-translation`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    chassis::main("tributary-translation", translation_service::run)
}
