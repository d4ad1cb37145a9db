//! One attribute's declaration: a row built by constant functions, so that a row that contradicts itself does not compile.

use super::{Check, Kind, Shape, Table};
use crate::value::{Type, Value};

/// Everything about one attribute.
pub struct Attribute {
    /// Its name in configuration.
    pub name: &'static str,
    /// What it is, in Markdown, for the schema and the docs: whole sentences.
    pub docs: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// Who decides its value.
    pub mode: Mode,
    /// Where it sits in the remote object.
    pub wire: Wire,
    /// Rules for one text or for each text of a set, beyond those of its kind.
    pub checks: &'static [Check],
    /// Whether a change of it asks for a new object.
    pub replaces: bool,
    /// Whether it must never be shown.
    pub sensitive: bool,
    /// Whether the remote system may store a text of its own in place of the one that it is given.
    pub rewritten: bool,
}

/// Who decides an attribute's value.
#[derive(Clone, Copy)]
pub enum Mode {
    /// The configuration, always.
    Required,
    /// The configuration, or nobody; for attributes that the remote system never sees, such as a provider block's.
    Local,
    /// The configuration where it says something; else whatever the remote system has stays. Terraform's optional + computed.
    Optional,
    /// The remote system or a derivation alone.
    Computed,
    /// The configuration, for the one request that carries it: never planned, stored or read back. Terraform's write-only.
    WriteOnly,
    /// The configuration, or this constant. Only for elements of lists, which are written whole.
    Default(Literal),
}

/// A constant default.
#[derive(Clone, Copy)]
pub enum Literal {
    /// A text.
    Text(&'static str),
    /// A truth value.
    Flag(bool),
    /// The empty set.
    EmptySet,
}

/// Where an attribute's value sits in the remote object.
#[derive(Clone, Copy)]
pub enum Wire {
    /// Nowhere: it only lives on this side.
    Nowhere,
    /// Read and written at a key. `/` in the key steps into a nested object; `also` are other spellings accepted on reading.
    Field {
        /// The documented key.
        key: &'static str,
        /// Other spellings in which answers have been seen.
        also: &'static [&'static str],
    },
    /// Only read, at a key: the remote system assigns it.
    Assigned(&'static str),
    /// Only written, at a key of the request that creates an object: no answer tells it, and no update takes it.
    Creation(&'static str),
    /// Derived from other attributes and from the connection: `{name}` stands for either.
    Template(&'static str),
}

// === impl Attribute ===

impl Attribute {
    const fn new(name: &'static str, shape: Shape, mode: Mode, docs: &'static str) -> Self {
        Self {
            name,
            docs,
            shape,
            mode,
            wire: Wire::Nowhere,
            checks: &[],
            replaces: false,
            sensitive: false,
            rewritten: false,
        }
    }

    /// An attribute that every configuration sets.
    pub const fn required(name: &'static str, kind: &'static dyn Kind, docs: &'static str) -> Self {
        Self::new(name, Shape::Leaf(kind), Mode::Required, docs)
    }

    /// An attribute that is left alone unless the configuration sets it.
    pub const fn optional(name: &'static str, kind: &'static dyn Kind, docs: &'static str) -> Self {
        Self::new(name, Shape::Leaf(kind), Mode::Optional, docs)
    }

    /// An attribute that only this side knows, null unless the configuration sets it.
    pub const fn local(name: &'static str, kind: &'static dyn Kind, docs: &'static str) -> Self {
        Self::new(name, Shape::Leaf(kind), Mode::Local, docs)
    }

    /// An attribute that only the request to create an object carries, at this key. Since nothing tells it afterwards, it is never stored.
    pub const fn at_creation(
        name: &'static str,
        kind: &'static dyn Kind,
        key: &'static str,
        docs: &'static str,
    ) -> Self {
        Self { wire: Wire::Creation(key), ..Self::new(name, Shape::Leaf(kind), Mode::WriteOnly, docs) }
    }

    /// An attribute that no configuration sets.
    pub const fn computed(name: &'static str, kind: &'static dyn Kind, docs: &'static str) -> Self {
        Self::new(name, Shape::Leaf(kind), Mode::Computed, docs)
    }

    /// An attribute of a list's element, with its value where the configuration sets none.
    pub const fn defaulted(name: &'static str, kind: &'static dyn Kind, default: Literal, docs: &'static str) -> Self {
        Self::new(name, Shape::Leaf(kind), Mode::Default(default), docs)
    }

    /// A nested object, each of whose attributes is left alone unless the configuration sets it.
    pub const fn object(name: &'static str, table: &'static Table, docs: &'static str) -> Self {
        Self::new(name, Shape::Object(table), Mode::Optional, docs)
    }

    /// A list of objects, left alone unless the configuration sets it, and then written whole.
    pub const fn list(name: &'static str, table: &'static Table, docs: &'static str) -> Self {
        assert!(table.key.is_some(), "the elements of a list need a key");
        Self::new(name, Shape::List(table), Mode::Optional, docs)
    }

    /// Its key in the remote object.
    #[must_use]
    pub const fn json(mut self, key: &'static str) -> Self {
        assert!(
            matches!(self.mode, Mode::Required | Mode::Optional | Mode::Default(_)),
            "only an attribute of the object itself is written"
        );
        self.wire = Wire::Field { key, also: &[] };
        self
    }

    /// Further spellings of its key in answers.
    #[must_use]
    pub const fn also(mut self, also: &'static [&'static str]) -> Self {
        let Wire::Field { key, .. } = self.wire else { panic!("only a written attribute has other spellings") };
        self.wire = Wire::Field { key, also };
        self
    }

    /// The key at which the remote system tells a value that it assigned.
    #[must_use]
    pub const fn assigned(mut self, key: &'static str) -> Self {
        assert!(matches!(self.mode, Mode::Optional | Mode::Computed), "an assigned attribute can't be required");
        self.wire = Wire::Assigned(key);
        self
    }

    /// How the value follows from others: `{name}` stands for an attribute of the object or a value of the connection.
    #[must_use]
    pub const fn template(mut self, template: &'static str) -> Self {
        assert!(matches!(self.mode, Mode::Optional | Mode::Computed), "a derived attribute can't be required");
        self.wire = Wire::Template(template);
        self
    }

    /// Rules beyond those of its kind.
    #[must_use]
    pub const fn checks(mut self, checks: &'static [Check]) -> Self {
        self.checks = checks;
        self
    }

    /// A change of it asks for a new object.
    #[must_use]
    pub const fn replaces(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// The remote system may store a text of its own in place of the one that it is given, which then is no difference.
    #[must_use]
    pub const fn rewritten(mut self) -> Self {
        assert!(matches!(self.wire, Wire::Field { .. }), "only what is written can be rewritten");
        self.rewritten = true;
        self
    }

    /// It is never shown.
    #[must_use]
    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// The type of its values.
    pub fn ty(&self) -> Type {
        match self.shape {
            Shape::Leaf(kind) => kind.ty(),
            Shape::Object(table) => table.ty(),
            Shape::List(table) => Type::List(Box::new(table.ty())),
        }
    }
}

// === impl Literal ===

impl Literal {
    /// The constant as a value.
    pub fn value(self) -> Value {
        match self {
            Self::Text(text) => Value::string(text),
            Self::Flag(flag) => Value::Bool(flag),
            Self::EmptySet => Value::Set(Vec::new()),
        }
    }
}
