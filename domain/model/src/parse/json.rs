//! Reads JSON, one or several values one after the other.
//!
//! YAML's reader would take most of it, but not all: escapes of surrogate pairs differ, and so do tabs.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::{
    builder::{Builder, Kind},
    error::Fault,
    scalar,
};
use crate::FieldPath;

/// Whether to read `text` as JSON: the file says so, or it looks so and holds up.
pub(super) fn is_json(file: &str, text: &str) -> bool {
    let looks_so = || text.trim_start().starts_with(['{', '[']) && check(text).is_ok();
    file.ends_with(".json") || looks_so()
}

/// Reads every value into the builder. The grammar is checked first, so that what reads it afterwards need not.
pub(super) fn read(text: &str, builder: &mut Builder) -> Result<(), Fault> {
    check(text)?;
    let mut reader = Reader { text, at: 0, line: 1 };
    while let Some(byte) = reader.next_token() {
        reader.take(byte, builder)?;
    }
    Ok(())
}

fn check(text: &str) -> Result<(), Fault> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    values.try_for_each(|value| {
        value.map(|_| ()).map_err(|error| {
            Fault::new(error.line().max(1), FieldPath::default(), error.to_string(), "correct the JSON")
        })
    })
}

/// Walks over text that is known to be JSON.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Reader<'_> {
    /// The first byte of the next token; white space, commas and colons carry nothing once the grammar is known.
    fn next_token(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b'\n' => self.line += 1,
                b' ' | b'\t' | b'\r' | b',' | b':' => {}
                _ => return Some(byte),
            }
            self.at += 1;
        }
        None
    }

    fn take(&mut self, byte: u8, builder: &mut Builder) -> Result<(), Fault> {
        let line = self.line;
        match byte {
            b'{' | b'[' => {
                self.at += 1;
                let kind = if byte == b'{' { Kind::Mapping } else { Kind::List };
                builder.start(kind, line, 0)
            }
            b'}' | b']' => {
                self.at += 1;
                builder.end()
            }
            b'"' => {
                let text = self.string();
                builder.scalar(line, 0, Value::String(text.clone()), &text, false)
            }
            _ => {
                let text = self.word().to_owned();
                let value =
                    scalar::plain(&text).map_err(|(message, help)| builder.fault(line, message, help))?;
                builder.scalar(line, 0, value, &text, false)
            }
        }
    }

    fn string(&mut self) -> String {
        let bytes = &self.text.as_bytes()[self.at..];
        let mut end = 1;
        while end < bytes.len() && bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let token = self.text.get(self.at..self.at + end + 1).unwrap_or_default();
        self.at += end + 1;
        serde_json::from_str(token).unwrap_or_default()
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> &str {
        let rest = &self.text[self.at..];
        let end =
            rest.find(|c: char| c.is_ascii_whitespace() || ",:]}[{\"".contains(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }
}
