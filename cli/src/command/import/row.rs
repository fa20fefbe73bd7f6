//! Rows of a file as locations, each with its line.

use std::collections::BTreeMap;

use model::{LocationSpec, Metadata, Resource, Spec};
use serde_json::{Map, Value};

/// A line number and the location there, or what is wrong there.
pub type Row = (usize, Result<Resource, String>);

/// Wrong lines that are told.
const MAX_WRONG: usize = 20;

/// The locations of a CSV file.
pub fn from_csv(name: &str, text: &str) -> Vec<Row> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return vec![(1, Err(format!("{name}: {error}")))],
    };
    if let Some(wrong) = header.iter().find(|column| !is_column(column)) {
        let help = "columns are name, region, label:KEY, property:KEY and capacity:KEY";
        return vec![(1, Err(format!("unknown column `{wrong}`; {help}")))];
    }
    let rows = reader.records().map(|record| match record {
        Ok(record) => {
            let line = record.position().map_or(0, |position| position.line());
            (usize::try_from(line).unwrap_or_default(), Ok(from_record(&header, &record)))
        }
        Err(error) => {
            let line = error.position().map_or(0, |position| position.line());
            (usize::try_from(line).unwrap_or_default(), Err(error.to_string()))
        }
    });
    rows.collect()
}

/// The locations of a JSON Lines file.
pub fn from_json_lines(_name: &str, text: &str) -> Vec<Row> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(index, line)| (index + 1, from_line(line))).collect()
}

/// The valid ones, and what is wrong with the others as `FILE:LINE: …`.
pub fn validated(name: &str, rows: Vec<Row>) -> (Vec<Resource>, Vec<String>) {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    let mut lines = BTreeMap::new();
    for (line, row) in rows {
        match row {
            Err(message) => wrong.push(format!("{name}:{line}: {message}")),
            Ok(resource) => {
                let violations = resource.validate();
                wrong.extend(violations.iter().map(|violation| format!("{name}:{line}: {violation}")));
                if let Some(first) = lines.insert(resource.metadata.name.clone(), line) {
                    wrong.push(format!(
                        "{name}:{line}: location {} is also on line {first}",
                        resource.metadata.name
                    ));
                }
                found.push(resource);
            }
        }
    }
    if wrong.len() > MAX_WRONG {
        let more = wrong.len() - MAX_WRONG;
        wrong.truncate(MAX_WRONG);
        wrong.push(format!("and {more} more"));
    }
    (found, wrong)
}

fn is_column(column: &str) -> bool {
    let prefixes = ["label:", "property:", "capacity:"];
    ["name", "region"].contains(&column)
        || prefixes.iter().any(|prefix| column.len() > prefix.len() && column.starts_with(prefix))
}

fn from_record(header: &csv::StringRecord, record: &csv::StringRecord) -> Resource {
    let mut metadata = Metadata::default();
    let mut spec = LocationSpec::default();
    for (column, cell) in header.iter().zip(record).filter(|(_, cell)| !cell.is_empty()) {
        let cell = cell.to_owned();
        match column.split_once(':') {
            Some(("label", key)) => drop(metadata.labels.insert(key.to_owned(), cell)),
            Some(("property", key)) => drop(spec.properties.insert(key.to_owned(), cell)),
            Some((_, key)) => drop(spec.capacity.insert(key.to_owned(), cell)),
            None if column == "name" => metadata.name = cell,
            None => spec.region = cell,
        }
    }
    Resource { metadata, spec: Spec::Location(spec) }
}

fn from_line(line: &str) -> Result<Resource, String> {
    let mut fields: Map<String, Value> = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let metadata = Metadata {
        name: text("name", fields.remove("name"))?,
        labels: map("labels", fields.remove("labels"))?,
        ..Metadata::default()
    };
    let spec = LocationSpec {
        region: text("region", fields.remove("region"))?,
        properties: map("properties", fields.remove("properties"))?,
        capacity: map("capacity", fields.remove("capacity"))?,
        taints: Vec::new(),
    };
    match fields.keys().next() {
        Some(unknown) => Err(format!(
            "unknown field `{unknown}`; fields are name, region, labels, properties and capacity"
        )),
        None => Ok(Resource { metadata, spec: Spec::Location(spec) }),
    }
}

fn text(name: &str, value: Option<Value>) -> Result<String, String> {
    match value {
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(format!("{name}: expected a string, not {other}; quote it")),
        None => Err(format!("{name}: it is required")),
    }
}

fn map(name: &str, value: Option<Value>) -> Result<BTreeMap<String, String>, String> {
    match value {
        None | Some(Value::Null) => Ok(BTreeMap::new()),
        Some(Value::Object(fields)) => fields
            .into_iter()
            .map(|(key, value)| Ok((key.clone(), text(&format!("{name}.{key}"), Some(value))?)))
            .collect(),
        Some(other) => Err(format!("{name}: expected a mapping, not {other}")),
    }
}
