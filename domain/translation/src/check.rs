//! What is wrong with a transform, a health rule or an object to be expanded, before it is accepted.

use model::{
    HealthRuleSpec, JsonPath, NamedTransform, Object, Operation, PlacementSpec, Resource, Spec, TransformSpec,
};

use crate::expansion::Expansion;
use crate::recipe::EXPAND;
use crate::transform::Transformation;
use crate::{Error, image};
use expression::Expression;

/// A field's path from the resource's root, and what is wrong there, with its position.
pub type Problem = (String, String);

/// All mistakes in the expressions and paths of a resource: what the hub refuses beside what is not valid by itself.
pub fn check_resource(resource: &Resource) -> Vec<Problem> {
    match &resource.spec {
        Spec::Transform(spec) => check_transform(spec),
        Spec::HealthRule(spec) => check_health_rule(spec),
        Spec::Workload(object) => check_expansion(object),
        Spec::Placement(spec) => check_ignored(spec),
        Spec::Region(_) | Spec::Location(_) | Spec::RolloutControl(_) => Vec::new(),
    }
}

fn check_ignored(spec: &PlacementSpec) -> Vec<Problem> {
    let rules = spec.ignore.iter().enumerate();
    let paths =
        rules.flat_map(|(index, rule)| rule.paths.iter().enumerate().map(move |(n, path)| (index, n, path)));
    paths
        .filter_map(|(index, n, path)| Some((format!("spec.ignore[{index}].paths[{n}]"), check_path(path)?)))
        .collect()
}

/// All mistakes in the expressions and paths of a transform, and operations for which its clause leaves nothing.
pub fn check_transform(spec: &TransformSpec) -> Vec<Problem> {
    let transform = NamedTransform { name: String::new(), spec: spec.clone() };
    let errors = Transformation::compile(&transform).err().unwrap_or_default();
    errors.into_iter().map(|it| (it.field, it.error.to_string())).chain(imageless(spec)).collect()
}

/// Changes of images where nothing has any.
fn imageless(spec: &TransformSpec) -> Vec<Problem> {
    let Some(why) = spec.match_.as_ref().and_then(image::check) else { return Vec::new() };
    let operations = spec.operations.iter().enumerate();
    let images = operations.filter(|(_, operation)| matches!(operation, Operation::Image(_)));
    images.map(|(index, _)| (format!("spec.operations[{index}].image"), why.clone())).collect()
}

/// All mistakes in the expressions of a health rule. They are evaluated at the edge; the limits are those of others.
pub fn check_health_rule(spec: &HealthRuleSpec) -> Vec<Problem> {
    let wrong = |(index, when): (usize, &str)| {
        let error = Expression::check(when, &["obj", "status"]).err()?;
        Some((format!("spec.rules[{index}].when"), error.to_string()))
    };
    spec.rules.iter().map(|rule| rule.when.as_str()).enumerate().filter_map(wrong).collect()
}

/// All mistakes in the expressions of an object, if it is annotated to be expanded.
pub fn check_expansion(object: &Object) -> Vec<Problem> {
    if object.annotation(EXPAND) != Some("true") {
        return Vec::new();
    }
    let errors = Expansion::compile(object.manifest.clone()).err().unwrap_or_default();
    let field = |path: &str| path.trim_start_matches('$').trim_start_matches('.').to_owned();
    errors.into_iter().map(|it| (field(&it.path), it.error.to_string())).collect()
}

/// What is wrong with a path; `None`: nothing.
fn check_path(text: &str) -> Option<String> {
    JsonPath::parse(text).err().map(|error| Error::from(error).to_string())
}
