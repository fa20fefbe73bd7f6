//! Which values of a location something depends on: decided on its syntax, so that rendering can be shared among
//! locations that agree in them.

use std::collections::{BTreeMap, BTreeSet};

use cel::common::ast::operators::INDEX;
use cel::common::ast::{EntryExpr, Expr, IdedEntryExpr, IdedExpr, LiteralValue};
use model::{Digest, Location};

use crate::scope;

/// Fields of a location; an entry of one of its maps, or, where the entry is computed, the whole map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads(BTreeSet<(String, Option<String>)>);

/// All of the location: `location` is used other than by a field that is spelled out.
const EVERYTHING: &str = "";

impl Reads {
    pub(crate) fn of(root: &IdedExpr) -> Self {
        let mut reads = Self::default();
        reads.visit(root);
        reads
    }

    /// Whether it depends on no location.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it reads what no two locations share, so that remembering results is of no use.
    pub fn is_unique(&self) -> bool {
        self.0.iter().any(|(field, _)| field == "name" || field == EVERYTHING)
    }

    /// The fields that it reads, each with the entry if it is one of a map; a field that no location has, the empty one
    /// among them, stands for everything.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|(field, key)| (field.as_str(), key.as_deref()))
    }

    /// Takes the other's values in.
    pub fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }

    /// Names the values read of `location`: locations with the same digest render alike.
    pub fn digest(&self, location: &Location) -> Digest {
        // What is too large fails whatever is read of it.
        let mut bytes = vec![u8::from(scope::is_too_large(&location.metadata, &location.spec))];
        for (field, key) in &self.0 {
            match (map(location, field), key) {
                (Some(map), Some(key)) => put_entries(&mut bytes, map.get_key_value(key)),
                (Some(map), None) => put_entries(&mut bytes, map),
                (None, _) if field == "region" => put(&mut bytes, &location.spec.region),
                (None, _) if field == "name" => put(&mut bytes, &location.metadata.name),
                (None, _) => put_all(&mut bytes, location),
            }
        }
        Digest::of(&bytes)
    }

    fn visit(&mut self, expr: &IdedExpr) {
        match path(expr).as_deref() {
            Some([]) => self.add(EVERYTHING, None),
            Some([field]) => self.add(field, None),
            Some([field, key, ..]) => self.add(field, Some(key)),
            None => children(expr).into_iter().for_each(|it| self.visit(it)),
        }
    }

    fn add(&mut self, field: &str, key: Option<&str>) {
        self.0.insert((field.to_owned(), key.map(str::to_owned)));
    }
}

/// What an expression is made of.
pub(crate) fn children(expr: &IdedExpr) -> Vec<&IdedExpr> {
    match &expr.expr {
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::Comprehension(it) => {
            vec![&it.iter_range, &it.accu_init, &it.loop_cond, &it.loop_step, &it.result]
        }
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => map.entries.iter().flat_map(parts).collect(),
        Expr::Struct(it) => it.entries.iter().flat_map(parts).collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
    }
}

fn parts(entry: &IdedEntryExpr) -> Vec<&IdedExpr> {
    match &entry.expr {
        EntryExpr::StructField(field) => vec![&field.value],
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
    }
}

/// The fields selected from `location`, as [`path_from`] has them.
pub(crate) fn path(expr: &IdedExpr) -> Option<Vec<&str>> {
    path_from("location", expr)
}

/// The fields selected from a variable, outermost last: none for the variable itself. `None`: it is something else.
/// A leading dot asks for the outermost scope and is part of the name.
pub(crate) fn path_from<'e>(variable: &str, expr: &'e IdedExpr) -> Option<Vec<&'e str>> {
    match &expr.expr {
        Expr::Ident(name) if name.trim_start_matches('.') == variable => Some(Vec::new()),
        Expr::Select(select) => {
            let mut path = path_from(variable, &select.operand)?;
            path.push(&select.field);
            Some(path)
        }
        Expr::Call(call) if call.func_name == INDEX => match (call.target.as_deref(), call.args.as_slice()) {
            (None, [operand, key]) | (Some(operand), [key]) => {
                let mut path = path_from(variable, operand)?;
                path.push(literal(key)?);
                Some(path)
            }
            _ => None,
        },
        _ => None,
    }
}

fn literal(expr: &IdedExpr) -> Option<&str> {
    match &expr.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

fn map<'a>(location: &'a Location, field: &str) -> Option<&'a BTreeMap<String, String>> {
    match field {
        "labels" => Some(&location.metadata.labels),
        "annotations" => Some(&location.metadata.annotations),
        "properties" => Some(&location.spec.properties),
        "capacity" => Some(&location.spec.capacity),
        _ => None,
    }
}

fn put_all(bytes: &mut Vec<u8>, location: &Location) {
    put(bytes, &location.metadata.name);
    put(bytes, &location.spec.region);
    for field in ["labels", "annotations", "properties", "capacity"] {
        put_entries(bytes, map(location, field).into_iter().flatten());
    }
}

/// With their number first: an entry that is not there differs from an empty one.
fn put_entries<'a>(bytes: &mut Vec<u8>, entries: impl IntoIterator<Item = (&'a String, &'a String)>) {
    let entries: Vec<_> = entries.into_iter().collect();
    bytes.extend_from_slice(&(entries.len() as u64).to_be_bytes());
    for (key, value) in entries {
        put(bytes, key);
        put(bytes, value);
    }
}

fn put(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
    bytes.extend_from_slice(text.as_bytes());
}
