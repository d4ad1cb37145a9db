// SPDX-License-Identifier: Apache-2.0

//! What was there before this run created anything, by type and parent, and which creations of one
//! name are under way. After a creation whose fate is unknown, both tell a new object from the
//! others of its name. Kept by the session, used by `lifecycle/create_once`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OnceCell, RwLock};

use super::place::Place;
use crate::diag::Diagnostics;

/// The places of all objects under one parent.
pub type Places = BTreeSet<Place>;

type Key = (&'static str, Place);
type Known = Arc<OnceCell<Arc<Places>>>;
type Names = BTreeMap<(&'static str, String), Arc<RwLock<()>>>;

/// What was there before this run created anything.
#[derive(Debug, Default)]
pub struct Siblings {
    known: Mutex<BTreeMap<Key, Known>>,
    names: Mutex<Names>,
}

// === impl Siblings ===

impl Siblings {
    /// The objects of a type under a parent, as of before the first creation there. The first
    /// creation has them listed, and others that begin meanwhile wait for that. If they can't be
    /// listed, the next one tries.
    pub async fn before(
        &self,
        type_name: &'static str,
        parent: &Place,
        list: impl Future<Output = Result<Places, Diagnostics>>,
    ) -> Result<Arc<Places>, Diagnostics> {
        let known = {
            let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry((type_name, parent.clone())).or_default().clone()
        };
        known.get_or_try_init(async || list.await.map(Arc::new)).await.cloned()
    }

    /// The creations of a name. Each shares it while it is under way. One that looks for its object
    /// has it alone: the object of another creation under way would be taken for its own.
    pub fn named(&self, type_name: &'static str, name: &str) -> Arc<RwLock<()>> {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.entry((type_name, name.to_owned())).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Diagnostic;

    #[tokio::test]
    async fn the_objects_of_a_parent_are_listed_once() {
        let siblings = Siblings::default();
        let place = |id: &str| Place::new([("id", id.to_owned())]);
        let parent = Place::new([("city", "Ulm".to_owned())]);
        let before = async |type_name, parent: &Place, list| {
            let known = siblings.before(type_name, parent, async { list }).await;
            known.map(|places| Places::clone(&places)).map_err(|_| "not listed")
        };
        let failed = || Err(Diagnostic::error("x", "y").into());
        let first = before("library_book", &parent, Ok(Places::from([place("1")]))).await;
        let again = before("library_book", &parent, Ok(Places::new())).await;
        assert_eq!((first.clone(), again), (Ok(Places::from([place("1")])), first));
        let other = Place::new([("city", "Bonn".to_owned())]);
        assert_eq!(before("library_book", &other, failed()).await, Err("not listed"));
        assert_eq!(before("library_book", &other, Ok(Places::new())).await, Ok(Places::new()));
        assert_eq!(before("library_branch", &parent, Ok(Places::new())).await, Ok(Places::new()));
    }

    #[tokio::test]
    async fn creations_of_a_name_share_it_and_a_look_has_it_alone() {
        let siblings = Siblings::default();
        let (first, second) = (siblings.named("library_book", "Emma"), siblings.named("library_book", "Emma"));
        let (under_way, too) = (first.read().await, second.read().await);
        assert!(first.try_write().is_err());
        drop((under_way, too));
        let _look = first.write().await;
        assert!(second.try_read().is_err() && siblings.named("library_book", "Persuasion").try_read().is_ok());
    }
}
