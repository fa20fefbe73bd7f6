//! Which kind of value an expression gives, as far as its syntax tells: enough to refuse a condition that could never be
//! one, and fields that no location has.

use cel::common::ast::operators::*;
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};

use crate::reads;

/// The fields of `location`.
pub const FIELDS: [&str; 6] = ["name", "region", "labels", "annotations", "properties", "capacity"];

/// A kind of value; the text says what it is, with its article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bool,
    /// Something that is no bool.
    Other(&'static str),
    Unknown,
}

/// The kind of what `expr` gives.
pub fn of(expr: &IdedExpr) -> Kind {
    if let Some(path) = reads::path(expr) {
        return of_path(expr, path.len(), path.first().copied());
    }
    match &expr.expr {
        Expr::Literal(literal) => of_literal(literal),
        Expr::Call(call) => of_call(call),
        Expr::List(_) => Kind::Other("a list"),
        Expr::Map(_) | Expr::Struct(_) => Kind::Other("a map"),
        Expr::Select(select) if select.test => Kind::Bool,
        Expr::Comprehension(it) => match &it.result.expr {
            // `all` and `exists` begin with a bool, `map` and `filter` with a list.
            Expr::Ident(name) if *name == it.accu_var => of(&it.accu_init),
            _ => of(&it.result),
        },
        Expr::Select(_) | Expr::Ident(_) | Expr::Unspecified => Kind::Unknown,
    }
}

/// The field of a variable that `expr` names and that is none of these.
pub fn unknown_field<'e>(expr: &'e IdedExpr, variable: &str, fields: &[&str]) -> Option<&'e str> {
    let here = reads::path_from(variable, expr).and_then(|path| path.first().copied());
    let below = || {
        let mut children = reads::children(expr).into_iter();
        children.find_map(|child| unknown_field(child, variable, fields))
    };
    here.filter(|field| !fields.contains(field)).or_else(below)
}

fn of_path(expr: &IdedExpr, length: usize, field: Option<&str>) -> Kind {
    let is_text = matches!(field, Some("name" | "region"));
    match length {
        _ if matches!(&expr.expr, Expr::Select(select) if select.test) => Kind::Bool,
        0 => Kind::Other("a location"),
        1 if is_text => Kind::Other("text"),
        1 => Kind::Other("a map"),
        2 if !is_text => Kind::Other("text"),
        _ => Kind::Unknown,
    }
}

fn of_literal(literal: &LiteralValue) -> Kind {
    match literal {
        LiteralValue::Boolean(_) => Kind::Bool,
        LiteralValue::String(_) => Kind::Other("text"),
        LiteralValue::Bytes(_) => Kind::Other("bytes"),
        LiteralValue::Null => Kind::Other("null"),
        LiteralValue::Double(_) | LiteralValue::Int(_) | LiteralValue::UInt(_) => Kind::Other("a number"),
    }
}

fn of_call(call: &CallExpr) -> Kind {
    match call.func_name.as_str() {
        LOGICAL_AND | LOGICAL_OR | LOGICAL_NOT | EQUALS | NOT_EQUALS | GREATER | GREATER_EQUALS | LESS
        | LESS_EQUALS | IN | "startsWith" | "endsWith" | "contains" => Kind::Bool,
        SUBSTRACT | MULTIPLY | DIVIDE | MODULO | NEGATE | "size" | "int" | "uint" | "double" | "quantity" => {
            Kind::Other("a number")
        }
        "string" => Kind::Other("text"),
        ADD => call.args.iter().map(of).find(|kind| *kind != Kind::Unknown).unwrap_or(Kind::Unknown),
        CONDITIONAL => match call.args.as_slice() {
            [_, yes, no] if of(yes) == of(no) => of(yes),
            _ => Kind::Unknown,
        },
        _ => Kind::Unknown,
    }
}
