// SPDX-License-Identifier: Apache-2.0

//! Whose the objects are that this run knows of: those that a block certainly has, and those that were
//! found in place of one whose creation got no answer. No object may be both, and none may be found
//! for two. Kept by `history`, used by `lifecycle`.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::memory::Guess;
use super::place::Place;

/// Whose objects are, by type and place.
#[derive(Debug, Default)]
pub struct Claims {
    known: Mutex<Known>,
    doubts: Mutex<usize>,
}

type Key = (&'static str, Place);

/// An object is in one of the two at most.
#[derive(Debug, Default)]
struct Known {
    claims: BTreeMap<Key, Claim>,
    /// The objects that were found for a doubt.
    guesses: BTreeMap<Key, Guess>,
}

/// Whose an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    /// It is in a state, or was made by this run.
    Owned,
    /// It was found for a doubt, and then was in another state.
    Contested,
}

// === impl Claims ===

impl Claims {
    /// A block has the object of a type at a place. False if it was found for a doubt of another.
    pub fn own(&self, type_name: &'static str, place: &Place) -> bool {
        let (key, mut known) = ((type_name, place.clone()), self.known());
        let claim = if known.guesses.remove(&key).is_some() { Claim::Contested } else { Claim::Owned };
        *known.claims.entry(key).or_insert(claim) == Claim::Owned
    }

    /// The object is that of the block for whose doubt it was found, for certain.
    pub fn confirm(&self, type_name: &'static str, place: &Place) {
        let (key, mut known) = ((type_name, place.clone()), self.known());
        known.guesses.remove(&key);
        known.claims.insert(key, Claim::Owned);
    }

    /// An object was found for a doubt. False if it is another's.
    pub fn guess(&self, type_name: &'static str, place: &Place, guess: &Guess) -> bool {
        let (key, mut known) = ((type_name, place.clone()), self.known());
        if known.claims.contains_key(&key) {
            return false;
        }
        known.guesses.entry(key).or_insert_with(|| guess.clone()).doubt == guess.doubt
    }

    /// Whether an object can't be that of a doubt, since it is another's. `doubt` is the doubt's digest.
    pub fn is_anothers(&self, type_name: &'static str, place: &Place, doubt: Option<&str>) -> bool {
        let (key, known) = ((type_name, place.clone()), self.known());
        match known.guesses.get(&key) {
            Some(guess) => Some(guess.doubt.as_str()) != doubt,
            None => known.claims.contains_key(&key),
        }
    }

    /// The objects of a type that were found for doubts.
    pub fn guesses(&self, type_name: &'static str) -> Vec<(Place, Guess)> {
        let known = self.known();
        let guesses = known.guesses.iter().filter(|((known, _), _)| *known == type_name);
        guesses.map(|((_, place), guess)| (place.clone(), guess.clone())).collect()
    }

    /// The number of a new doubt in this run.
    pub fn doubt(&self) -> usize {
        let mut doubts = self.doubts.lock().unwrap_or_else(PoisonError::into_inner);
        *doubts += 1;
        *doubts
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOK: &str = "library_book";

    fn place() -> Place {
        Place::new([("id", "1".to_owned())])
    }

    fn guess(doubt: &str) -> Guess {
        Guess { doubt: doubt.to_owned(), content: "c".to_owned() }
    }

    #[test]
    fn an_object_that_a_block_has_is_never_found_for_a_doubt() {
        let claims = Claims::default();
        assert!(claims.own(BOOK, &place()) && claims.own(BOOK, &place()), "two blocks may have one object");
        assert!(claims.is_anothers(BOOK, &place(), Some("a")));
        assert!(!claims.guess(BOOK, &place(), &guess("a")));
        assert!(!claims.is_anothers("library_branch", &place(), None));
    }

    #[test]
    fn an_object_is_found_for_one_doubt_alone_however_often() {
        let claims = Claims::default();
        assert!(claims.guess(BOOK, &place(), &guess("a")) && claims.guess(BOOK, &place(), &guess("a")));
        assert!(!claims.guess(BOOK, &place(), &guess("b")));
        let anothers = [Some("a"), Some("b"), None].map(|doubt| claims.is_anothers(BOOK, &place(), doubt));
        assert_eq!(anothers, [false, true, true]);
        assert_eq!(claims.guesses(BOOK), [(place(), guess("a"))]);
    }

    #[test]
    fn a_guess_that_another_block_has_is_contested_from_then_on() {
        let claims = Claims::default();
        assert!(claims.guess(BOOK, &place(), &guess("a")));
        assert!(!claims.own(BOOK, &place()) && !claims.own(BOOK, &place()));
        assert!(!claims.guess(BOOK, &place(), &guess("a")) && claims.guesses(BOOK).is_empty());
        claims.confirm(BOOK, &place());
        assert!(claims.own(BOOK, &place()));
    }
}
