//! What happened to objects since the provider was configured. The CLI runs operations side by
//! side and hands private data on only later, so some rules need to know what this process did a
//! moment ago. Written and read by `lifecycle`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::{ManagedResource, Place};

/// What happened to objects.
#[derive(Debug, Default)]
pub struct History {
    /// The objects that were adopted, or are going to be.
    pub adopted: Objects,
    /// The objects that were created.
    pub created: Objects,
}

/// Objects by type and place, each with the time of the event.
#[derive(Debug, Default)]
pub struct Objects(Mutex<BTreeMap<(&'static str, Place), Duration>>);

// === impl Objects ===

impl Objects {
    /// Adds an object, if its identity is known. `at` is by [`super::Clock::elapsed`].
    pub fn note(&self, resource: &ManagedResource, place: &Place, at: Duration) {
        if place.is_whole(resource.table) {
            let mut objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            objects.insert((resource.type_name, place.clone()), at);
        }
    }

    /// When the object was added, if it was.
    pub fn since(&self, resource: &ManagedResource, place: &Place) -> Option<Duration> {
        let objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        objects.get(&(resource.type_name, place.clone())).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, BRANCH};

    #[test]
    fn an_object_is_known_by_its_type_and_whole_identity() {
        let objects = Objects::default();
        let place = Place::new([("city", "Ulm".to_owned()), ("id", "B1".to_owned())]);
        objects.note(&BRANCH, &place, Duration::from_secs(7));
        assert_eq!(objects.since(&BRANCH, &place), Some(Duration::from_secs(7)));
        assert_eq!(objects.since(&BOOK, &place), None);
        let half = Place::new([("id", "B2".to_owned())]);
        objects.note(&BRANCH, &half, Duration::ZERO);
        assert_eq!(objects.since(&BRANCH, &half), None, "half an identity may be of another object");
    }
}
