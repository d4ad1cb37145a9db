//! Tables → the protocol's schemas. Derived row by row: nothing about an attribute is said here.

use super::wire;
use crate::engine::{Function, Identifier, Resource, lookup};
use crate::schema::{Attribute, Mode, Shape, Table};
use crate::value::Type;

/// The schema of a resource or of the provider block.
pub(super) fn schema(table: &Table, version: i64, docs: &str) -> wire::Schema {
    let block = wire::schema::Block {
        version,
        attributes: table.attributes.iter().map(attribute).collect(),
        description: docs.to_owned(),
        description_kind: wire::StringKind::Markdown.into(),
        ..Default::default()
    };
    wire::Schema { version, block: Some(block) }
}

/// The schema of a resource's identity.
pub(super) fn identity(resource: &Resource, version: i64) -> wire::ResourceIdentitySchema {
    let part = |part: &Identifier| {
        let row = resource.table.attribute(part.name);
        wire::resource_identity_schema::IdentityAttribute {
            name: part.name.to_owned(),
            r#type: row.map_or(Type::String, Attribute::ty).constraint().into(),
            required_for_import: part.required,
            optional_for_import: !part.required,
            description: row.map_or("", what).to_owned(),
        }
    };
    wire::ResourceIdentitySchema { version, identity_attributes: resource.identity.iter().map(part).collect() }
}

/// The signature of a function.
pub(super) fn function(function: &Function) -> wire::Function {
    let parameter = |(name, docs): &(&str, &str)| wire::function::Parameter {
        name: (*name).to_owned(),
        r#type: Type::String.constraint().into(),
        description: (*docs).to_owned(),
        description_kind: wire::StringKind::Markdown.into(),
        ..Default::default()
    };
    wire::Function {
        parameters: function.parameters.iter().map(parameter).collect(),
        r#return: Some(wire::function::Return { r#type: (function.returns)().constraint().into() }),
        summary: function.summary.to_owned(),
        description: function.docs.to_owned(),
        description_kind: wire::StringKind::Markdown.into(),
        ..Default::default()
    }
}

/// The schema of a resource's objects as they are looked up: what finds them can be set, all else is computed.
pub(super) fn lookup(resource: &Resource, docs: String) -> wire::Schema {
    let row = |(row, finds): (&'static Attribute, bool)| match finds {
        true => wire::schema::Attribute {
            required: false,
            optional: true,
            computed: true,
            description: what(row).to_owned(),
            ..attribute(row)
        },
        false => computed(attribute(row)),
    };
    let block = wire::schema::Block {
        attributes: lookup::rows(resource).map(row).collect(),
        description: docs,
        description_kind: wire::StringKind::Markdown.into(),
        ..Default::default()
    };
    wire::Schema { version: 0, block: Some(block) }
}

/// What an attribute is: the first sentence about it. The others are about managing it.
pub(super) fn what(row: &Attribute) -> &'static str {
    let docs = row.docs;
    docs.split_once(". ").and_then(|(first, _)| docs.get(..=first.len())).unwrap_or(docs)
}

/// The same attribute, set by no configuration, and so all that it holds.
fn computed(attribute: wire::schema::Attribute) -> wire::schema::Attribute {
    let nested_type = attribute.nested_type.map(|nested| wire::schema::Object {
        attributes: nested.attributes.into_iter().map(computed).collect(),
        ..nested
    });
    wire::schema::Attribute { required: false, optional: false, computed: true, nested_type, ..attribute }
}

fn attribute(row: &Attribute) -> wire::schema::Attribute {
    use wire::schema::object::NestingMode;
    // Exactly one of `type` and `nested_type` may be set.
    let (ty, nested_type) = match row.shape {
        Shape::Leaf(kind) => (kind.ty().constraint(), None),
        Shape::Object(table) => (Vec::new(), Some(nested(table, NestingMode::Single))),
        Shape::List(table) => (Vec::new(), Some(nested(table, NestingMode::List))),
    };
    let (required, optional, computed) = match row.mode {
        Mode::Required => (true, false, false),
        Mode::Local | Mode::WriteOnly => (false, true, false),
        Mode::Optional | Mode::Default(_) => (false, true, true),
        Mode::Computed => (false, false, true),
    };
    wire::schema::Attribute {
        name: row.name.to_owned(),
        r#type: ty.into(),
        nested_type,
        description: row.docs.to_owned(),
        description_kind: wire::StringKind::Markdown.into(),
        required,
        optional,
        computed,
        sensitive: row.sensitive,
        write_only: matches!(row.mode, Mode::WriteOnly),
        ..Default::default()
    }
}

fn nested(table: &Table, nesting: wire::schema::object::NestingMode) -> wire::schema::Object {
    wire::schema::Object {
        attributes: table.attributes.iter().map(attribute).collect(),
        nesting: nesting.into(),
        ..Default::default()
    }
}
