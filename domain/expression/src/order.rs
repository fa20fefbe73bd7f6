//! Gives maps an order, so that every replica renders the same bytes.
//!
//! CEL leaves open in which order a comprehension visits a map's keys, and the interpreter's maps hash with a random
//! seed. So each comprehension's range is wrapped in a function that turns a map into its sorted keys. The name
//! cannot be written in an expression.

use cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr};
use cel::common::types::{CelList, CelMap, DYN_TYPE};
use cel::common::value::{CowVal, Val};
use cel::{Env, ExecutionError};

const ORDERED: &str = "@ordered";

/// Adds the function to `env`.
pub fn declare(env: &mut Env) {
    env.add_overload(ORDERED, "ordered_dyn", vec![DYN_TYPE], ordered)
        .expect("nobody else declares that name");
}

/// Wraps the range of every comprehension in `expr`.
pub fn fix(expr: &mut IdedExpr) {
    if let Expr::Comprehension(comprehension) = &mut expr.expr {
        let range = std::mem::take(&mut comprehension.iter_range);
        let id = range.id;
        let call = CallExpr { func_name: ORDERED.to_owned(), target: None, args: vec![range] };
        comprehension.iter_range = IdedExpr { id, expr: Expr::Call(call) };
    }
    for child in children(expr) {
        fix(child);
    }
}

fn children(expr: &mut IdedExpr) -> Vec<&mut IdedExpr> {
    match &mut expr.expr {
        Expr::Call(call) => call.target.as_deref_mut().into_iter().chain(&mut call.args).collect(),
        Expr::Comprehension(it) => {
            vec![&mut it.iter_range, &mut it.accu_init, &mut it.loop_cond, &mut it.loop_step, &mut it.result]
        }
        Expr::List(list) => list.elements.iter_mut().collect(),
        Expr::Map(map) => map.entries.iter_mut().flat_map(|entry| parts(&mut entry.expr)).collect(),
        Expr::Struct(it) => it.entries.iter_mut().flat_map(|entry| parts(&mut entry.expr)).collect(),
        Expr::Select(select) => vec![&mut select.operand],
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
    }
}

fn parts(entry: &mut EntryExpr) -> Vec<&mut IdedExpr> {
    match entry {
        EntryExpr::StructField(field) => vec![&mut field.value],
        EntryExpr::MapEntry(entry) => vec![&mut entry.key, &mut entry.value],
    }
}

/// The sorted keys of a map; anything else as it is.
fn ordered<'b, 'v>(mut args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let value = args.pop().ok_or(ExecutionError::MissingArgumentOrTarget)?;
    let Some(map) = value.downcast_ref::<CelMap>() else { return Ok(value) };
    let mut keys: Vec<_> = map.inner().keys().cloned().collect();
    keys.sort();
    let keys: Vec<Box<dyn Val + 'v>> = keys.iter().map(|key| key.inner().clone_as_boxed()).collect();
    Ok(CowVal::owned(CelList::from(keys)))
}
