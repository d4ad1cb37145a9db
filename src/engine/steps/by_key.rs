// SPDX-License-Identifier: Apache-2.0

//! Matches elements of lists by what tells them apart. A key is looked up, never searched for, so
//! that the time grows linearly with the lists (20,000 scopes are a real case).

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// For each of our keys the position of its partner: the first of their keys that is the same and
/// is not the partner of another one.
pub(super) fn partners<K: Eq + Hash>(
    ours: impl IntoIterator<Item = K>,
    theirs: impl IntoIterator<Item = K>,
) -> Vec<Option<usize>> {
    let (mut ours, mut theirs) = (ours.into_iter().peekable(), theirs.into_iter().peekable());
    let mut partners = Vec::new();
    // Most lists have not changed, and need no index.
    while let (Some(own), Some(other)) = (ours.peek(), theirs.peek())
        && own == other
    {
        partners.push(Some(partners.len()));
        ours.next();
        theirs.next();
    }
    // Of each key the first position that has no partner yet, and behind each position the next one of its key.
    let (matched, theirs): (usize, Vec<K>) = (partners.len(), theirs.collect());
    let mut first = HashMap::with_capacity(theirs.len());
    let mut next: Vec<Option<usize>> =
        theirs.iter().enumerate().rev().map(|(index, key)| first.insert(key, index)).collect();
    next.reverse();
    partners.extend(ours.map(|key| {
        let index = first.remove(&key)?;
        if let (Some(key), Some(Some(following))) = (theirs.get(index), next.get(index)) {
            first.insert(key, *following);
        }
        Some(matched + index)
    }));
    partners
}

/// The keys that occurred before, each at its place. What has no key repeats nothing.
pub(super) fn repetitions<K: Eq + Hash + Clone>(keys: impl IntoIterator<Item = Option<K>>) -> Vec<Option<K>> {
    let mut seen = HashSet::new();
    keys.into_iter().map(|key| key.filter(|key| !seen.insert(key.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::hash::Hasher;

    use super::*;

    #[test]
    fn keys_of_one_meaning_are_matched_in_turn() {
        assert_eq!(partners("abxa".chars(), "aacb".chars()), [Some(0), Some(3), None, Some(1)]);
        assert_eq!(partners("aaa".chars(), "a".chars()), [Some(0), None, None]);
    }

    #[test]
    fn each_key_after_the_first_of_its_kind_is_a_repetition() {
        let keys = [Some("a"), None, Some("b"), Some("a"), None, Some("a")];
        assert_eq!(repetitions(keys), [None, None, None, Some("a"), None, Some("a")]);
    }

    /// A key that counts how often keys are compared or looked up.
    #[derive(Clone)]
    struct Counted<'a>(usize, &'a Cell<usize>);

    impl PartialEq for Counted<'_> {
        fn eq(&self, other: &Self) -> bool {
            self.1.set(self.1.get() + 1);
            self.0 == other.0
        }
    }

    impl Eq for Counted<'_> {}

    impl Hash for Counted<'_> {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.1.set(self.1.get() + 1);
            self.0.hash(state);
        }
    }

    /// How often keys are compared or looked up when so many elements are matched, the other way round, and when
    /// they are looked through for repetitions.
    fn comparisons(elements: usize) -> (usize, usize) {
        let count = Cell::new(0);
        let key = |number| Counted(number, &count);
        let found = partners((0..elements).map(key), (0..elements).rev().map(key));
        assert_eq!((found[0], found[elements - 1]), (Some(elements - 1), Some(0)));
        let matching = count.replace(0);
        assert!(repetitions((0..elements).map(key).map(Some)).iter().all(Option::is_none));
        (matching, count.get())
    }

    /// Counted, since a timed test fails on a busy machine and passes on a fast one. A search would
    /// need four times as many.
    #[test]
    fn twice_as_many_elements_need_hardly_more_than_twice_as_many_comparisons() {
        let ((matching, repeating), (matching_twice, repeating_twice)) = (comparisons(1_000), comparisons(2_000));
        assert!(2 * matching_twice < 5 * matching, "{matching_twice} against {matching}");
        assert!(2 * repeating_twice < 5 * repeating, "{repeating_twice} against {repeating}");
    }
}
