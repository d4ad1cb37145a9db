//! Where objects are, as far as that is known without their ids. Kept by `history`, compared when a
//! plan destroys one object and adopts another whose id is not known yet: whatever the two are called,
//! they may be one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::place::Place;
use crate::schema::Table;

/// Where objects of each type are.
#[derive(Debug, Default)]
pub struct Whereabouts(Mutex<BTreeMap<&'static str, BTreeSet<Place>>>);

// === impl Whereabouts ===

impl Whereabouts {
    /// Adds an object.
    pub fn note(&self, type_name: &'static str, table: &Table, at: &Place) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(type_name).or_default().insert(without_id(table, at));
    }

    /// Whether there is one that is not known to be elsewhere than this.
    pub fn may_have(&self, type_name: &'static str, table: &Table, at: &Place) -> bool {
        let here = without_id(table, at);
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |place: &Place| place.parts().all(|(name, text)| here.get(name).is_none_or(|other| other == text));
        all.get(type_name).is_some_and(|places| places.iter().any(fits))
    }
}

fn without_id(table: &Table, at: &Place) -> Place {
    let is_id = |name: &str| table.attributes.iter().any(|row| row.adopts && row.name == name);
    Place::new(at.parts().filter(|(name, _)| !is_id(name)).map(|(name, text)| (name, text.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, BRANCH};

    fn at(city: &str, id: &str) -> Place {
        Place::new([("city", city.to_owned()), ("id", id.to_owned())])
    }

    #[test]
    fn objects_may_be_one_unless_they_are_known_to_be_elsewhere() {
        let known = Whereabouts::default();
        known.note(BRANCH.type_name, BRANCH.table, &at("Ulm", "B1"));
        let may_have = |place: &Place| known.may_have(BRANCH.type_name, BRANCH.table, place);
        assert!(may_have(&at("Ulm", "")) && may_have(&at("", "")) && may_have(&at("Ulm", "B2")));
        assert!(!may_have(&at("Bonn", "")));
        assert!(!known.may_have(BOOK.type_name, BOOK.table, &at("Ulm", "")), "another type");
    }
}
