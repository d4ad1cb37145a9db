//! What tells two objects of one type apart while the id of one of them is not known yet: their
//! names, which are what a configuration has to say, and where they are. Kept by `history`, compared
//! when a plan destroys one object and adopts another.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use super::place::Place;
use crate::schema::{Attribute, Configurability, Table};
use crate::value::{Object, Value};

/// How an object looks.
#[derive(Debug)]
pub struct Likeness {
    /// The digest of its type and of what it has to be given. `None` if that is not all known.
    names: Option<u64>,
    /// Where it is, as far as that is known and without the id.
    place: Place,
}

/// How objects look.
#[derive(Debug, Default)]
pub struct Likenesses(Mutex<HashMap<u64, BTreeSet<Place>>>);

// === impl Likeness ===

impl Likeness {
    /// How an object of a type with these attributes at a place looks.
    pub fn of(type_name: &'static str, table: &Table, at: &Place, object: &Object) -> Self {
        let is_part = |row: &Attribute| table.identity().any(|part| part.name == row.name);
        let given = table.attributes.iter().filter(|row| row.configurability == Configurability::Required);
        let names: Option<Vec<&str>> =
            given.filter(|row| !is_part(row)).map(|row| object.get(row.name).and_then(Value::as_str)).collect();
        let digest = |names: Vec<&str>| {
            let mut digest = DefaultHasher::new();
            (type_name, names).hash(&mut digest);
            digest.finish()
        };
        let is_id = |name: &str| table.attributes.iter().any(|row| row.adopts && row.name == name);
        let place = at.parts().filter(|(name, _)| !is_id(name)).map(|(name, text)| (name, text.to_owned()));
        Self { names: names.filter(|names| !names.is_empty()).map(digest), place: Place::new(place) }
    }
}

// === impl Likenesses ===

impl Likenesses {
    /// Adds one.
    pub fn note(&self, likeness: &Likeness) {
        let Some(names) = likeness.names else { return };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(names).or_default().insert(likeness.place.clone());
    }

    /// Whether there is one of the same names that is not known to be elsewhere.
    pub fn has(&self, likeness: &Likeness) -> bool {
        let Some(names) = likeness.names else { return false };
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |place: &Place| {
            place.parts().all(|(name, text)| likeness.place.get(name).is_none_or(|other| other == text))
        };
        all.get(&names).is_some_and(|places| places.iter().any(fits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, BRANCH, object};

    fn looks(city: &str, name: Value) -> Likeness {
        let at = Place::new([("city", city.to_owned()), ("id", "B1".to_owned())]);
        Likeness::of(BRANCH.type_name, BRANCH.table, &at, &object([("name", name)]))
    }

    #[test]
    fn objects_look_alike_by_their_names_unless_they_are_known_to_be_elsewhere() {
        let known = Likenesses::default();
        known.note(&looks("Ulm", "Main".into()));
        let has = |city: &str, name: Value| known.has(&looks(city, name));
        assert!(has("Ulm", "Main".into()) && has("", "Main".into()));
        assert!(!has("Bonn", "Main".into()) && !has("Ulm", "North".into()) && !has("Ulm", Value::unknown()));
        let book = Likeness::of(BOOK.type_name, BOOK.table, &Place::new([]), &object([("title", "Main".into())]));
        assert!(!known.has(&book), "another type");
        let nameless = Likenesses::default();
        nameless.note(&looks("Ulm", Value::unknown()));
        assert!(!nameless.has(&looks("Ulm", Value::unknown())), "what is not known is not the same");
    }
}
