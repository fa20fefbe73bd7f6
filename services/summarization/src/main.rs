//! `tributary-summarization`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    chassis::main("tributary-summarization", summarization_service::run)
}
