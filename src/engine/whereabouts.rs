// SPDX-License-Identifier: Apache-2.0

//! Where objects are, as far as that is known. Kept by `history`, compared when a plan destroys one
//! object and adopts another of which not all is known yet: whatever the two are called, they may be
//! one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::place::Place;
use crate::schema::Table;

/// Where objects of each type are, and which of them there, where that is known.
#[derive(Debug, Default)]
pub struct Whereabouts(Mutex<BTreeMap<&'static str, BTreeMap<Place, Ids>>>);

type Ids = BTreeSet<Option<String>>;

// === impl Whereabouts ===

impl Whereabouts {
    /// Adds an object.
    pub fn note(&self, type_name: &'static str, table: &Table, at: &Place) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (place, id) = apart(table, at);
        all.entry(type_name).or_default().entry(place).or_default().insert(id);
    }

    /// Whether there is one that is not known to be elsewhere than this, or another one.
    pub fn may_have(&self, type_name: &'static str, table: &Table, at: &Place) -> bool {
        let (here, id) = apart(table, at);
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |place: &Place| place.parts().all(|(name, text)| here.get(name).is_none_or(|other| other == text));
        let may_be_it = |ids: &Ids| id.is_none() || ids.contains(&None) || ids.contains(&id);
        all.get(type_name).is_some_and(|places| places.iter().any(|(place, ids)| fits(place) && may_be_it(ids)))
    }
}

/// Where an object is, without its id, and its id if that is known.
fn apart(table: &Table, at: &Place) -> (Place, Option<String>) {
    let is_id = |name: &str| table.attributes.iter().any(|row| row.adopts && row.name == name);
    let id = at.parts().find(|(name, _)| is_id(name)).map(|(_, id)| id.to_owned());
    (Place::new(at.parts().filter(|(name, _)| !is_id(name)).map(|(name, text)| (name, text.to_owned()))), id)
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
        assert!(may_have(&at("Ulm", "")) && may_have(&at("", "")) && may_have(&at("", "B1")));
        assert!(!may_have(&at("Bonn", "")) && !may_have(&at("Ulm", "B2")) && !may_have(&at("", "B2")));
        known.note(BRANCH.type_name, BRANCH.table, &at("", ""));
        assert!(may_have(&at("Ulm", "B2")), "one of which nothing is known");
        assert!(!known.may_have(BOOK.type_name, BOOK.table, &at("Ulm", "")), "another type");
    }
}
