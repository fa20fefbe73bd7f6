//! What expressions can see: one location, as the variable `location`, or one wave of a rollout, as `wave`.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use cel::{Context, Env, IdedExpr, Value};
use model::{Location, LocationSpec, Metadata, WaveCounts};
use serde::Serialize;

use crate::{bound, failure, order, quantity};

/// The standard functions, the one that gives maps an order, and `quantity`.
pub static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    order::declare(&mut env);
    quantity::declare(&mut env);
    Arc::new(env)
});

/// The variables of one location.
pub struct Scope {
    context: Context<'static, 'static>,
    too_large: bool,
}

/// The fields that are promised to users; a field less or more changes what expressions mean.
#[derive(Serialize)]
struct Fields<'a> {
    name: &'a str,
    region: &'a str,
    labels: &'a BTreeMap<String, String>,
    annotations: &'a BTreeMap<String, String>,
    properties: &'a BTreeMap<String, String>,
    capacity: &'a BTreeMap<String, String>,
}

impl Scope {
    /// The variables of `location`.
    pub fn of(location: &Location) -> Self {
        let fields = Fields::new(&location.metadata, &location.spec);
        let mut context = Context::with_env(ENV.clone());
        let value = cel::to_value(&fields).expect("maps of strings are CEL values");
        context.add_variable_from_value("location", value);
        Self { context, too_large: fields.is_too_large() }
    }

    /// The summary of a wave, as the variable `wave`.
    pub fn of_wave(counts: &WaveCounts) -> Self {
        let mut context = Context::with_env(ENV.clone());
        let value = cel::to_value(Summary::of(counts)).expect("a map of numbers is a CEL value");
        context.add_variable_from_value("wave", value);
        Self { context, too_large: false }
    }

    /// Without a location: for what does not read any.
    pub fn empty() -> Self {
        Self { context: Context::with_env(ENV.clone()), too_large: false }
    }

    pub(crate) fn resolve(&self, root: &IdedExpr) -> Result<Value, String> {
        if self.too_large {
            return Err(too_large());
        }
        Value::resolve(root, &self.context).map_err(|error| failure::describe(&error))
    }
}

/// Whole numbers with a sign, as users write them.
#[derive(Serialize)]
struct Summary {
    expected: i64,
    moved: i64,
    updated: i64,
    healthy: i64,
    degraded: i64,
    failed: i64,
    offline: i64,
}

impl Summary {
    fn of(counts: &WaveCounts) -> Self {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        Self {
            expected: number(counts.expected),
            moved: number(counts.moved),
            updated: number(counts.updated),
            healthy: number(counts.healthy),
            degraded: number(counts.degraded),
            failed: number(counts.failed),
            offline: number(counts.offline),
        }
    }
}

impl std::fmt::Debug for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

/// Whether a location is more than expressions are bounded for. Then every expression fails there, as
/// [`too_large`] says.
pub fn is_too_large(metadata: &Metadata, spec: &LocationSpec) -> bool {
    Fields::new(metadata, spec).is_too_large()
}

/// Why every expression fails at a location that is too large.
pub fn too_large() -> String {
    let (items, bytes) = (bound::LOCATION_ITEMS, bound::LOCATION_BYTES);
    format!("the location has more than {items} entries or {bytes} bytes")
}

impl<'a> Fields<'a> {
    fn new(metadata: &'a Metadata, spec: &'a LocationSpec) -> Self {
        Self {
            name: &metadata.name,
            region: &spec.region,
            labels: &metadata.labels,
            annotations: &metadata.annotations,
            properties: &spec.properties,
            capacity: &spec.capacity,
        }
    }

    /// Whether it breaks what the bound on the work of an expression assumes.
    fn is_too_large(&self) -> bool {
        let maps = [self.labels, self.annotations, self.properties, self.capacity];
        let bytes: usize =
            maps.iter().flat_map(|map| map.iter()).map(|(key, value)| key.len() + value.len()).sum();
        bytes > bound::LOCATION_BYTES || maps.iter().any(|map| map.len() > bound::LOCATION_ITEMS)
    }
}
