//! A transform, compiled: when it applies at a location, and what it does to an object there.

use model::{Clause, Operation as Written};
use model::{JsonPath, NamedTransform, Object, TransformSpec};
use serde_json::Value;

use crate::Error;
use crate::expansion::{Expansion, LeafError};
use crate::{image, patch};
use expression::{Expression, Reads, Scope};

/// A transform that is well formed.
#[derive(Clone, Debug)]
pub struct Transformation {
    name: String,
    match_: Option<Clause>,
    when: Option<Expression>,
    operations: Vec<Operation>,
    reads: Reads,
}

#[derive(Clone, Debug)]
enum Operation {
    Remove(JsonPath),
    Set { path: JsonPath, value: Expansion },
    MergePatch(Expansion),
    JsonPatch(Expansion),
    Image(Expansion),
}

/// An error in a transform, and which of its fields has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// From the transform's root: `spec.operations[1].set.value.replicas`.
    pub field: String,
    pub error: Error,
}

impl Transformation {
    /// # Errors
    /// Every mistake in it, so that a user sees them at once.
    pub fn compile(transform: &NamedTransform) -> Result<Self, Vec<FieldError>> {
        let spec = &transform.spec;
        let mut errors = Vec::new();
        let when = compile_when(spec, &mut errors);
        let numbered = spec.operations.iter().enumerate();
        let operations: Vec<_> =
            numbered.filter_map(|(index, written)| compile_operation(index, written, &mut errors)).collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        let reads = reads(when.as_ref(), &operations);
        Ok(Self { name: transform.name.clone(), match_: spec.match_.clone(), when, operations, reads })
    }

    /// As errors name it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which values of the location its effect can depend on.
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Whether it is for this object. A transform knows no Namespace objects: of namespace selectors only empty ones
    /// hold.
    pub fn takes(&self, object: &Object) -> bool {
        takes(self.match_.as_ref(), object)
    }

    /// Does its operations in order, if it applies at this location.
    ///
    /// # Errors
    /// The first operation that fails; `manifest` is then half changed and of no use.
    pub fn apply(&self, manifest: &mut Value, scope: &Scope) -> Result<(), FieldError> {
        if let Some(when) = &self.when {
            let failed = |error: Error| FieldError { field: "spec.when".to_owned(), error };
            if !when.holds(scope).map_err(Error::from).map_err(failed)? {
                return Ok(());
            }
        }
        self.operations
            .iter()
            .enumerate()
            .try_for_each(|(index, operation)| operation.apply(index, manifest, scope))
    }
}

/// Whether a transform with this clause is for `object`; without a clause it is for all that list it.
pub fn takes(match_: Option<&Clause>, object: &Object) -> bool {
    match_.is_none_or(|clause| clause.matches(object, None))
}

impl Operation {
    fn apply(&self, index: usize, manifest: &mut Value, scope: &Scope) -> Result<(), FieldError> {
        match self {
            Self::Remove(path) => {
                path.remove(manifest);
                Ok(())
            }
            Self::Set { path, value } => {
                let value = value.render(scope).map_err(in_field(index, "set.value"))?;
                let failed = |error: Error| FieldError { field: operation_field(index, "set.path"), error };
                path.set(manifest, &value).map_err(Error::from).map_err(failed)
            }
            Self::MergePatch(value) => {
                let value = value.render(scope).map_err(in_field(index, "mergePatch"))?;
                patch::merge(manifest, &value);
                Ok(())
            }
            Self::JsonPatch(value) => {
                let value = value.render(scope).map_err(in_field(index, "jsonPatch"))?;
                patch::apply(manifest, value).map_err(in_patch(index))
            }
            Self::Image(value) => {
                let value = value.render(scope).map_err(in_field(index, "image"))?;
                let failed = |error| FieldError { field: operation_field(index, "image"), error };
                image::read(value).and_then(|change| image::set(manifest, &change)).map_err(failed)
            }
        }
    }
}

fn compile_when(spec: &TransformSpec, errors: &mut Vec<FieldError>) -> Option<Expression> {
    if spec.when.is_empty() {
        return None;
    }
    let compiled = Expression::compile(&spec.when).map_err(Error::from);
    compiled.map_err(|error| errors.push(FieldError { field: "spec.when".to_owned(), error })).ok()
}

fn compile_operation(index: usize, written: &Written, errors: &mut Vec<FieldError>) -> Option<Operation> {
    match written {
        Written::Remove(path) => Some(Operation::Remove(compile_path(index, "remove", path, errors)?)),
        Written::Set { path, value } => {
            let path = compile_path(index, "set.path", path, errors);
            let value = compile_value(index, "set.value", value, errors);
            Some(Operation::Set { path: path?, value: value? })
        }
        Written::MergePatch(value) if value.is_object() => {
            Some(Operation::MergePatch(compile_value(index, "mergePatch", value, errors)?))
        }
        Written::JsonPatch(value) => {
            patch::check(value).map_err(in_patch(index)).map_err(|error| errors.push(error)).ok()?;
            Some(Operation::JsonPatch(compile_value(index, "jsonPatch", value, errors)?))
        }
        Written::Image(change) => {
            let value = serde_json::to_value(change).expect("strings are JSON");
            Some(Operation::Image(compile_value(index, "image", &value, errors)?))
        }
        Written::MergePatch(value) => {
            let error = Error::Syntax {
                text: value.to_string(),
                position: 1,
                reason: "a patch that is no map would replace the whole object".to_owned(),
            };
            errors.push(FieldError { field: operation_field(index, "mergePatch"), error });
            None
        }
    }
}

fn compile_path(index: usize, name: &str, text: &str, errors: &mut Vec<FieldError>) -> Option<JsonPath> {
    let failed = |error| errors.push(FieldError { field: operation_field(index, name), error });
    JsonPath::parse(text).map_err(Error::from).map_err(failed).ok()
}

fn compile_value(index: usize, name: &str, value: &Value, errors: &mut Vec<FieldError>) -> Option<Expansion> {
    let failed = |leaves: Vec<LeafError>| errors.extend(leaves.into_iter().map(in_field(index, name)));
    Expansion::compile(value.clone()).map_err(failed).ok()
}

fn in_field(index: usize, name: &str) -> impl Fn(LeafError) -> FieldError {
    let field = operation_field(index, name);
    move |leaf| FieldError {
        field: format!("{field}{}", leaf.path.strip_prefix('$').unwrap_or(&leaf.path)),
        error: leaf.error,
    }
}

fn in_patch(index: usize) -> impl Fn(patch::Failure) -> FieldError {
    let field = operation_field(index, "jsonPatch");
    move |(operation, error)| FieldError {
        field: operation.map_or_else(|| field.clone(), |operation| format!("{field}[{operation}]")),
        error,
    }
}

fn operation_field(index: usize, name: &str) -> String {
    format!("spec.operations[{index}].{name}")
}

fn reads(when: Option<&Expression>, operations: &[Operation]) -> Reads {
    let mut reads = Reads::default();
    when.into_iter().for_each(|when| reads.extend(when.reads()));
    for operation in operations {
        match operation {
            Operation::Remove(_) => {}
            Operation::Set { value, .. }
            | Operation::MergePatch(value)
            | Operation::JsonPatch(value)
            | Operation::Image(value) => value.add_reads(&mut reads),
        }
    }
    reads
}
