// SPDX-License-Identifier: Apache-2.0

//! What happened to objects since the provider was configured. The CLI runs operations side by
//! side and hands private data on only later, so some rules need to know what this process did a
//! moment ago. Written and read by `lifecycle`.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::claims::Claims;
use super::contradictions::Contradictions;
use super::digest::digest;
use super::phase::Config;
use super::place::Place;
use super::whereabouts::Whereabouts;

/// What happened to objects.
#[derive(Debug, Default)]
pub struct History {
    /// The objects that were adopted, or are going to be.
    pub adopted: Objects,
    /// The objects that were created.
    pub created: Objects,
    /// The objects that were deleted.
    pub deleted: Objects,
    /// The objects that a plan adopts and that are not adopted yet.
    pub to_adopt: Objects,
    /// The objects that a plan destroys and that are still there.
    pub to_destroy: Objects,
    /// Whose the objects are that this run knows of.
    pub claims: Claims,
    /// The blocks that were planned for each object.
    pub blocks: Blocks,
    /// What these blocks set.
    pub values: Contradictions,
    /// The objects that the CLI had refreshed.
    pub seen: Seen,
    /// Where the objects are that a plan destroys.
    pub doomed: Whereabouts,
    /// Where the objects are that a plan adopts and whose id is not known yet.
    pub unknown_adoptions: Whereabouts,
}

/// The configurations that were planned for each object. The CLI does not tell a block's address,
/// and plans a block more than once; but each block has a configuration of its own. Both are kept
/// as digests, because a plan may have thousands of objects.
#[derive(Debug, Default)]
pub struct Blocks(Mutex<HashMap<u64, Planned>>);

/// Objects by type and place, as digests, each with how often it was looked at.
#[derive(Debug, Default)]
pub struct Seen(Mutex<HashMap<u64, u32>>);

/// What was planned for one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Planned {
    /// One configuration, with this digest.
    One(u64),
    /// Configurations that differ.
    Several,
}

// === impl Blocks ===

impl Blocks {
    /// Adds a configuration for the object of a type at a place. `is_new` is whether the block has no
    /// state yet. Answers whether another block was planned for the same object before.
    pub fn is_shared(&self, type_name: &'static str, place: &Place, config: &Config, is_new: bool) -> bool {
        let config = digest(&(is_new, config.object()));
        let mut objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let planned = objects.entry(key(type_name, place)).or_insert(Planned::One(config));
        if *planned != Planned::One(config) {
            *planned = Planned::Several;
        }
        *planned == Planned::Several
    }

    /// Whether a configuration was planned for the object of a type at a place.
    pub fn is_planned(&self, type_name: &'static str, place: &Place) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&key(type_name, place))
    }

    /// Forgets what was planned for the object of a type at a place.
    fn forget(&self, type_name: &'static str, place: &Place) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key(type_name, place));
    }
}

// === impl Seen ===

impl Seen {
    /// Adds the object of a type at a place.
    pub fn note(&self, type_name: &'static str, place: &Place) {
        let mut objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = objects.entry(key(type_name, place)).or_default();
        *count = count.saturating_add(1);
    }

    /// Whether the object of a type at a place was added more than once. The CLI has each block refreshed at
    /// most once for a plan, so there are several blocks of it then.
    pub fn is_repeated(&self, type_name: &'static str, place: &Place) -> bool {
        let objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        objects.get(&key(type_name, place)).is_some_and(|count| *count > 1)
    }

    /// Whether the CLI had any object refreshed. It does that for plans only, so nothing else changes remotely in
    /// between that the configuration asks for.
    pub fn is_any(&self) -> bool {
        !self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Whether the object of a type at a place was added.
    pub fn has(&self, type_name: &'static str, place: &Place) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&key(type_name, place))
    }
}

fn key(type_name: &'static str, place: &Place) -> u64 {
    digest(&(type_name, place))
}

/// Objects by type and place, each with the time of the event.
#[derive(Debug, Default)]
pub struct Objects(Mutex<BTreeMap<(&'static str, Place), Duration>>);

// === impl History ===

impl History {
    /// What was planned for the object of a type at a place is being applied.
    pub fn apply(&self, type_name: &'static str, place: &Place) {
        let key = (type_name, place.clone());
        for objects in [&self.to_adopt, &self.to_destroy] {
            objects.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        }
        self.blocks.forget(type_name, place);
        self.values.forget(type_name, place);
    }
}

// === impl Objects ===

impl Objects {
    /// The objects of a type.
    pub fn of(&self, type_name: &'static str) -> Vec<Place> {
        let objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        objects.keys().filter(|(known, _)| *known == type_name).map(|(_, place)| place.clone()).collect()
    }

    /// Adds the object of a type at a place. `at` is by [`super::Clock::elapsed`].
    pub fn note(&self, type_name: &'static str, place: &Place, at: Duration) {
        let mut objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        objects.insert((type_name, place.clone()), at);
    }

    /// When the object was added, if it was.
    pub fn since(&self, type_name: &'static str, place: &Place) -> Option<Duration> {
        let objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        objects.get(&(type_name, place.clone())).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_known_by_its_type_and_place() {
        let objects = Objects::default();
        let place = |id: &str| Place::new([("city", "Ulm".to_owned()), ("id", id.to_owned())]);
        objects.note("library_branch", &place("B1"), Duration::from_secs(7));
        assert_eq!(objects.since("library_branch", &place("B1")), Some(Duration::from_secs(7)));
        assert_eq!(objects.since("library_book", &place("B1")), None);
        assert_eq!((objects.of("library_branch"), objects.of("library_book")), (vec![place("B1")], vec![]));
        assert_eq!(objects.since("library_branch", &place("B2")), None);
    }

    #[test]
    fn two_blocks_of_one_object_are_told_from_one_block_that_is_planned_twice() {
        let (blocks, place) = (Blocks::default(), Place::new([("id", "B1".to_owned())]));
        let config = |name: &str| crate::library::config([("name", name.into())]);
        let shared = |name: &str| blocks.is_shared("library_branch", &place, &config(name), false);
        assert_eq!([shared("a"), shared("a"), shared("b"), shared("a")], [false, false, true, true]);
        let other = Place::new([("id", "B2".to_owned())]);
        assert!(!blocks.is_planned("library_branch", &other));
        assert!(!blocks.is_shared("library_branch", &other, &config("b"), false));
        assert!(blocks.is_shared("library_branch", &other, &config("b"), true), "a new block of the same words");
        assert!(blocks.is_planned("library_branch", &other));
    }
}
