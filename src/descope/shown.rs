// SPDX-License-Identifier: Apache-2.0

//! Which objects a list showed, for as long as the process runs. The list itself is not kept: digests of the ids
//! are enough, and those of ten thousand objects take 150 kB. Held by `shared_list`; what follows from it is
//! decided in `objects`.

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::sync::{Arc, Weak};

/// The objects that a list had.
pub(super) struct Shown<T> {
    /// The list. It may be gone by now.
    by: Weak<T>,
    digests: HashSet<u64>,
}

// === impl Shown ===

impl<T> Default for Shown<T> {
    fn default() -> Self {
        Self { by: Weak::new(), digests: HashSet::new() }
    }
}

impl<T> Shown<T> {
    /// Keeps the ids of this list in place of those of an earlier one. Many calls may bring the same list: it is
    /// read once.
    pub(super) fn keep<'a>(&mut self, list: &'a Arc<T>, ids: impl FnOnce(&'a T) -> Vec<&'a str>) {
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

    /// Whether the list had the object of this id.
    pub(super) fn has(&self, id: &str) -> bool {
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
        assert!(!shown.has("a"));
        let first = Arc::new("a b");
        shown.keep(&first, ids);
        assert_eq!(["a", "b", "c", ""].map(|id| shown.has(id)), [true, true, false, false]);
        shown.keep(&first, |_| panic!("it was read before"));
        assert!(Arc::into_inner(first).is_some(), "nobody else holds it");
        shown.keep(&Arc::new("c"), ids);
        assert_eq!(["a", "b", "c"].map(|id| shown.has(id)), [false, false, true]);
    }
}
