//! Tables → the protocol's schemas. Derived row by row: nothing about an attribute is said here.

use super::wire;
use crate::schema::{Attribute, Mode, Shape, Table};

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
        Mode::Local => (false, true, false),
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
