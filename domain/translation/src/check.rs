//! What is wrong with a transform, a health rule or an object to be expanded, before it is accepted.

use model::{HealthRuleSpec, JsonPath, NamedTransform, Object, TransformSpec};

use crate::Error;
use crate::expansion::Expansion;
use crate::recipe::EXPAND;
use crate::transform::Transformation;
use expression::Expression;

/// A field's path from the resource's root, and what is wrong there, with its position.
pub type Problem = (String, String);

/// All mistakes in the expressions and paths of a transform.
pub fn check_transform(spec: &TransformSpec) -> Vec<Problem> {
    let transform = NamedTransform { name: String::new(), spec: spec.clone() };
    let errors = Transformation::compile(&transform).err().unwrap_or_default();
    errors.into_iter().map(|it| (it.field, it.error.to_string())).collect()
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

/// What is wrong with a path of a transform or an ignore rule; `None`: nothing.
pub fn check_path(text: &str) -> Option<String> {
    JsonPath::parse(text).err().map(|error| Error::from(error).to_string())
}
