//! From CEL values to what manifests are made of.

use cel::Value as Cel;
use serde_json::{Number, Value};

/// The same value in JSON, or why there is none.
pub fn from_cel(value: &Cel) -> Result<Value, String> {
    Ok(match value {
        Cel::Null => Value::Null,
        Cel::Bool(bool) => Value::Bool(*bool),
        Cel::Int(number) => Value::from(*number),
        Cel::UInt(number) => Value::from(*number),
        Cel::Float(number) => Value::Number(finite(*number)?),
        Cel::String(text) => Value::String(text.to_string()),
        Cel::Bytes(_) => value.json().map_err(|_| unsupported(value))?,
        Cel::List(items) => Value::Array(items.iter().map(from_cel).collect::<Result<_, _>>()?),
        Cel::Map(map) => {
            let entry = |(key, value): (&cel::objects::Key, &Cel)| Ok((key.to_string(), from_cel(value)?));
            let mut entries = map.map.iter().map(entry).collect::<Result<Vec<_>, String>>()?;
            // Two keys may have one text, as 1 and "1" do; then the order decides.
            entries.sort_by(|left, right| left.0.cmp(&right.0));
            if entries.windows(2).any(|pair| pair[0].0 == pair[1].0) {
                return Err("two keys of a map have the same text".to_owned());
            }
            Value::Object(entries.into_iter().collect())
        }
        _ => return Err(unsupported(value)),
    })
}

fn finite(number: f64) -> Result<Number, String> {
    Number::from_f64(number).ok_or_else(|| "the result is not a finite number".to_owned())
}

fn unsupported(value: &Cel) -> String {
    format!("the result is of type {}, which JSON does not have", value.type_of())
}
