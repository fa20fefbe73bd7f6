//! Transforms, as resources and inside of releases.

use model::{ImageOperation, Operation, TransformSpec};

use crate::{
    Error, api,
    clause::{clause, clause_message},
    field::Reader,
};

const TRANSFORM: Reader = Reader("TransformSpec");

pub(crate) fn transform_message(spec: &TransformSpec) -> api::TransformSpec {
    api::TransformSpec {
        r#match: spec.match_.as_ref().map(clause_message),
        when: spec.when.clone(),
        operations: spec.operations.iter().map(operation_message).collect(),
    }
}

pub(crate) fn transform(message: api::TransformSpec) -> Result<TransformSpec, Error> {
    Ok(TransformSpec {
        match_: message.r#match.map(clause).transpose()?,
        when: message.when,
        operations: message.operations.into_iter().map(operation).collect::<Result<_, _>>()?,
    })
}

fn operation_message(operation: &Operation) -> api::Operation {
    use api::operation::Operation as Message;
    let operation = match operation {
        Operation::Remove(path) => Message::Remove(path.clone()),
        Operation::Set { path, value } => {
            Message::Set(api::SetOperation { path: path.clone(), value_json: value.to_string().into() })
        }
        Operation::MergePatch(patch) => Message::MergePatchJson(patch.to_string().into()),
        Operation::JsonPatch(patch) => Message::JsonPatchJson(patch.to_string().into()),
        Operation::Image(image) => {
            let ImageOperation { container, registry, repository, tag, digest } = image.clone();
            Message::Image(api::ImageOperation { container, registry, repository, tag, digest })
        }
    };
    api::Operation { operation: Some(operation) }
}

fn operation(message: api::Operation) -> Result<Operation, Error> {
    use api::operation::Operation as Message;
    Ok(match TRANSFORM.required("operations", message.operation)? {
        Message::Remove(path) => Operation::Remove(path),
        Message::Set(set) => {
            let value = TRANSFORM.json("operations.set.value_json", &set.value_json)?;
            Operation::Set { path: set.path, value }
        }
        Message::MergePatchJson(patch) => {
            Operation::MergePatch(TRANSFORM.json("operations.merge_patch_json", &patch)?)
        }
        Message::JsonPatchJson(patch) => {
            Operation::JsonPatch(TRANSFORM.json("operations.json_patch_json", &patch)?)
        }
        Message::Image(image) => {
            let api::ImageOperation { container, registry, repository, tag, digest } = image;
            Operation::Image(ImageOperation { container, registry, repository, tag, digest })
        }
    })
}
