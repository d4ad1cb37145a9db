// SPDX-License-Identifier: Apache-2.0

//! How a row is declared: a constructor and facets, each a word of its own. They are constant
//! functions, so a row that contradicts itself does not compile. Used by the tables in `provider`.

use super::check::Check;
use super::kind::Kind;
use super::source::{Literal, Source};
use super::table::{Attribute, Configurability, IdentityPart, Initially, Shape, Table};

// === impl Attribute ===

impl Attribute {
    const fn new(name: &'static str, shape: Shape, configurability: Configurability, docs: &'static str) -> Self {
        Self {
            name,
            docs,
            shape,
            configurability,
            source: Source::Local,
            default: None,
            example: None,
            checks: &[],
            identity: None,
            adopts: false,
            replaces: false,
            renewed_by: &[],
            nullable: false,
            sensitive: false,
            rewritten: false,
            initially: Initially::Nothing,
        }
    }

    /// An attribute that every configuration sets.
    pub const fn required(name: &'static str, kind: &'static dyn Kind, docs: &'static str) -> Self {
        Self::new(name, Shape::Leaf(kind), Configurability::Required, docs)
    }

    /// An attribute that is not managed unless the configuration sets it: whatever the remote
    /// system has stays.
    pub const fn optional(name: &'static str, kind: &'static dyn Kind, docs: &'static str) -> Self {
        Self::new(name, Shape::Leaf(kind), Configurability::OptionalComputed, docs)
    }

    /// An attribute that no configuration sets.
    pub const fn computed(name: &'static str, kind: &'static dyn Kind, docs: &'static str) -> Self {
        Self::new(name, Shape::Leaf(kind), Configurability::Computed, docs)
    }

    /// An attribute that the remote system never sees. It is null unless the configuration or its
    /// default sets it.
    pub const fn local(name: &'static str, kind: &'static dyn Kind, docs: &'static str) -> Self {
        Self::new(name, Shape::Leaf(kind), Configurability::Optional, docs)
    }

    /// An object of local attributes.
    pub const fn local_object(name: &'static str, table: &'static Table, docs: &'static str) -> Self {
        Self::new(name, Shape::Object(table), Configurability::Optional, docs)
    }

    /// An argument that only the request to create an object carries, at this key. No answer
    /// tells it afterwards, so it is never stored.
    pub const fn creation_argument(
        name: &'static str,
        kind: &'static dyn Kind,
        key: &'static str,
        docs: &'static str,
    ) -> Self {
        let row = Self::new(name, Shape::Leaf(kind), Configurability::WriteOnly, docs);
        Self { source: Source::CreationArgument { key }, ..row }
    }

    /// A value that only the answer to a creation or to a further call tells, such as a secret.
    /// It is null where nobody told it, as after an import.
    pub const fn told_once(name: &'static str, kind: &'static dyn Kind, docs: &'static str) -> Self {
        let row = Self::new(name, Shape::Leaf(kind), Configurability::Computed, docs);
        Self { source: Source::ToldOnce, nullable: true, ..row }
    }

    /// An attribute of a list's element, with its value where the configuration sets none.
    pub const fn defaulted(name: &'static str, kind: &'static dyn Kind, default: Literal, docs: &'static str) -> Self {
        let row = Self::new(name, Shape::Leaf(kind), Configurability::OptionalComputed, docs);
        Self { default: Some(default), ..row }
    }

    /// A nested object, each of whose attributes is not managed unless the configuration sets it.
    pub const fn object(name: &'static str, table: &'static Table, docs: &'static str) -> Self {
        Self::new(name, Shape::Object(table), Configurability::OptionalComputed, docs)
    }

    /// A list of objects. It is not managed unless the configuration sets it, and then written
    /// whole.
    pub const fn list(name: &'static str, table: &'static Table, docs: &'static str) -> Self {
        assert!(table.key.is_some(), "the elements of a list need a key");
        Self::new(name, Shape::List(table), Configurability::OptionalComputed, docs)
    }

    /// Its key in the remote object.
    #[must_use]
    pub const fn json(mut self, key: &'static str) -> Self {
        assert!(
            matches!(self.configurability, Configurability::Required | Configurability::OptionalComputed),
            "only an attribute that a configuration may set is written"
        );
        self.source = Source::Member { key, also: &[] };
        self
    }

    /// Further spellings of its key in answers.
    #[must_use]
    pub const fn also(mut self, also: &'static [&'static str]) -> Self {
        let Source::Member { key, .. } = self.source else { panic!("only a written member has other spellings") };
        self.source = Source::Member { key, also };
        self
    }

    /// The key at which the remote system tells a value that it assigned.
    #[must_use]
    pub const fn assigned(mut self, key: &'static str) -> Self {
        assert!(!matches!(self.configurability, Configurability::Required), "an assigned value can't be required");
        self.source = Source::Assigned { key };
        self
    }

    /// How the value follows from others: `{name}` stands for an attribute of the object, and
    /// `{provider.name}` for a value of the connection.
    #[must_use]
    pub const fn template(mut self, template: &'static str) -> Self {
        assert!(matches!(self.configurability, Configurability::Computed), "a derived value can't be set");
        self.source = Source::Template(template);
        self
    }

    /// The setting of the provider that it takes where the configuration of the object has none.
    #[must_use]
    pub const fn from_provider(mut self, setting: &'static str) -> Self {
        assert!(
            matches!(self.configurability, Configurability::OptionalComputed),
            "it must be possible to leave it out"
        );
        self.source = Source::Provider(setting);
        self
    }

    /// The value of a local attribute where the configuration sets none.
    #[must_use]
    pub const fn or(mut self, default: Literal) -> Self {
        assert!(matches!(self.source, Source::Local), "another default would write what nobody asked for");
        // Terraform lets a provider plan a value only where the attribute is computed, too.
        self.configurability = Configurability::OptionalComputed;
        self.default = Some(default);
        self
    }

    /// A value that a configuration may have.
    #[must_use]
    pub const fn example(mut self, example: Literal) -> Self {
        self.example = Some(example);
        self
    }

    /// Rules beyond those of its kind.
    #[must_use]
    pub const fn checks(mut self, checks: &'static [Check]) -> Self {
        self.checks = checks;
        self
    }

    /// It chooses where to look for objects, and is part of their identity.
    #[must_use]
    pub const fn place(mut self) -> Self {
        self.identity = Some(IdentityPart::Place);
        self
    }

    /// It tells an object from the others in its place.
    #[must_use]
    pub const fn id(mut self) -> Self {
        self.identity = Some(IdentityPart::Id);
        self
    }

    /// A configuration that sets it adopts the existing object of that identity.
    #[must_use]
    pub const fn adopts(mut self) -> Self {
        assert!(matches!(self.source, Source::Assigned { .. }), "only an assigned identity names an existing object");
        assert!(matches!(self.identity, Some(IdentityPart::Id)), "only an id names an existing object");
        self.adopts = true;
        self
    }

    /// A change of it needs a new object.
    #[must_use]
    pub const fn replaces(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// A change of one of these attributes makes its value unknown again.
    #[must_use]
    pub const fn renewed_by(mut self, attributes: &'static [&'static str]) -> Self {
        assert!(matches!(self.configurability, Configurability::Computed), "a configured value is not renewed");
        self.renewed_by = attributes;
        self
    }

    /// It may be null although no configuration sets it.
    #[must_use]
    pub const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// The remote system may store another text in place of the one that it is given. As long as
    /// both stay, that is not a difference.
    #[must_use]
    pub const fn rewritten(mut self) -> Self {
        assert!(matches!(self.source, Source::Member { .. }), "only what is written can be rewritten");
        self.rewritten = true;
        self
    }

    /// The value, other than nothing, that the remote system may give a new object where the request
    /// to create it has none.
    #[must_use]
    pub const fn initially(mut self, value: Literal) -> Self {
        assert!(matches!(self.source, Source::Member { .. }), "only a member of the object has a value of its own");
        self.initially = Initially::Value(value);
        self
    }

    /// The remote system may give a new object a value that it makes itself where the request to
    /// create it has none.
    #[must_use]
    pub const fn initially_made(mut self) -> Self {
        assert!(matches!(self.source, Source::Member { .. }), "only a member of the object has a value of its own");
        self.initially = Initially::Made;
        self
    }

    /// It is never shown.
    #[must_use]
    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }
}
