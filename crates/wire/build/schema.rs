//! The shape of every message as a table: what reads messages that it does not name one by one needs no reflection.

use std::fmt::Write as _;

use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet,
    field_descriptor_proto::{Label, Type},
};

/// Rust source of `MESSAGES` and `ENUMS`, in the types of `src/schema.rs`.
pub fn source(descriptors: &FileDescriptorSet) -> Result<String, String> {
    let (mut messages, mut enums) = (String::new(), String::new());
    for file in &descriptors.file {
        for message in &file.message_type {
            write_message(&mut messages, file.package(), message)?;
        }
        file.enum_type.iter().for_each(|one| write_enum(&mut enums, file.package(), one));
    }
    Ok(format!(
        "pub(crate) static MESSAGES: &[Message] = &[\n{messages}];\n\
         pub(crate) static ENUMS: &[Enum] = &[\n{enums}];\n"
    ))
}

fn write_message(out: &mut String, scope: &str, message: &DescriptorProto) -> Result<(), String> {
    let name = format!("{scope}.{}", message.name());
    let is_map = message.options.as_ref().is_some_and(|options| options.map_entry());
    let fields: String = message.field.iter().map(field).collect::<Result<_, _>>()?;
    writeln!(out, "Message {{ name: {name:?}, is_map_entry: {is_map}, fields: &[{fields}] }},")
        .expect("writing to a string cannot fail");
    message.nested_type.iter().try_for_each(|nested| write_message(out, &name, nested))
}

fn field(field: &FieldDescriptorProto) -> Result<String, String> {
    let reference = field.type_name().trim_start_matches('.');
    let kind = match field.r#type() {
        Type::Bool => "Kind::Bool".to_owned(),
        Type::String => "Kind::Text".to_owned(),
        Type::Bytes => "Kind::Bytes".to_owned(),
        Type::Uint32 | Type::Uint64 => "Kind::Unsigned".to_owned(),
        Type::Int32 | Type::Int64 => "Kind::Signed".to_owned(),
        Type::Enum => format!("Kind::Enum({reference:?})"),
        Type::Message => format!("Kind::Message({reference:?})"),
        other => return Err(format!("{} has type {other:?}, which src/schema.rs lacks", field.name())),
    };
    let repeated = field.label() == Label::Repeated;
    Ok(format!(
        "Field {{ number: {}, name: {:?}, repeated: {repeated}, kind: {kind} }}, ",
        field.number(),
        field.name()
    ))
}

fn write_enum(out: &mut String, scope: &str, one: &EnumDescriptorProto) {
    let values: String = one.value.iter().map(|v| format!("({}, {:?}), ", v.number(), v.name())).collect();
    writeln!(out, "Enum {{ name: \"{scope}.{}\", values: &[{values}] }},", one.name())
        .expect("writing to a string cannot fail");
}
