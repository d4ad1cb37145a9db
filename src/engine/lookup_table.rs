// SPDX-License-Identifier: Apache-2.0

//! A managed resource's table and description as those of a data source or ephemeral resource that is
//! derived from it: the same attributes, of which a configuration sets only those that find an object.
//! Attributes that live on this side alone, or that nothing can tell, are left out. Used by
//! `catalogue`, `steps` and `lifecycle`.

use std::sync::OnceLock;

use super::resource::ManagedResource;
use crate::schema::docs::{self, alternatives, summary};
use crate::schema::{Attribute, Configurability, IdentityPart, Shape, Source, Table};

/// A look-up of the objects of a managed resource type.
pub struct LookUp {
    /// The type of the objects.
    pub resource: &'static ManagedResource,
    /// The attributes each of which finds an object in its place.
    pub found_by: &'static [&'static str],
    table: OnceLock<Table>,
}

// === impl LookUp ===

impl LookUp {
    /// A look-up by one of these attributes.
    pub const fn new(resource: &'static ManagedResource, found_by: &'static [&'static str]) -> Self {
        Self { resource, found_by, table: OnceLock::new() }
    }

    /// The attributes of what is read.
    pub fn table(&self) -> &Table {
        self.table.get_or_init(|| {
            let remote = |row: &&Attribute| {
                !matches!(row.source, Source::Local | Source::CreationArgument { .. } | Source::ToldOnce)
            };
            let rows: Vec<Attribute> =
                self.resource.table.attributes.iter().filter(remote).map(|row| self.row(row)).collect();
            Table::of(rows.leak())
        })
    }

    fn row(&self, row: &Attribute) -> Attribute {
        let place = row.identity == Some(IdentityPart::Place);
        if !place && !self.found_by.contains(&row.name) {
            return computed(row);
        }
        // A place that the provider has no value for can't be left out.
        let configurability = match place && !row.is_from_provider() {
            true => Configurability::Required,
            false => Configurability::OptionalComputed,
        };
        let docs = match (place, self.found_by) {
            (true, _) => docs::place(row, " The object is looked for there."),
            (false, [_]) => summary(row),
            (false, several) => {
                format!("{} Set exactly one of {}.", summary(row), alternatives(several).replace(" or ", " and "))
                    .leak()
            }
        };
        Attribute { docs, configurability, adopts: false, replaces: false, ..*row }
    }

    /// What it is, in Markdown. `storage` says what is stored of it.
    pub fn docs(&self, storage: &str) -> String {
        let (name, by) = (self.resource.type_name, alternatives(self.found_by));
        format!("Reads a `{name}`, found by its {by}. It need not be managed here. {storage}")
    }
}

/// The same attribute with everything in it, set by no configuration.
fn computed(row: &Attribute) -> Attribute {
    let nested = |table: &'static Table| -> &'static Table {
        let rows: Vec<Attribute> = table.attributes.iter().map(computed).collect();
        let rows: &'static [Attribute] = rows.leak();
        Box::leak(Box::new(match table.key {
            Some(key) => Table::elements(key, rows),
            None => Table::of(rows),
        }))
    };
    let shape = match row.shape {
        Shape::Leaf(kind) => Shape::Leaf(kind),
        Shape::Object(table) => Shape::Object(nested(table)),
        Shape::List(table) => Shape::List(nested(table)),
    };
    let (docs, configurability) = (summary(row), Configurability::Computed);
    Attribute { docs, shape, configurability, default: None, checks: &[], adopts: false, replaces: false, ..*row }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::BOOK;

    #[test]
    fn only_what_finds_an_object_can_be_set() {
        let look_up = LookUp::new(&BOOK, &["id", "title"]);
        let set: Vec<&str> =
            look_up.table().attributes.iter().filter(|row| row.is_configurable()).map(|row| row.name).collect();
        assert_eq!(set, ["city", "branch_id", "id", "title"]);
        for absent in ["deletion_protection", "timeouts", "access_code", "donor"] {
            assert!(look_up.table().attribute(absent).is_none(), "{absent} is not remote");
        }
    }

    #[test]
    fn what_is_only_read_is_not_told_how_to_be_managed() {
        let table = LookUp::new(&crate::library::BRANCH, &["name"]).table().attributes;
        let id = table.iter().find(|row| row.name == "id").map(|row| row.docs);
        assert_eq!(id, Some("Identifier of the branch."));
    }

    #[test]
    fn what_can_be_set_says_how_an_object_is_found() {
        let docs = |look_up: &LookUp, name| look_up.table().attribute(name).map(|row| row.docs);
        let either = LookUp::new(&BOOK, &["id", "title"]);
        assert_eq!(docs(&either, "title"), Some("Title of the book. Set exactly one of `id` and `title`."));
        let place = "City of the branch. The object is looked for there. If left out, it is the provider's `city`.";
        assert_eq!(docs(&either, "city"), Some(place));
        assert_eq!(docs(&LookUp::new(&BOOK, &["id"]), "id"), Some("Number of the book."));
    }
}
