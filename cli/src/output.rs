//! All of stdout and stderr goes through here.
//!
//! Writing can fail, and does when a pipe is closed early: that is an error to hand up, not a panic as in `println!`.

use std::io::{self, Write as _};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::{
    args::{Global, Output},
    table::Table,
    terminal,
};

/// A line on stdout.
pub fn line(text: impl std::fmt::Display) -> Result<()> {
    writeln!(io::stdout().lock(), "{text}")?;
    Ok(())
}

/// Bytes on stdout as they are.
pub fn raw(bytes: &[u8]) -> Result<()> {
    io::stdout().lock().write_all(bytes)?;
    Ok(())
}

/// Something to know that is not the answer; on stderr, so that the answer can be piped on.
pub fn note(text: impl std::fmt::Display) {
    // Nobody may be listening; that changes nothing.
    writeln!(io::stderr().lock(), "{text}").ok();
}

/// Why the command failed: the error, and what led to it.
pub fn error(error: &anyhow::Error) {
    note(format_args!("error: {error:#}"));
}

/// Columns, cut to fit a terminal unless all of them were asked for.
pub fn table(global: &Global, table: &Table) -> Result<()> {
    let width = terminal::size().filter(|_| !global.is_wide()).map(|size| size.width);
    line(table.text(width))
}

/// One of many documents that come over time: a line of JSON, or a YAML document that begins with `---`.
pub fn streamed(format: Output, value: &Value) -> Result<()> {
    match format {
        Output::Json => line(value),
        Output::Yaml | Output::Table | Output::Wide => raw(format!("---\n{}", yaml(value)?).as_bytes()),
    }
}

/// One document.
pub fn document(format: Output, value: &Value) -> Result<()> {
    match format {
        Output::Json => line(serde_json::to_string_pretty(value).context("printing JSON")?),
        Output::Yaml | Output::Table | Output::Wide => raw(yaml(value)?.as_bytes()),
    }
}

/// Several documents: a YAML stream, or a list in JSON.
pub fn documents(format: Output, values: Vec<Value>) -> Result<()> {
    if format == Output::Json {
        let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": values});
        return document(format, &list);
    }
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            line("---")?;
        }
        document(format, value)?;
    }
    Ok(())
}

/// A value as YAML, with a line feed at the end.
pub fn yaml(value: &Value) -> Result<String> {
    let text = serde_saphyr::to_string(value).context("printing YAML")?;
    Ok(if text.ends_with('\n') { text } else { text + "\n" })
}
