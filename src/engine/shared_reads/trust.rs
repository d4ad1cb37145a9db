// SPDX-License-Identifier: Apache-2.0

//! Decides whether an entry of a list is as good as the object itself. Pure; `shared_reads` asks.
//!
//! The API's description gives both the same shape, but an implementation may shorten the entries, and an
//! object that is taken for what a shortened entry shows of it would be planned wrongly. So an entry counts
//! if nothing speaks against it:
//!
//! - It holds every member that the table describes. If it lacks some, the API may leave out what is blank:
//!   entries and objects were compared before and agreed, and no object had such a member that was blank.
//! - An entry that shows a change of the object is compared in any case, until enough of them have agreed.
//! - If one is found to differ from its object, in a value or in what is there, no entry counts any more.
//!
//! What this can't tell is a list that has other values than the objects for some of them only.

use std::collections::BTreeSet;

use crate::value::Path;

/// How many entries have to agree with their objects before one counts that shows a change.
const ENOUGH: u32 = 3;

/// What an entry shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    /// The object is as it is known.
    Same,
    /// The object has changed.
    Changed,
    /// Nothing was known of the object.
    New,
}

// === impl Looks ===

impl Looks {
    /// As the log tells it.
    pub fn told(self) -> &'static str {
        match self {
            Self::Same => "the object as it is known",
            Self::Changed => "a change",
            Self::New => "an object that was not known",
        }
    }
}

/// How entries and objects compared so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Trust {
    agreed: u32,
    contradicted: bool,
    /// What objects had although it was blank: the API does not leave it out.
    sent_blank: BTreeSet<Path>,
}

/// What comparing an entry with its object showed.
#[derive(Debug, Default)]
pub struct Compared {
    /// Whether both mean the same and have the same members.
    pub agree: bool,
    /// The members of the object that are blank.
    pub blank: Vec<Path>,
}

// === impl Trust ===

impl Trust {
    /// Adds a comparison.
    pub(super) fn compared(&mut self, Compared { agree, blank }: Compared) {
        match agree {
            true => self.agreed = self.agreed.saturating_add(1),
            false => self.contradicted = true,
        }
        self.sent_blank.extend(blank);
    }

    /// Whether an entry counts that lacks these members.
    pub(super) fn counts(&self, looks: Looks, lacking: &[Path]) -> bool {
        let needed = match looks {
            Looks::Same => 1,
            Looks::Changed | Looks::New => ENOUGH,
        };
        let is_enough = match lacking.is_empty() {
            true => looks != Looks::Changed || self.agreed >= needed,
            false => self.agreed >= needed && !lacking.iter().any(|path| self.sent_blank.contains(path)),
        };
        is_enough && !self.contradicted
    }

    /// Whether no entry counts.
    pub(super) fn is_lost(&self) -> bool {
        self.contradicted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(agreed: u32) -> Trust {
        Trust { agreed, ..Trust::default() }
    }

    fn compared(agree: bool, blank: &[&'static str]) -> Compared {
        Compared { agree, blank: blank.iter().map(|name| Path::of(name)).collect() }
    }

    #[test]
    fn a_complete_entry_counts_unless_it_shows_a_change() {
        assert!(after(0).counts(Looks::Same, &[]) && after(0).counts(Looks::New, &[]));
        assert!(!after(0).counts(Looks::Changed, &[]) && after(ENOUGH).counts(Looks::Changed, &[]));
    }

    #[test]
    fn an_entry_that_lacks_something_counts_after_comparisons() {
        let lacking = [Path::of("tags")];
        assert!(!after(0).counts(Looks::Same, &lacking) && after(1).counts(Looks::Same, &lacking));
        for looks in [Looks::Changed, Looks::New] {
            assert!(!after(ENOUGH - 1).counts(looks, &lacking) && after(ENOUGH).counts(looks, &lacking));
        }
    }

    #[test]
    fn an_entry_that_lacks_what_is_sent_although_it_is_blank_does_not_count() {
        let mut trust = after(ENOUGH);
        trust.compared(compared(true, &["logo"]));
        assert!(trust.counts(Looks::Same, &[Path::of("tags")]) && !trust.counts(Looks::Same, &[Path::of("logo")]));
    }

    #[test]
    fn one_contradiction_ends_it() {
        let mut trust = after(ENOUGH);
        trust.compared(compared(true, &[]));
        assert!(trust.counts(Looks::Changed, &[]) && !trust.is_lost());
        trust.compared(compared(false, &[]));
        trust.compared(compared(true, &[]));
        assert!(!trust.counts(Looks::Same, &[]) && trust.is_lost());
    }
}
