// SPDX-License-Identifier: Apache-2.0

//! Where an object is: the known parts of its identity. Made from plans, states and import ids, and
//! handed to every port of a managed resource, which turns it into its own types once.

use crate::schema::{IdentityPart, Table};
use crate::value::{Object, Value};

/// The known parts of an object's identity, in the order of its table. A blank text tells nothing,
/// so it is not a part.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    parts: Vec<(&'static str, String)>,
}

// === impl Place ===

impl Place {
    /// Where the object of these attributes is, as far as they tell.
    pub fn of(table: &Table, object: &Object) -> Self {
        let part = |name: &'static str| {
            let text = object.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty())?;
            Some((name, text.to_owned()))
        };
        Self { parts: table.identity().filter_map(|row| part(row.name)).collect() }
    }

    /// A place of these parts.
    pub fn new(parts: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self { parts: parts.into_iter().filter(|(_, text)| !text.trim().is_empty()).collect() }
    }

    /// One part, if it is known.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parts.iter().find(|(part, _)| *part == name).map(|(_, text)| text.as_str())
    }

    /// The part that tells the object from its siblings, if it is known.
    pub fn own(&self, table: &Table) -> Option<&str> {
        let ids = table.identity().filter(|row| row.identity == Some(IdentityPart::Id));
        ids.last().and_then(|row| self.get(row.name))
    }

    /// The parts in order.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.parts.iter().map(|(name, text)| (*name, text.as_str()))
    }

    /// Where the object's siblings are, too: the parts that do not tell it from them.
    #[must_use]
    pub fn parent(&self, table: &Table) -> Self {
        let is_of_parent = |name: &str| table.places().any(|row| row.name == name);
        Self { parts: self.parts.iter().filter(|(name, _)| is_of_parent(name)).cloned().collect() }
    }

    /// Whether every part of the table's identity is known.
    pub fn is_whole(&self, table: &Table) -> bool {
        let mut rows = table.identity().peekable();
        rows.peek().is_some() && rows.all(|row| self.get(row.name).is_some())
    }

    /// The part without which an object can't be asked for, if it is missing. The provider may have
    /// a value for the others.
    pub fn missing(&self, table: &Table) -> Option<&'static str> {
        let lacking = |row: &&crate::schema::Attribute| !row.is_from_provider() && self.get(row.name).is_none();
        table.identity().find(lacking).map(|row| row.name)
    }

    /// The parts as attributes.
    pub fn object(&self) -> Object {
        self.parts.iter().map(|(name, text)| (*name, Value::string(text))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::BOOK;

    fn object(parts: &[(&'static str, &str)]) -> Object {
        parts.iter().map(|(name, text)| (*name, Value::string(*text))).collect()
    }

    #[test]
    fn only_texts_that_tell_something_are_parts() {
        let place = Place::of(BOOK.table, &object(&[("city", ""), ("branch_id", "B1"), ("id", " "), ("title", "x")]));
        assert_eq!(place.parts().collect::<Vec<_>>(), [("branch_id", "B1")]);
        assert!(!place.is_whole(BOOK.table));
        assert_eq!(place.missing(BOOK.table), Some("id"), "the city may be the provider's");
    }

    #[test]
    fn a_whole_place_is_the_identity() {
        let place = Place::of(BOOK.table, &object(&[("id", "1"), ("branch_id", "B1"), ("city", "Ulm")]));
        assert!(place.is_whole(BOOK.table));
        assert_eq!(place.missing(BOOK.table), None);
        assert_eq!(place.parent(BOOK.table).parts().collect::<Vec<_>>(), [("city", "Ulm"), ("branch_id", "B1")]);
        assert_eq!(Place::of(BOOK.table, &place.object()), place);
    }
}
