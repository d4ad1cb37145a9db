//! Decides whether an entry of a list is as good as the object itself. Pure; `shared_reads` asks.
//!
//! The API's description gives both the same shape, but an implementation may shorten the entries, and an
//! object that is taken for what a shortened entry shows of it would be planned wrongly. So an entry counts
//! if nothing speaks against it: it holds every member that the table describes, or entries and objects
//! were compared before and agreed. An entry that shows a change of the object is compared in any case,
//! until enough of them have agreed. If one is found to differ from its object, no entry counts any more.

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

/// How entries and objects compared so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Trust {
    agreed: u32,
    contradicted: bool,
}

// === impl Trust ===

impl Trust {
    /// Adds a comparison.
    pub(super) fn compared(&mut self, agree: bool) {
        match agree {
            true => self.agreed = self.agreed.saturating_add(1),
            false => self.contradicted = true,
        }
    }

    /// Whether an entry counts. `is_complete` tells whether it holds every member that is described.
    pub(super) fn counts(self, looks: Looks, is_complete: impl FnOnce() -> bool) -> bool {
        let needed = match looks {
            Looks::Same => 1,
            Looks::Changed | Looks::New => ENOUGH,
        };
        !self.contradicted && (self.agreed >= needed || (looks != Looks::Changed && is_complete()))
    }

    /// Whether no entry counts.
    pub(super) fn is_lost(self) -> bool {
        self.contradicted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(agreed: u32) -> Trust {
        Trust { agreed, contradicted: false }
    }

    #[test]
    fn a_complete_entry_counts_unless_it_shows_a_change() {
        assert!(after(0).counts(Looks::Same, || true) && after(0).counts(Looks::New, || true));
        assert!(!after(0).counts(Looks::Changed, || true) && after(ENOUGH).counts(Looks::Changed, || true));
    }

    #[test]
    fn an_entry_that_lacks_something_counts_after_comparisons() {
        assert!(!after(0).counts(Looks::Same, || false) && after(1).counts(Looks::Same, || false));
        for looks in [Looks::Changed, Looks::New] {
            assert!(!after(ENOUGH - 1).counts(looks, || false) && after(ENOUGH).counts(looks, || false));
        }
    }

    #[test]
    fn one_contradiction_ends_it() {
        let mut trust = after(ENOUGH);
        trust.compared(true);
        assert!(trust.counts(Looks::Changed, || false) && !trust.is_lost());
        trust.compared(false);
        trust.compared(true);
        assert!(!trust.counts(Looks::Same, || true) && trust.is_lost());
    }
}
