// SPDX-License-Identifier: Apache-2.0

//! What is known where reads meet: who waits, which loads and lists there were, and which of their answers are current.
//! Pure; the rooms of `shared_reads` hold it.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::rule::is_current;
use super::trust::Trust;
use crate::engine::census::Census;
use crate::engine::place::Place;
use crate::raw::RawObject;

/// The time, and what this process wrote so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// By [`super::Clock::elapsed`].
    pub now: Duration,
    /// By [`super::Connection::writes`].
    pub writes: u64,
}

/// What happened in a room.
#[derive(Default)]
pub(super) struct Facts {
    /// What this process had written when the reads began to come.
    pub(super) writes: u64,
    /// When the last read came or had its answer.
    pub(super) last: Duration,
    /// When the last read came that waits.
    pub(super) arrived: Duration,
    pub(super) loads: u32,
    /// How many loads have begun in all.
    pub(super) begun: u64,
    pub(super) waiting: u32,
    /// How many searches ask for a list at present.
    pub(super) searched: u32,
    pub(super) list: Option<(Arc<dyn Census>, Moment)>,
    pub(super) loaded: BTreeMap<Place, Loaded>,
    /// The objects that a refresh has read, as digests: there may be thousands.
    pub(super) refreshed: HashSet<u64>,
    pub(super) trust: Trust,
    pub(super) list_took: Option<Duration>,
    pub(super) load_took: Option<Duration>,
    pub(super) unlistable_until: Duration,
    /// How many lists have failed since the last one that came.
    pub(super) failed_lists: u32,
}

/// A load of one object.
pub(super) enum Loaded {
    /// Its number.
    UnderWay(u64),
    /// What it brought, its number, and when it began.
    Done(RawObject, u64, Moment),
}

// === impl Facts ===

impl Facts {
    /// Forgets what is no longer current at this moment.
    pub(super) fn pass(&mut self, Moment { now, writes }: Moment) {
        let since_the_last = now.saturating_sub(self.last);
        let is_old =
            |asked: Moment| !is_current(now.saturating_sub(asked.now), since_the_last) || asked.writes != writes;
        if self.writes != writes || !is_current(Duration::ZERO, since_the_last) {
            (self.writes, self.loads) = (writes, 0);
            self.refreshed.clear();
        }
        if self.list.as_ref().is_some_and(|(_, asked)| is_old(*asked)) {
            self.list = None;
        }
        self.loaded.retain(|_, loaded| !matches!(loaded, Loaded::Done(.., asked) if is_old(*asked)));
        self.last = now;
    }

    /// Whether a list may be asked for.
    pub(super) fn may_list(&self, moment: Moment) -> bool {
        !self.trust.is_lost() && moment.now >= self.unlistable_until
    }

    pub(super) fn is_loading(&self) -> bool {
        self.loaded.values().any(|loaded| matches!(loaded, Loaded::UnderWay(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::raw;

    fn moment(milliseconds: u64, writes: u64) -> Moment {
        Moment { now: Duration::from_millis(milliseconds), writes }
    }

    #[test]
    fn a_write_or_a_pause_begins_anew_and_leaves_what_is_under_way() {
        for (now, is_new) in [(moment(1_900, 0), false), (moment(100, 2), true), (moment(9_000, 0), true)] {
            let mut facts = Facts { loads: 3, ..Facts::default() };
            let at = |id: &str| Place::new([("id", id.to_owned())]);
            facts.loaded.insert(at("a"), Loaded::UnderWay(1));
            facts.loaded.insert(at("b"), Loaded::Done(raw("{}"), 2, moment(0, 0)));
            facts.refreshed.insert(7);
            facts.pass(now);
            let expected = if is_new { (0, 1, 0) } else { (3, 2, 1) };
            assert_eq!((facts.loads, facts.loaded.len(), facts.refreshed.len()), expected, "{now:?}");
            assert!(facts.is_loading());
        }
    }

    #[test]
    fn no_list_is_asked_for_while_lists_are_of_no_use() {
        let mut facts = Facts { unlistable_until: Duration::from_secs(5), ..Facts::default() };
        assert!(!facts.may_list(moment(4_999, 0)) && facts.may_list(moment(5_000, 0)));
        facts.trust.compared(super::super::trust::Compared::default());
        assert!(!facts.may_list(moment(5_000, 0)));
    }
}
