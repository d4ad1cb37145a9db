// SPDX-License-Identifier: Apache-2.0

//! Tables → the protocol's schemas. Derived row by row: nothing about an attribute is said here.
//! Called by `rpc`.

use super::wire;
use crate::engine::Function;
use crate::engine::steps::identity;
use crate::schema::docs::{self, Entry};
use crate::schema::{Attribute, Configurability, Shape, Table};
use crate::value::Type;

/// The schema of any entry, or of the provider block.
pub(super) fn schema(table: &Table, entry: &Entry<'_>, version: i64, docs: impl Into<String>) -> wire::Schema {
    let block = wire::schema::Block {
        version,
        attributes: table.attributes.iter().map(|row| attribute(row, entry)).collect(),
        description: docs.into(),
        description_kind: wire::StringKind::Markdown.into(),
        ..Default::default()
    };
    wire::Schema { version, block: Some(block) }
}

/// The schema of a resource's identity.
pub(super) fn identity(table: &Table) -> wire::ResourceIdentitySchema {
    let part = |row: &'static Attribute| wire::resource_identity_schema::IdentityAttribute {
        name: row.name.to_owned(),
        r#type: row.ty().constraint().into(),
        required_for_import: !row.is_from_provider(),
        optional_for_import: row.is_from_provider(),
        description: docs::summary(row).to_owned(),
    };
    wire::ResourceIdentitySchema {
        version: identity::VERSION,
        identity_attributes: table.identity().map(part).collect(),
    }
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

fn attribute(row: &Attribute, entry: &Entry<'_>) -> wire::schema::Attribute {
    use wire::schema::object::NestingMode;
    // Exactly one of `type` and `nested_type` may be set.
    let (ty, nested_type) = match row.shape {
        Shape::Leaf(kind) => (kind.ty().constraint(), None),
        Shape::Object(table) => (Vec::new(), Some(nested(table, &entry.nested(row), NestingMode::Single))),
        Shape::List(table) => (Vec::new(), Some(nested(table, &entry.nested(row), NestingMode::List))),
    };
    let (required, optional, computed) = match row.configurability {
        Configurability::Required => (true, false, false),
        Configurability::Optional | Configurability::WriteOnly => (false, true, false),
        Configurability::OptionalComputed => (false, true, true),
        Configurability::Computed => (false, false, true),
    };
    wire::schema::Attribute {
        name: row.name.to_owned(),
        r#type: ty.into(),
        nested_type,
        description: entry.description(row),
        description_kind: wire::StringKind::Markdown.into(),
        required,
        optional,
        computed,
        sensitive: row.sensitive,
        write_only: row.configurability == Configurability::WriteOnly,
        ..Default::default()
    }
}

fn nested(table: &Table, entry: &Entry<'_>, nesting: wire::schema::object::NestingMode) -> wire::schema::Object {
    wire::schema::Object {
        attributes: table.attributes.iter().map(|row| attribute(row, entry)).collect(),
        nesting: nesting.into(),
        ..Default::default()
    }
}
