//! From the text that users write to valid resources, or to all that is wrong with it.
//!
//! ```text
//!   text --yaml | json--> values + lines --list--> objects --resource--> Resource --validate-->
//! ```
//!
//! Made for input that nobody has looked at: no text makes it panic, recurse deeply, or take memory out of
//! proportion to its length.

mod builder;
mod error;
mod json;
mod lines;
mod list;
mod resource;
mod scalar;
mod typed;
mod yaml;

pub use error::Error;

use serde::de::DeserializeOwned;

use self::{
    builder::{Builder, Node},
    error::Fault,
    list::Item,
};
use crate::{FieldPath, Resource};

/// Bytes of one file. All of kube-prometheus is a tenth of it.
pub const MAX_BYTES: usize = 64 << 20;
/// Errors told about one file.
const MAX_ERRORS: usize = 100;

/// A resource and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    pub resource: Resource,
    pub file: String,
    /// Counted from 1.
    pub line: usize,
}

/// All resources of a file, in order, or all errors. `file` is for messages (and `.json` says what it holds);
/// resources that name no space get `default_space`.
pub fn documents(file: &str, text: &str, default_space: &str) -> Result<Vec<Document>, Vec<Error>> {
    let (items, mut faults) = items(file, text);
    let mut documents = Vec::new();
    for item in items {
        let Item { value, lines, path } = item;
        match resource::read(value, default_space) {
            Ok(resource) => documents.push(Document { resource, file: file.to_owned(), line: lines.line() }),
            Err(found) => faults.extend(found.into_iter().map(|violation| Fault {
                line: lines.find(&violation.path),
                path: path.extended(&violation.path),
                message: violation.message,
                help: violation.help,
            })),
        }
    }
    if faults.is_empty() {
        return Ok(documents);
    }
    faults.sort_by_key(|fault| fault.line);
    faults.truncate(MAX_ERRORS);
    Err(faults.into_iter().map(|fault| fault.in_file(file)).collect())
}

/// The documents of a file that are no resources but of some other type, or all that is wrong with them.
pub fn typed<T: DeserializeOwned>(file: &str, text: &str) -> Result<Vec<T>, Vec<Error>> {
    let (items, mut faults) = items(file, text);
    let mut documents = Vec::new();
    for Item { value, lines, .. } in items {
        let (document, found) = typed::read(value, &FieldPath::default());
        documents.extend(document);
        faults.extend(found.into_iter().map(|violation| Fault {
            line: lines.find(&violation.path),
            path: violation.path,
            message: violation.message,
            help: violation.help,
        }));
    }
    if faults.is_empty() {
        return Ok(documents);
    }
    Err(faults.into_iter().map(|fault| fault.in_file(file)).collect())
}

/// The objects of a text, lists taken apart, and what is wrong with the text as such.
fn items(file: &str, text: &str) -> (Vec<Item>, Vec<Fault>) {
    if text.len() > MAX_BYTES {
        let message = format!("{} bytes; a file may have {} MiB", text.len(), MAX_BYTES >> 20);
        return (Vec::new(), vec![Fault::new(1, FieldPath::default(), message, "split it into several")]);
    }
    let mut builder = Builder::default();
    let read = if json::is_json(file, text) { json::read } else { yaml::read };
    let end = read(text, &mut builder);
    let mut faults = builder.faults;
    faults.extend(end.err());
    let mut items = Vec::new();
    for Node { value, lines, .. } in builder.roots {
        // Nothing between two `---`, or only comments.
        if !value.is_null() {
            list::flatten(Item { value, lines, path: FieldPath::default() }, &mut items);
        }
    }
    (items, faults)
}
