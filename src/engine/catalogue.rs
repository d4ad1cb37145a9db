// SPDX-License-Identifier: Apache-2.0

//! The types of a [`Catalogue`] and its entries. The entries themselves are in `provider/mod.rs`, one
//! line each. An entry holds its data and its behaviour. Each RPC of `protocol` finds its entry here
//! by the name in the request, and nothing else chooses behaviour by name.

use std::sync::{Arc, OnceLock};

use super::lookup_table::LookUp;
use super::phase::Config;
use super::port::Port;
use super::ports::{Invoke, Open, Read};
use super::resource::{ManagedResource, Rule, sayings};
use super::session::Connection;
use crate::diag::Diagnostics;
use crate::schema::docs::{self, Saying};
use crate::schema::{Attribute, Configurability, Source, Table};
use crate::value::{Type, Value};

/// A provider: what it offers, and how a connection is made of its configuration.
pub trait Provider: Send + Sync + 'static {
    /// What the provider offers.
    fn catalogue(&self) -> &'static Catalogue;

    /// What is wrong with a provider block beyond its rows, as far as its values are known.
    fn validate(&self, _: &Config) -> Diagnostics {
        Diagnostics::none()
    }

    /// Makes a connection without using the network: nothing is needed before it is used. Values
    /// may be unknown in a plan.
    fn configure(&self, config: &Config) -> Result<Arc<dyn Connection>, Diagnostics>;
}

/// Everything that a provider offers. Each list is in the order of the docs.
pub struct Catalogue {
    /// What the provider is, in Markdown.
    pub docs: &'static str,
    /// The attributes of the provider block.
    pub table: &'static Table,
    /// The managed resources.
    pub resources: &'static [&'static ManagedResource],
    /// The data sources.
    pub data_sources: &'static [&'static DataSource],
    /// The ephemeral resources.
    pub ephemeral_resources: &'static [&'static EphemeralResource],
    /// The list resources.
    pub list_resources: &'static [&'static ListResource],
    /// The actions.
    pub actions: &'static [&'static Action],
    /// The functions.
    pub functions: &'static [&'static Function],
}

/// A data source: a look-up of a managed resource type, or something with a table of its own.
pub struct DataSource {
    /// The type's name in configuration.
    pub type_name: &'static str,
    /// What is read, and how.
    pub reads: Reads<dyn Read>,
}

/// An ephemeral resource, likewise.
pub struct EphemeralResource {
    /// The type's name in configuration.
    pub type_name: &'static str,
    /// What is opened, and how.
    pub reads: Reads<dyn Open>,
}

/// What a data source or an ephemeral resource reads.
pub enum Reads<T: ?Sized> {
    /// An object of a managed resource type that is not managed here.
    LookUp(LookUp),
    /// Something with a table of its own.
    Own {
        /// What it is, in Markdown.
        docs: &'static str,
        /// Its attributes. A configuration sets those that are not computed.
        table: &'static Table,
        /// Rules across attributes.
        rules: &'static [Rule],
        /// How it is read.
        port: Port<T>,
    },
}

/// A list resource: lists the objects of a managed resource type.
pub struct ListResource {
    /// The type of the objects.
    pub resource: &'static ManagedResource,
    filters: &'static [Attribute],
    table: OnceLock<Table>,
}

/// An action: something that is done once, when it is asked for, and leaves nothing in the state.
pub struct Action {
    /// The type's name in configuration.
    pub type_name: &'static str,
    /// What it does, in Markdown.
    pub docs: &'static str,
    /// Its arguments.
    pub table: &'static Table,
    /// Rules across attributes.
    pub rules: &'static [Rule],
    /// How it is carried out.
    pub port: Port<dyn Invoke>,
}

/// A function of the provider: pure, and callable without configuration.
pub struct Function {
    /// Its name in `provider::NAME::…`.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// What it does, in Markdown.
    pub docs: &'static str,
    /// Its parameters, all of them text: name and documentation.
    pub parameters: &'static [(&'static str, &'static str)],
    /// The type of its result.
    pub returns: fn() -> Type,
    /// The function itself, on as many texts as it has parameters.
    pub call: fn(&[&str]) -> Result<Value, Blame>,
}

/// Why a function refuses its arguments: the position of the wrong one, and a sentence.
pub type Blame = (usize, String);

// === impl DataSource ===

impl DataSource {
    /// Reads an object of a managed resource type, found by one of these attributes.
    pub const fn of(resource: &'static ManagedResource, found_by: &'static [&'static str]) -> Self {
        Self { type_name: resource.type_name, reads: Reads::LookUp(LookUp::new(resource, found_by)) }
    }

    /// What it is, in Markdown.
    pub fn docs(&self) -> String {
        self.reads.docs("It is read with each plan, and the state stores what was read.")
    }
}

// === impl EphemeralResource ===

impl EphemeralResource {
    /// Reads an object of a managed resource type, found by one of these attributes.
    pub const fn of(resource: &'static ManagedResource, found_by: &'static [&'static str]) -> Self {
        Self { type_name: resource.type_name, reads: Reads::LookUp(LookUp::new(resource, found_by)) }
    }

    /// What it is, in Markdown.
    pub fn docs(&self) -> String {
        self.reads.docs("It is read anew by each plan and each apply, and neither plan nor state stores what was read.")
    }
}

// === impl Reads ===

impl<T: ?Sized> Reads<T> {
    /// Its attributes.
    pub fn table(&self) -> &Table {
        match self {
            Self::LookUp(look_up) => look_up.table(),
            Self::Own { table, .. } => table,
        }
    }

    /// What its rules say of its attributes.
    pub fn sayings(&self) -> Vec<Saying> {
        match self {
            Self::LookUp(_) => Vec::new(),
            Self::Own { rules, .. } => sayings(*rules),
        }
    }

    fn docs(&self, storage: &str) -> String {
        match self {
            Self::LookUp(look_up) => look_up.docs(storage),
            Self::Own { docs, .. } => (*docs).to_owned(),
        }
    }
}

// === impl ListResource ===

impl ListResource {
    /// Lists the objects of a managed resource type.
    pub const fn of(resource: &'static ManagedResource) -> Self {
        Self::filtered(resource, &[])
    }

    /// Lists them, narrowed by these attributes.
    pub const fn filtered(resource: &'static ManagedResource, filters: &'static [Attribute]) -> Self {
        Self { resource, filters, table: OnceLock::new() }
    }

    /// What can be written in a `list` block: where to look, and the filters.
    pub fn table(&self) -> &Table {
        self.table.get_or_init(|| {
            let place = |row: &Attribute| Attribute {
                docs: docs::place(row, " Only objects there are listed."),
                configurability: match row.is_from_provider() {
                    true => Configurability::Optional,
                    false => Configurability::Required,
                },
                source: Source::Local,
                replaces: false,
                ..*row
            };
            let rows: Vec<Attribute> =
                self.resource.table.places().map(place).chain(self.filters.iter().copied()).collect();
            Table::of(rows.leak())
        })
    }

    /// What it is, in Markdown.
    pub fn docs(&self) -> String {
        format!("Lists what can be managed as `{}`.", self.resource.type_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, BOOKS, BRANCH};

    #[test]
    fn a_list_is_told_where_to_look_and_how_to_narrow() {
        let rows: Vec<(&str, Configurability)> =
            BOOKS.table().attributes.iter().map(|row| (row.name, row.configurability)).collect();
        assert_eq!(
            rows,
            [
                ("city", Configurability::Optional),
                ("branch_id", Configurability::Required),
                ("author", Configurability::Optional),
            ]
        );
    }

    #[test]
    fn look_ups_say_what_is_stored_of_them() {
        let stored = DataSource::of(&BRANCH, &["id", "name"]).docs();
        assert!(
            stored.contains("`library_branch`, found by its `id` or `name`. It need not be managed here. It is read"),
            "{stored}"
        );
        assert!(EphemeralResource::of(&BRANCH, &["id"]).docs().contains("neither plan nor state"));
        assert_eq!(BOOK.version(), 1);
    }
}
