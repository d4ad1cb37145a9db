// SPDX-License-Identifier: Apache-2.0

//! The last objects that `load` found. A list that lacks one of them proves nothing about others: it may be cut
//! short, or of another time. Held by `shared_list`, asked by `objects`.

use std::collections::VecDeque;

/// How many objects are kept. A list that is cut short or of another project lacks one of them, most likely.
const MOST: usize = 16;

/// The ids of the last objects that were found.
#[derive(Default)]
pub(super) struct Witnesses(VecDeque<String>);

// === impl Witnesses ===

impl Witnesses {
    /// The object of this id was found.
    pub(super) fn found(&mut self, id: &str) {
        self.forget(id);
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(id.to_owned());
    }

    /// The object of this id is going to be deleted, or was not found.
    pub(super) fn forget(&mut self, id: &str) {
        self.0.retain(|known| known != id);
    }

    /// One of them that is lacking, the last one first.
    pub(super) fn lacking(&self, lacks: impl Fn(&str) -> bool) -> Option<String> {
        self.0.iter().rev().find(|id| lacks(id)).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_are_kept_until_they_are_gone() {
        let mut witnesses = Witnesses::default();
        let all = |_: &str| true;
        assert_eq!(witnesses.lacking(all), None);
        ["a", "b", "a"].into_iter().for_each(|id| witnesses.found(id));
        assert_eq!(witnesses.lacking(all).as_deref(), Some("a"));
        assert_eq!(witnesses.lacking(|id| id == "b").as_deref(), Some("b"));
        witnesses.forget("a");
        assert_eq!((witnesses.lacking(|id| id == "a"), witnesses.lacking(all).as_deref()), (None, Some("b")));
        (0..MOST).for_each(|number| witnesses.found(&number.to_string()));
        assert_eq!(witnesses.lacking(|id| id == "b"), None);
        assert!(witnesses.lacking(|id| id == "0").is_some());
    }
}
