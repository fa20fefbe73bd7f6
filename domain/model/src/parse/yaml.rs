//! Reads YAML 1.2.

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::Value;

use super::{
    builder::{Builder, Kind},
    error::Fault,
    scalar,
};

/// Reads every document into the builder. Pulls events instead of using the parser's own loader, which recurses.
pub(super) fn read(text: &str, builder: &mut Builder) -> Result<(), Fault> {
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        let (event, span) =
            next.map_err(|error| builder.fault(error.marker().line(), error.info(), "correct the YAML"))?;
        take(event, span.start.line(), builder)?;
    }
    Ok(())
}

fn take(event: Event<'_>, line: usize, builder: &mut Builder) -> Result<(), Fault> {
    match event {
        Event::DocumentStart(_) => builder.start_document(),
        Event::Alias(anchor) => builder.alias(line, anchor)?,
        Event::SequenceStart(anchor, tag) => {
            collection_tag(tag.as_deref(), "seq", line, builder);
            builder.start(Kind::List, line, anchor)?;
        }
        Event::MappingStart(anchor, tag) => {
            collection_tag(tag.as_deref(), "map", line, builder);
            builder.start(Kind::Mapping, line, anchor)?;
        }
        Event::SequenceEnd | Event::MappingEnd => builder.end()?,
        Event::Scalar(text, style, anchor, tag) => {
            let is_plain = style == ScalarStyle::Plain && tag.is_none();
            let value = value(&text, style, tag.as_deref()).unwrap_or_else(|(message, help)| {
                let fault = builder.fault(line, message, help);
                builder.faults.push(fault);
                Value::String(text.to_string())
            });
            builder.scalar(line, anchor, value, &text, is_plain)?;
        }
        Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
    }
    Ok(())
}

fn value(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, scalar::Refusal> {
    let string = || Ok(Value::String(text.to_owned()));
    match tag {
        None if style == ScalarStyle::Plain => scalar::plain(text),
        None => string(),
        Some(tag) if tag.is_yaml_core_schema() => match tag.suffix.as_str() {
            "str" => string(),
            "null" | "bool" | "int" | "float" => scalar::plain(text),
            _ => Err(unknown(tag)),
        },
        Some(tag) if tag.handle.is_empty() && tag.suffix == "!" => string(),
        Some(tag) => Err(unknown(tag)),
    }
}

fn collection_tag(tag: Option<&Tag>, expected: &str, line: usize, builder: &mut Builder) {
    let Some(tag) = tag else { return };
    if !(tag.is_yaml_core_schema() && tag.suffix == expected) {
        let (message, help) = unknown(tag);
        let fault = builder.fault(line, message, help);
        builder.faults.push(fault);
    }
}

fn unknown(tag: &Tag) -> scalar::Refusal {
    (format!("the tag `{tag}` has no meaning here"), "remove it")
}
