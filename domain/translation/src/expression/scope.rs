//! What expressions can see: one location, as the variable `location`.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use cel::{Context, Env, IdedExpr, Value};
use model::Location;
use serde::Serialize;

use super::{bound, failure, order};

/// The standard functions, and the one that gives maps an order.
pub static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    order::declare(&mut env);
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
        let fields = Fields::of(location);
        let mut context = Context::with_env(ENV.clone());
        let value = cel::to_value(&fields).expect("maps of strings are CEL values");
        context.add_variable_from_value("location", value);
        Self { context, too_large: fields.is_too_large() }
    }

    /// Without a location: for what does not read any.
    pub fn empty() -> Self {
        Self { context: Context::with_env(ENV.clone()), too_large: false }
    }

    pub(super) fn resolve(&self, root: &IdedExpr) -> Result<Value, String> {
        if self.too_large {
            return Err(format!(
                "the location has more than {} entries or {} bytes",
                bound::LOCATION_ITEMS,
                bound::LOCATION_BYTES
            ));
        }
        Value::resolve(root, &self.context).map_err(|error| failure::describe(&error))
    }
}

impl std::fmt::Debug for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

/// Whether `location` is more than expressions are bounded for.
pub fn is_too_large(location: &Location) -> bool {
    Fields::of(location).is_too_large()
}

impl<'a> Fields<'a> {
    fn of(location: &'a Location) -> Self {
        Self {
            name: &location.metadata.name,
            region: &location.spec.region,
            labels: &location.metadata.labels,
            annotations: &location.metadata.annotations,
            properties: &location.spec.properties,
            capacity: &location.spec.capacity,
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
