//! The trace that a change begins with: a command that changes something is its first span, and its calls carry it on.
//!
//! Nothing is recorded unless the standard `OTEL_*` variables ask for it; a trace that the environment names
//! (`TRACEPARENT`) is gone on with in any case. Telemetry that does not work never makes a command fail.

use anyhow::Result;
use chassis::Recording;
use chassis::trace::{self, Kind, Span};
use tonic::Request;

use crate::{
    args::{Cli, Command},
    command::{self, Outcome},
    output,
};

/// Runs the command that was typed, recorded if it changes something.
pub async fn run(cli: Cli) -> Result<Outcome> {
    let Some(name) = change(&cli.command) else { return command::run(cli).await };
    let recording = match Recording::start("tributary", |warning| warn(warning)) {
        Ok(recording) => recording,
        Err(error) => {
            warn(format_args!("{:#}", anyhow::Error::from(error)));
            return command::run(cli).await;
        }
    };
    let span = Span::begin(name, Kind::Client, trace::inherited().as_deref());
    // Boxed: it holds the state of any command.
    let result = span.within(Box::pin(command::run(cli))).await;
    result.as_ref().inspect_err(|error| span.fail(format!("{error:#}"))).ok();
    drop(span);
    recording.end().await;
    result
}

/// A call that is part of the trace.
pub fn carry<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    let trace = trace::current().or_else(trace::inherited);
    if let Some(trace) = trace.and_then(|trace| trace.parse().ok()) {
        request.metadata_mut().insert("traceparent", trace);
    }
    request
}

fn warn(text: impl std::fmt::Display) {
    output::note(format_args!("warning: {text}"));
}

/// What the span of a command is called that changes something.
fn change(command: &Command) -> Option<&'static str> {
    match command {
        Command::Apply(_) => Some("tributary apply"),
        Command::Delete(_) => Some("tributary delete"),
        Command::Import(_) => Some("tributary import"),
        _ => None,
    }
}
