// SPDX-License-Identifier: Apache-2.0

//! Which objects a list had that proved that another one is gone, for as long as the process runs. The list itself
//! is not kept: digests of the ids are enough, and those of ten thousand objects take 150 kB. Held by `shared_list`;
//! what follows from it is decided in `objects`.

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::sync::{Arc, Weak};

/// What a list proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Proof {
    /// Nothing: there was no such list yet.
    Nothing,
    /// An object is gone. Who deleted it, and when, is not known.
    Absence,
    /// A deletion of this process took effect.
    Deletion,
}

/// The objects that a list had.
pub(super) struct Shown<T> {
    /// The list. It may be gone by now.
    by: Weak<T>,
    proof: Proof,
    digests: HashSet<u64>,
}

// === impl Shown ===

impl<T> Default for Shown<T> {
    fn default() -> Self {
        Self { by: Weak::new(), proof: Proof::Nothing, digests: HashSet::new() }
    }
}

impl<T> Shown<T> {
    /// Keeps the ids of this list, unless an earlier one proved more. Many calls may bring the same list: it is read
    /// once.
    pub(super) fn keep<'a>(&mut self, list: &'a Arc<T>, proof: Proof, ids: impl FnOnce(&'a T) -> Vec<&'a str>) {
        if proof < self.proof {
            return;
        }
        self.proof = proof;
        if Weak::as_ptr(&self.by) == Arc::as_ptr(list) {
            return;
        }
        self.by = Arc::downgrade(list);
        self.digests = HashSet::new();
        for id in ids(list) {
            let digest = self.digests.hasher().hash_one(id);
            self.digests.insert(digest);
        }
    }

    /// Whether the list showed that deletions take effect, and had the object of this id.
    pub(super) fn had(&self, id: &str) -> bool {
        self.proof == Proof::Deletion && self.contains(id)
    }

    /// Whether there was a list, and it lacked the object of this id.
    pub(super) fn lacked(&self, id: &str) -> bool {
        self.proof != Proof::Nothing && !self.contains(id)
    }

    fn contains(&self, id: &str) -> bool {
        self.digests.contains(&self.digests.hasher().hash_one(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids<'a>(list: &'a &'static str) -> Vec<&'a str> {
        list.split(' ').collect()
    }

    #[test]
    fn the_last_list_counts_and_is_not_kept() {
        let mut shown = Shown::default();
        assert!(!shown.had("a") && !shown.lacked("a"), "nothing is known yet");
        let first = Arc::new("a b");
        shown.keep(&first, Proof::Deletion, ids);
        assert_eq!(["a", "b", "c", ""].map(|id| shown.had(id)), [true, true, false, false]);
        assert_eq!(["a", "c"].map(|id| shown.lacked(id)), [false, true]);
        shown.keep(&first, Proof::Deletion, |_| panic!("it was read before"));
        assert!(Arc::into_inner(first).is_some(), "nobody else holds it");
        shown.keep(&Arc::new("c"), Proof::Deletion, ids);
        assert_eq!(["a", "b", "c"].map(|id| shown.had(id)), [false, false, true]);
    }

    #[test]
    fn a_list_that_only_lacks_something_does_not_show_that_deletions_take_effect() {
        let mut shown = Shown::default();
        let list = Arc::new("a");
        shown.keep(&list, Proof::Absence, ids);
        assert!(!shown.had("a") && !shown.lacked("a") && shown.lacked("b"));
        shown.keep(&list, Proof::Deletion, |_| panic!("it was read before"));
        assert!(shown.had("a"), "the same list proved both");
        shown.keep(&Arc::new("c"), Proof::Absence, |_| panic!("it proves less"));
        assert!(shown.had("a"));
    }
}
