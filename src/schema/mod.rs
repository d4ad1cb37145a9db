//! Declarations as data. One [`Attribute`] row says everything about one attribute; schema, docs,
//! checks, planning, JSON mapping and redaction are derived from it by walking its [`Table`].
//! Nothing here knows Descope or the plugin protocol. Tables are declared in `provider` and walked
//! by `engine` and `protocol`.

mod attribute;
pub mod check;
pub mod checks;
pub mod docs;
pub mod kind;
mod source;

use std::sync::OnceLock;

use crate::value::Type;

pub use attribute::{Attribute, Configurability, IdentityPart};
pub use check::{Check, Verdict};
pub use kind::Kind;
pub use source::{Literal, Source};

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
    /// Its type, built once: every value of it that is decoded or encoded needs it.
    ty: OnceLock<Type>,
}

// === impl Table ===

impl Table {
    /// A table of a resource or nested object.
    pub const fn of(attributes: &'static [Attribute]) -> Self {
        Self { attributes, key: None, ty: OnceLock::new() }
    }

    /// A table of a list's elements, told apart by the attribute `key`.
    pub const fn elements(key: &'static str, attributes: &'static [Attribute]) -> Self {
        Self { attributes, key: Some(key), ty: OnceLock::new() }
    }

    /// The row of this name.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The rows that tell an object from all others: where to look, and then which one.
    pub fn identity(&self) -> impl Iterator<Item = &'static Attribute> + use<> {
        let ids = self.attributes.iter().filter(|row| row.identity == Some(IdentityPart::Id));
        self.places().chain(ids)
    }

    /// The rows that choose where to look for objects.
    pub fn places(&self) -> impl Iterator<Item = &'static Attribute> + use<> {
        self.attributes.iter().filter(|row| row.identity == Some(IdentityPart::Place))
    }

    /// The type of the objects that the table describes.
    pub fn ty(&self) -> &Type {
        let named = |row: &Attribute| (row.name.to_owned(), row.ty());
        self.ty.get_or_init(|| Type::Object(self.attributes.iter().map(named).collect()))
    }
}
