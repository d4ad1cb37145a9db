//! What happened to objects since the provider was configured. The CLI runs operations side by
//! side and hands private data on only later, so some rules need to know what this process did a
//! moment ago. Written and read by `lifecycle`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::place::Place;

/// What happened to objects.
#[derive(Debug, Default)]
pub struct History {
    /// The objects that were adopted, or are going to be.
    pub adopted: Objects,
    /// The objects that were created.
    pub created: Objects,
    /// The objects that were deleted.
    pub deleted: Objects,
}

/// Objects by type and place, each with the time of the event.
#[derive(Debug, Default)]
pub struct Objects(Mutex<BTreeMap<(&'static str, Place), Duration>>);

// === impl Objects ===

impl Objects {
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
        assert_eq!(objects.since("library_branch", &place("B2")), None);
    }
}
