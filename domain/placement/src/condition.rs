//! A placement's expression over the inventory: which locations it holds for.

use std::collections::BTreeMap;
use std::sync::Arc;

use expression::{Error, Expression, Scope};
use model::{Location as Declared, LocationSpec, Metadata, Where};

use crate::difference::Interest;
use crate::inventory::{Inventory, Location};

const MAPS: [&str; 4] = ["labels", "annotations", "properties", "capacity"];

/// A compiled expression; one that does not compile fails everywhere, which changes nothing that is there.
#[derive(Clone, Debug)]
pub(crate) struct Condition(Result<Expression, Arc<str>>);

/// Whether it holds, or why nobody can tell.
pub(crate) type Answer = Result<bool, Arc<str>>;

/// What is wrong with the expression of a `where`, with the path of the field; `None`: nothing. By the compiler that
/// selects with it, so that what is accepted is what is understood.
pub fn check_expression(where_: &Where) -> Option<(String, String)> {
    if where_.expression.is_empty() {
        return None;
    }
    let error = Expression::condition(&where_.expression).err()?;
    Some(("spec.where.expression".to_owned(), error.to_string()))
}

impl Condition {
    pub fn compile(text: &str) -> Self {
        Self(Expression::condition(text).map_err(|error| error.to_string().into()))
    }

    /// As it was written, if it compiles.
    pub fn text(&self) -> &str {
        self.0.as_ref().map_or("", Expression::text)
    }

    /// Adds what it reads.
    pub fn add_interest(&self, interest: &mut Interest) {
        for (field, key) in self.0.iter().flat_map(|expression| expression.reads().iter()) {
            interest.add(field, key);
        }
    }

    /// Whether it holds at a location.
    pub fn holds(&self, inventory: &Inventory, name: &str, location: &Location) -> Answer {
        self.answer(location, |expression| {
            expression.holds(&Scope::of(&seen(expression, inventory, name, location)))
        })
    }

    fn answer(
        &self,
        location: &Location,
        evaluate: impl FnOnce(&Expression) -> Result<bool, Error>,
    ) -> Answer {
        let expression = self.0.as_ref().map_err(Clone::clone)?;
        let too_large =
            || Error::Evaluate { expression: expression.text().to_owned(), reason: expression::too_large() };
        let answer = if location.is_too_large() { Err(too_large()) } else { evaluate(expression) };
        answer.map_err(|error| error.to_string().into())
    }

    /// As it was compiled; `Err`: why it fails everywhere.
    pub fn expression(&self) -> Result<&Expression, &Arc<str>> {
        self.0.as_ref()
    }
}

/// The location with as much as the expression can read of it: the rest is not worth copying.
fn seen(expression: &Expression, inventory: &Inventory, name: &str, location: &Location) -> Declared {
    let mut seen = Declared { metadata: Metadata::default(), spec: LocationSpec::default() };
    let region = || inventory.regions.get(location.region).name.clone();
    for (field, key) in expression.reads().iter() {
        match (map_mut(&mut seen, field), key) {
            (Some(map), Some(key)) => {
                let value = inventory.entry(location, field, key);
                map.extend(value.map(|value| (key.to_owned(), value.to_owned())));
            }
            (Some(map), None) => fill(map, inventory, location, field),
            (None, _) if field == "region" => seen.spec.region = region(),
            (None, _) if field == "name" => name.clone_into(&mut seen.metadata.name),
            (None, _) => return whole(inventory, name, location),
        }
    }
    seen
}

/// The location with all that expressions can read.
fn whole(inventory: &Inventory, name: &str, location: &Location) -> Declared {
    let mut whole = Declared { metadata: Metadata::default(), spec: LocationSpec::default() };
    name.clone_into(&mut whole.metadata.name);
    whole.spec.region.clone_from(&inventory.regions.get(location.region).name);
    for field in MAPS {
        if let Some(map) = map_mut(&mut whole, field) {
            fill(map, inventory, location, field);
        }
    }
    whole
}

fn fill(map: &mut BTreeMap<String, String>, inventory: &Inventory, location: &Location, field: &str) {
    let entries = inventory.entries(location, field).into_iter();
    map.extend(entries.map(|(key, value)| (key.to_owned(), value.to_owned())));
}

fn map_mut<'a>(location: &'a mut Declared, field: &str) -> Option<&'a mut BTreeMap<String, String>> {
    match field {
        "labels" => Some(&mut location.metadata.labels),
        "annotations" => Some(&mut location.metadata.annotations),
        "properties" => Some(&mut location.spec.properties),
        "capacity" => Some(&mut location.spec.capacity),
        _ => None,
    }
}
