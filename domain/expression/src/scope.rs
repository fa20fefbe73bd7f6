//! What expressions can see: one location, as the variable `location`.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use cel::{Context, Env, IdedExpr, Value};
use model::{Location, LocationSpec, Metadata};
use serde::Serialize;

use crate::{bound, failure, order};

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
        let fields = Fields::new(&location.metadata, &location.spec);
        let mut context = Context::with_env(ENV.clone());
        let value = cel::to_value(&fields).expect("maps of strings are CEL values");
        context.add_variable_from_value("location", value);
        Self { context, too_large: fields.is_too_large() }
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
