// SPDX-License-Identifier: Apache-2.0

//! Values that two blocks set for one attribute of one object. Each apply of either would undo the
//! other. Kept by `history`, with digests instead of values: a plan may have thousands of objects.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::digest::{digest, short};
use super::phase::{Config, attribute_near};
use super::place::Place;
use crate::schema::{Shape, Source, Table};
use crate::value::{Object, Path, Trail, Value};

/// What was set for each object, by attribute.
#[derive(Debug, Default)]
pub struct Contradictions(Mutex<HashMap<u64, Vec<(u32, u32)>>>);

// === impl Contradictions ===

impl Contradictions {
    /// Adds what a configuration sets for the object of a type at a place, with the values of its
    /// plan: they have one spelling of what is the same. Answers the attributes for which another one
    /// was added before that sets something else.
    pub fn note(
        &self,
        type_name: &'static str,
        place: &Place,
        table: &Table,
        config: &Config,
        planned: &Object,
    ) -> Vec<Path> {
        let mut objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = objects.entry(digest(&(type_name, place))).or_default();
        let mut contradicted = Vec::new();
        managed(table, config.object(), planned, &Trail::Root, &mut |at, value| {
            let entry = (short(at), value);
            if known.iter().any(|(at, other)| *at == entry.0 && *other != entry.1) {
                contradicted.push(at.path());
            }
            if !known.contains(&entry) {
                known.push(entry);
            }
        });
        contradicted
    }

    /// Forgets what was set for the object of a type at a place.
    pub fn forget(&self, type_name: &'static str, place: &Place) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&digest(&(type_name, place)));
    }
}

/// Visits what a configuration sets of what the remote system stores, with a digest of what each planned
/// value means.
fn managed(table: &Table, config: &Object, planned: &Object, at: &Trail<'_>, visit: &mut impl FnMut(&Trail<'_>, u32)) {
    for (position, row) in table.rows_with_positions().filter(|(_, row)| matches!(row.source, Source::Member { .. })) {
        let [config, value] = [config, planned].map(|object| attribute_near(object, position, row.name));
        let at = at.attribute(row.name);
        match (row.shape, config, value) {
            (_, Value::Null | Value::Unknown(_), _) | (_, _, Value::Null | Value::Unknown(_)) => {}
            (Shape::Object(table), Value::Object(config), Value::Object(planned)) => {
                managed(table, config, planned, &at, visit);
            }
            (Shape::Leaf(kind), ..) => visit(&at, short(&kind.meaning(value))),
            // Order alone is no difference.
            (Shape::List(_), _, Value::List(elements)) => {
                visit(&at, elements.iter().fold(0, |sum, element| sum.wrapping_add(short(element))));
            }
            (Shape::Object(_) | Shape::List(_), ..) => visit(&at, short(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BRANCH, config, number, object};

    #[test]
    fn only_another_value_of_the_same_attribute_contradicts() {
        let (known, place) = (Contradictions::default(), Place::new([("id", "B1".to_owned())]));
        let note = |config: Config| {
            let planned = config.object();
            let paths = known.note("library_branch", &place, BRANCH.table, &config, planned);
            paths.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let room = |name: &'static str, value: Value| Value::Object(object([(name, value)]));
        let nothing = Vec::<String>::new();
        assert_eq!(note(config([("name", "Main".into()), ("motto", "Read".into())])), nothing);
        assert_eq!(note(config([("name", "Main".into()), ("founder", "Ann".into())])), nothing);
        assert_eq!(note(config([("name", "Main".into()), ("motto", "Rest".into())])), ["motto"]);
        assert_eq!(
            note(config([("loan_period", "7 days".into()), ("reading_room", room("desks", number(3)))])),
            nothing
        );
        assert_eq!(
            note(config([("loan_period", "7 days".into()), ("reading_room", room("open", true.into()))])),
            nothing
        );
        assert_eq!(note(config([("reading_room", room("desks", number(4)))])), ["reading_room.desks"]);
        assert_eq!(note(config([("motto", Value::unknown())])), nothing);
        let shelves = |names: [&str; 2]| {
            let shelf = |name: &&str| Value::Object(object([("name", (*name).into())]));
            config([("shelves", Value::List(names.iter().map(shelf).collect()))])
        };
        assert_eq!(note(shelves(["a", "b"])), nothing);
        assert_eq!(note(shelves(["b", "a"])), nothing, "order alone");
        assert_eq!(note(shelves(["a", "c"])), ["shelves"]);
        known.forget("library_branch", &place);
        assert_eq!(note(config([("motto", "Rust".into())])), nothing);
    }
}
