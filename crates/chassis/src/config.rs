//! Parsing of the command line and environment, and `--print-config`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use crate::args::Args;
use crate::error::BAD_CONFIGURATION;

/// Parses the process's own arguments. `Err` is the code to end with: 0 after `--help`, `--version` or
/// `--print-config`, 64 after a message about what is wrong.
pub fn parse<A: clap::Parser + AsRef<Args>>() -> Result<A, ExitCode> {
    let mut command = A::command();
    let matches = command.try_get_matches_from_mut(std::env::args_os()).map_err(refused)?;
    let args = A::from_arg_matches(&matches).map_err(|e| refused(e.format(&mut command)))?;
    if args.as_ref().print_config {
        let text = effective(&command, &matches);
        return Err(std::io::stdout()
            .write_all(text.as_bytes())
            .map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS));
    }
    Ok(args)
}

fn refused(error: clap::Error) -> ExitCode {
    // A closed standard error leaves nobody to tell; the exit code still says it.
    error.print().ok();
    if error.use_stderr() { ExitCode::from(BAD_CONFIGURATION) } else { ExitCode::SUCCESS }
}

/// One line for each setting: flag, value, and where the value comes from.
fn effective(command: &Command, matches: &ArgMatches) -> String {
    let mut text = String::new();
    for arg in command.get_arguments().filter(|a| a.get_id() != "print_config") {
        let Some(flag) = arg.get_long() else { continue };
        let Some(values) = matches.try_get_raw(arg.get_id().as_str()).ok().flatten() else { continue };
        let values: Vec<_> = values.map(|v| v.to_string_lossy()).collect();
        let source = source(matches.value_source(arg.get_id().as_str()));
        writeln!(text, "--{flag}={} # {source}", values.join(",")).expect("a String takes any text");
    }
    text
}

fn source(source: Option<ValueSource>) -> &'static str {
    match source {
        Some(ValueSource::CommandLine) => "command line",
        Some(ValueSource::EnvVariable) => "environment",
        _ => "default",
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    struct Service {
        #[command(flatten)]
        process: Args,
        #[arg(long, default_value = "nats://127.0.0.1:4222")]
        nats_url: String,
    }

    #[test]
    fn the_printed_configuration_has_every_flag_with_its_source() {
        let mut command = Service::command();
        let line = ["x", "--admin-listen", "127.0.0.1:9", "--nats-url=nats://n:1"];
        let matches = command.try_get_matches_from_mut(line).unwrap();
        let text = effective(&command, &matches);
        assert!(text.contains("--admin-listen=127.0.0.1:9 # command line\n"), "{text}");
        assert!(text.contains("--grace-period=10s # default\n"), "{text}");
        assert!(text.contains("--nats-url=nats://n:1 # command line\n"), "{text}");
    }

    #[test]
    fn a_log_filter_that_means_nothing_is_refused() {
        let error = Service::try_parse_from(["x", "--log-level", "info,bus=loud"]).unwrap_err();
        assert!(error.to_string().contains("--log-level"), "{error}");
    }

    #[test]
    fn a_service_has_the_flags_of_the_frame() {
        let service = Service::try_parse_from(["x"]).unwrap();
        assert_eq!(service.process.admin_listen.port(), 0);
        assert_eq!(service.nats_url, "nats://127.0.0.1:4222");
    }
}
