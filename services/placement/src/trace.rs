//! The trace of a change goes on in the rows that follow from it.

use model::PlacementKey;

/// The `traceparent` for rows caused by `cause`: of a span below it if spans are recorded, else the cause itself.
pub(crate) fn carry(placement: &PlacementKey, cause: Option<&str>) -> Option<String> {
    let cause = cause?;
    let span = tracing::info_span!("place", placement = %placement);
    chassis::trace::set_parent(&span, cause);
    span.in_scope(chassis::trace::current).or_else(|| Some(cause.to_owned()))
}
