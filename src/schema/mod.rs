//! Declarations as data: one [`Attribute`] row says everything about one attribute, and schema, docs, checks, planning, JSON
//! mapping and redaction are derived from it by walking its [`Table`]. Nothing here knows Descope or the plugin protocol.
//! Tables are declared in `provider`, walked by `engine` and `protocol`.

mod attribute;
pub mod check;
pub mod kind;

use crate::value::Type;

pub use attribute::{Attribute, Literal, Mode, Wire};
pub use check::{Check, Verdict};
pub use kind::Kind;

/// What an attribute holds.
#[derive(Clone, Copy)]
pub enum Shape {
    /// One value that is written and compared as a whole.
    Leaf(&'static dyn Kind),
    /// A nested object whose attributes are managed one by one.
    Object(&'static Table),
    /// A list of objects, each identified by the table's key.
    List(&'static Table),
}

/// An ordered set of attributes: a resource, a provider block, a nested object or a list's element.
pub struct Table {
    /// The rows, in the order in which the docs list them.
    pub attributes: &'static [Attribute],
    /// For a list's element: the attribute that tells elements apart. Unique within a list.
    pub key: Option<&'static str>,
}

// === impl Table ===

impl Table {
    /// A table of a resource or nested object.
    pub const fn of(attributes: &'static [Attribute]) -> Self {
        Self { attributes, key: None }
    }

    /// A table of a list's elements, told apart by the attribute `key`.
    pub const fn elements(key: &'static str, attributes: &'static [Attribute]) -> Self {
        Self { attributes, key: Some(key) }
    }

    /// The row of this name.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The type of the objects that the table describes.
    pub fn ty(&self) -> Type {
        Type::Object(self.attributes.iter().map(|attribute| (attribute.name.to_owned(), attribute.ty())).collect())
    }
}
