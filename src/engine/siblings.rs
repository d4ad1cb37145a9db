//! What was there before this run created anything, by type and parent. After a creation whose fate
//! is unknown, that tells a new object from the old ones of its name. Kept by the session, used by
//! `lifecycle/doubt`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::place::Place;

/// The places of all objects under one parent.
pub type Places = BTreeSet<Place>;

type Key = (&'static str, Place);
type Known = Arc<OnceCell<Option<Places>>>;

/// What was there before this run created anything.
#[derive(Debug, Default)]
pub struct Siblings(Mutex<BTreeMap<Key, Known>>);

// === impl Siblings ===

impl Siblings {
    /// The objects of a type under a parent, as of before the first creation there. The first
    /// creation has them listed, and others that begin meanwhile wait for that. `None`: they could
    /// not be listed then.
    pub async fn before(
        &self,
        type_name: &'static str,
        parent: &Place,
        list: impl Future<Output = Option<Places>>,
    ) -> Option<Places> {
        let known = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry((type_name, parent.clone())).or_default().clone()
        };
        known.get_or_init(|| list).await.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_objects_of_a_parent_are_listed_once() {
        let siblings = Siblings::default();
        let place = |id: &str| Place::new([("id", id.to_owned())]);
        let parent = Place::new([("city", "Ulm".to_owned())]);
        let first = siblings.before("library_book", &parent, async { Some(Places::from([place("1")])) }).await;
        let again = siblings.before("library_book", &parent, async { Some(Places::new()) }).await;
        assert_eq!((first.clone(), again), (Some(Places::from([place("1")])), first));
        let other = Place::new([("city", "Bonn".to_owned())]);
        assert_eq!(siblings.before("library_book", &other, async { None }).await, None);
        assert_eq!(
            siblings.before("library_branch", &parent, async { Some(Places::new()) }).await,
            Some(Places::new())
        );
    }
}
