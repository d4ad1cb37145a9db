// SPDX-License-Identifier: Apache-2.0

//! What rows and tables are: plain data, without the words that declare them (`facets`). Walked by
//! `engine` and `protocol`.

use std::sync::OnceLock;

use super::check::Check;
use super::kind::Kind;
use super::source::{Literal, Source};
use crate::value::{Object, Type, Value};

/// Everything about one attribute.
#[derive(Clone, Copy)]
pub struct Attribute {
    /// Its name in configuration.
    pub name: &'static str,
    /// What it is, in Markdown and in whole sentences. [`super::docs`] adds what the facets say.
    pub docs: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// Who may set it.
    pub configurability: Configurability,
    /// Where its value comes from when the configuration does not give it.
    pub source: Source,
    /// Its value where the configuration sets none. Only for elements of lists, which are written
    /// whole, and for local attributes.
    pub default: Option<Literal>,
    /// A value that a configuration may have, where its kind's own example does not fit.
    pub example: Option<Literal>,
    /// Rules for one text, or for each text of a set, beyond those of its kind.
    pub checks: &'static [Check],
    /// Which part of the object's identity it is, if it is one.
    pub identity: Option<IdentityPart>,
    /// Whether a configuration that sets it adopts the existing object of that identity.
    pub adopts: bool,
    /// Whether a change of it needs a new object.
    pub replaces: bool,
    /// The attributes of the same table whose change makes its value unknown again.
    pub renewed_by: &'static [&'static str],
    /// Whether it may be null although no configuration sets it.
    pub nullable: bool,
    /// Whether it must never be shown.
    pub sensitive: bool,
    /// Whether the remote system may store another text in place of the one that it is given.
    pub rewritten: bool,
    /// What the remote system may give a new object where the request has nothing.
    pub initially: Initially,
}

/// What the remote system may give a new object where the request to create it has nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initially {
    /// Nothing.
    Nothing,
    /// This value.
    Value(Literal),
    /// A value that it makes itself.
    Made,
}

/// Who may set an attribute, in Terraform's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configurability {
    /// Every configuration sets it.
    Required,
    /// A configuration may set it; without one it is null.
    Optional,
    /// A configuration may set it; without one it has its default, or what the remote system has.
    OptionalComputed,
    /// No configuration sets it.
    Computed,
    /// A configuration may set it for the one request that carries it. It is never planned or
    /// stored.
    WriteOnly,
}

/// What an attribute contributes to the identity of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityPart {
    /// It chooses where to look for objects, like a project or a parent.
    Place,
    /// It tells an object from the others in its place.
    Id,
}

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
    /// The type of its identity, likewise.
    identity_ty: OnceLock<Type>,
    /// The rows in the order in which objects hold their attributes, likewise.
    in_name_order: OnceLock<Vec<&'static Attribute>>,
    /// For each row where such an object holds its attribute, likewise.
    positions: OnceLock<Vec<usize>>,
}

// === impl Attribute ===

impl Attribute {
    /// Whether a configuration may set it.
    pub const fn is_configurable(&self) -> bool {
        !matches!(self.configurability, Configurability::Computed)
    }

    /// What tells the elements apart, if this is a list of objects that have such an attribute.
    pub const fn element_key(&self) -> Option<&'static str> {
        match self.shape {
            Shape::List(table) => table.key,
            Shape::Leaf(_) | Shape::Object(_) => None,
        }
    }

    /// Whether a configuration may leave it out when the object is looked for: the provider has a
    /// value for it.
    pub const fn is_from_provider(&self) -> bool {
        matches!(self.source, Source::Provider(_))
    }

    /// The type of its values.
    pub fn ty(&self) -> Type {
        match self.shape {
            Shape::Leaf(kind) => kind.ty(),
            Shape::Object(table) => table.ty().clone(),
            Shape::List(table) => Type::List(Box::new(table.ty().clone())),
        }
    }

    fn named_ty(&self) -> (&'static str, Type) {
        (self.name, self.ty())
    }
}

// === impl Table ===

impl Table {
    /// A table of a resource or nested object.
    pub const fn of(attributes: &'static [Attribute]) -> Self {
        Self::with(attributes, None)
    }

    /// A table of a list's elements, told apart by the attribute `key`.
    pub const fn elements(key: &'static str, attributes: &'static [Attribute]) -> Self {
        Self::with(attributes, Some(key))
    }

    const fn with(attributes: &'static [Attribute], key: Option<&'static str>) -> Self {
        Self {
            attributes,
            key,
            ty: OnceLock::new(),
            identity_ty: OnceLock::new(),
            in_name_order: OnceLock::new(),
            positions: OnceLock::new(),
        }
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

    /// An object with all attributes, each of which has the value that is given for its row, and for the row's
    /// position in name order: there it is in each object of this table.
    pub fn object(&self, mut value: impl FnMut(usize, &'static Attribute) -> Value) -> Object {
        let rows = self.rows_in_name_order();
        let mut object = Object::with_capacity(rows.len());
        for (position, row) in rows.iter().enumerate() {
            object.append(row.name, value(position, row));
        }
        object
    }

    /// The attributes in name order, which is that of an object with all of them.
    pub fn rows_in_name_order(&self) -> &[&'static Attribute] {
        self.in_name_order.get_or_init(|| {
            let mut rows: Vec<&Attribute> = self.attributes.iter().collect();
            rows.sort_by_key(|row| row.name);
            rows
        })
    }

    /// The attributes in the order of the table, each with its position in name order.
    pub fn rows_with_positions(&self) -> impl Iterator<Item = (usize, &'static Attribute)> {
        let positions = self.positions.get_or_init(|| {
            let names: Vec<&str> = self.rows_in_name_order().iter().map(|row| row.name).collect();
            self.attributes.iter().map(|row| names.partition_point(|name| *name < row.name)).collect()
        });
        positions.iter().copied().zip(self.attributes)
    }

    /// The type of the objects that the table describes.
    pub fn ty(&self) -> &Type {
        self.ty.get_or_init(|| Type::Object(self.attributes.iter().map(Attribute::named_ty).collect()))
    }

    /// The type of their identities.
    pub fn identity_ty(&self) -> &Type {
        self.identity_ty.get_or_init(|| Type::Object(self.identity().map(Attribute::named_ty).collect()))
    }
}
