//! Bounds the work and the memory of an expression by its syntax alone.
//!
//! CEL always ends, but nested comprehensions multiply (`a.map(x, a.map(y, …))`) and chained ones square what they
//! carry (`l.map(x, x + x).map(x, x + x)`). The estimate is an upper bound: whatever a location holds within
//! [`LOCATION_ITEMS`] and [`LOCATION_BYTES`], evaluation takes no more steps.

use std::collections::BTreeMap;

use cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, IdedEntryExpr, IdedExpr, LiteralValue};

/// Entries of one of a location's maps.
pub const LOCATION_ITEMS: usize = 256;
/// Bytes of all of a location's maps.
pub const LOCATION_BYTES: usize = 64 * 1024;

/// Evaluated nodes and blocks of copied bytes: about a second in the worst case.
pub const MAX_STEPS: u64 = 10_000_000;
/// Of what is asked of every location before anything is decided: a tenth of a second in the worst case.
pub const MAX_CONDITION_STEPS: u64 = 1_000_000;
/// Comprehensions inside one another. The estimate looks at each level twice.
const MAX_DEPTH: usize = 4;
/// Bytes of any value on the way.
const MAX_BYTES: u64 = 64 << 20;
/// So many bytes are copied in the time that a node takes.
const BLOCK: u64 = 64;

/// An upper bound for a value and the way to it.
#[derive(Clone, Copy, Default)]
struct Bound {
    steps: u64,
    /// Of the largest list or map in it.
    items: u64,
    bytes: u64,
}

/// Refuses what could take too much, with the reason.
pub fn check(root: &IdedExpr, max_steps: u64) -> Result<(), String> {
    if depth(root) > MAX_DEPTH {
        return Err(format!(
            "more than {MAX_DEPTH} of `map`, `filter`, `all` and `exists` inside one another"
        ));
    }
    let bound = estimate(root, &mut BTreeMap::new());
    if bound.steps > max_steps || bound.bytes > MAX_BYTES {
        return Err(
            "it could take too much time or memory: nest or chain fewer `map` and `filter`".to_owned()
        );
    }
    Ok(())
}

/// Bounds of the variables that comprehensions bind.
type Variables<'e> = BTreeMap<&'e str, Bound>;

fn estimate<'e>(expr: &'e IdedExpr, variables: &mut Variables<'e>) -> Bound {
    match &expr.expr {
        Expr::Unspecified => Bound { steps: 1, ..Bound::default() },
        Expr::Literal(literal) => step(Bound { bytes: literal_bytes(literal), ..Bound::default() }),
        Expr::Ident(name) => step(variables.get(name.as_str()).copied().unwrap_or(Bound {
            steps: 0,
            items: LOCATION_ITEMS as u64,
            bytes: LOCATION_BYTES as u64,
        })),
        Expr::Select(select) => step(estimate(&select.operand, variables)),
        Expr::Call(call) => step(sum(call.target.as_deref().into_iter().chain(&call.args), variables)),
        Expr::List(list) => collection(sum(&list.elements, variables), list.elements.len()),
        Expr::Map(map) => collection(sum(map.entries.iter().flat_map(parts), variables), map.entries.len()),
        Expr::Struct(it) => collection(sum(it.entries.iter().flat_map(parts), variables), it.entries.len()),
        Expr::Comprehension(comprehension) => repeat(comprehension, variables),
    }
}

/// One step to copy or look at what it has.
fn step(bound: Bound) -> Bound {
    Bound { steps: bound.steps.saturating_add(1 + bound.bytes / BLOCK), ..bound }
}

fn collection(parts: Bound, len: usize) -> Bound {
    let len = len as u64;
    step(Bound { items: parts.items.max(len), bytes: parts.bytes.saturating_add(len * 16), ..parts })
}

/// All parts together: sums and concatenations are no larger.
fn sum<'e>(exprs: impl IntoIterator<Item = &'e IdedExpr>, variables: &mut Variables<'e>) -> Bound {
    exprs.into_iter().map(|expr| estimate(expr, variables)).fold(Bound::default(), |all, one| Bound {
        steps: all.steps.saturating_add(one.steps),
        items: all.items.saturating_add(one.items),
        bytes: all.bytes.saturating_add(one.bytes),
    })
}

fn parts(entry: &IdedEntryExpr) -> Vec<&IdedExpr> {
    match &entry.expr {
        EntryExpr::StructField(field) => vec![&field.value],
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
    }
}

/// A comprehension: the sum of its rounds.
///
/// A round's bound only grows with its element, and at least in proportion, so the elements of a range of some size
/// cost most together when one of them is all of it: a round for nothing as often as there are items, and one for
/// everything.
fn repeat<'e>(it: &'e ComprehensionExpr, variables: &mut Variables<'e>) -> Bound {
    let range = estimate(&it.iter_range, variables);
    let rounds = range.items.max(1);
    let small = round(it, Bound { steps: 0, bytes: 0, ..range }, variables);
    let large = round(it, Bound { steps: 0, ..range }, variables);
    let ends = sum([&it.accu_init, &it.result], variables);
    let total = |small: u64, large: u64| rounds.saturating_mul(small).saturating_add(large);
    step(Bound {
        steps: range.steps.saturating_add(ends.steps).saturating_add(total(small.steps, large.steps)),
        items: rounds.max(large.items).max(ends.items),
        bytes: total(small.bytes, large.bytes).saturating_add(ends.bytes),
    })
}

fn round<'e>(it: &'e ComprehensionExpr, element: Bound, variables: &mut Variables<'e>) -> Bound {
    let shadowed = [
        (it.iter_var.as_str(), variables.insert(&it.iter_var, element)),
        // What a round adds is what its step has without what was there before.
        (it.accu_var.as_str(), variables.insert(&it.accu_var, Bound::default())),
    ];
    let round = sum([&it.loop_cond, &it.loop_step], variables);
    for (name, before) in shadowed {
        match before {
            Some(before) => variables.insert(name, before),
            None => variables.remove(name),
        };
    }
    round
}

/// Comprehensions inside what each round of another evaluates.
fn depth(expr: &IdedExpr) -> usize {
    match &expr.expr {
        Expr::Unspecified | Expr::Literal(_) | Expr::Ident(_) => 0,
        Expr::Select(select) => depth(&select.operand),
        Expr::Call(call) => deepest(call.target.as_deref().into_iter().chain(&call.args)),
        Expr::List(list) => deepest(&list.elements),
        Expr::Map(map) => deepest(map.entries.iter().flat_map(parts)),
        Expr::Struct(it) => deepest(it.entries.iter().flat_map(parts)),
        Expr::Comprehension(it) => depth(&it.iter_range).max(1 + depth(&it.loop_step)),
    }
}

fn deepest<'e>(exprs: impl IntoIterator<Item = &'e IdedExpr>) -> usize {
    exprs.into_iter().map(depth).max().unwrap_or(0)
}

fn literal_bytes(literal: &LiteralValue) -> u64 {
    match literal {
        LiteralValue::String(text) => text.inner().len() as u64,
        LiteralValue::Bytes(bytes) => bytes.inner().len() as u64,
        _ => 8,
    }
}
