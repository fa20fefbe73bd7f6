//! Which names an expression means that nobody gives a value.

use cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, IdedExpr};

/// Names of types, as `type(x) == string` has them.
const TYPES: [&str; 10] =
    ["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"];

/// The first name in `root` that is none of `known`, no type, and bound by no comprehension.
pub fn unknown<'e>(root: &'e IdedExpr, known: &[&'e str]) -> Option<&'e str> {
    first(root, &mut known.to_vec())
}

/// Where a name stands in a text, in characters from 1.
pub fn position(text: &str, name: &str) -> usize {
    let is_word = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let alone = |(at, _): &(usize, &str)| {
        let (before, after) = (&text[..*at], &text[at + name.len()..]);
        !before.ends_with(|char| is_word(char) || char == '.') && !after.starts_with(is_word)
    };
    let at = text.match_indices(name).find(alone).map_or(0, |(at, _)| at);
    text[..at].chars().count() + 1
}

/// Where a field of a variable stands, in characters from 1.
pub fn position_of_field(text: &str, variable: &str, field: &str) -> usize {
    let at = text.match_indices(variable).find_map(|(at, found)| {
        let rest = text[at + found.len()..].trim_start().trim_start_matches(['.', '[', '\'', '"', ' ']);
        rest.starts_with(field).then_some(text.len() - rest.len())
    });
    text[..at.unwrap_or(0)].chars().count() + 1
}

fn first<'e>(expr: &'e IdedExpr, known: &mut Vec<&'e str>) -> Option<&'e str> {
    let mut any = |expr: &'e IdedExpr| first(expr, known);
    match &expr.expr {
        Expr::Ident(name) => {
            let bare = name.trim_start_matches('.');
            let is_known = known.contains(&bare) || TYPES.contains(&bare);
            (!is_known).then_some(name)
        }
        Expr::Select(select) => any(&select.operand),
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).find_map(any),
        Expr::List(list) => list.elements.iter().find_map(any),
        Expr::Map(map) => map.entries.iter().find_map(|entry| in_entry(&entry.expr, known)),
        Expr::Struct(it) => it.entries.iter().find_map(|entry| in_entry(&entry.expr, known)),
        Expr::Comprehension(it) => any(&it.iter_range).or_else(|| in_rounds(it, known)),
        Expr::Unspecified | Expr::Literal(_) => None,
    }
}

fn in_entry<'e>(entry: &'e EntryExpr, known: &mut Vec<&'e str>) -> Option<&'e str> {
    match entry {
        EntryExpr::StructField(field) => first(&field.value, known),
        EntryExpr::MapEntry(entry) => first(&entry.key, known).or_else(|| first(&entry.value, known)),
    }
}

/// The range of a comprehension does not see what it binds; all else of it does.
fn in_rounds<'e>(it: &'e ComprehensionExpr, known: &mut Vec<&'e str>) -> Option<&'e str> {
    let before = known.len();
    known.extend([it.iter_var.as_str(), it.accu_var.as_str()]);
    known.extend(it.iter_var2.as_deref());
    let parts = [&it.accu_init, &it.loop_cond, &it.loop_step, &it.result];
    let found = parts.into_iter().find_map(|part| first(part, known));
    known.truncate(before);
    found
}
