// SPDX-License-Identifier: Apache-2.0

//! Decides what a read does: ask for its object alone, wait for others, or have all objects of its place
//! listed for itself and the others. Pure; `shared_reads` counts and asks.
//!
//! # The cost model
//!
//! A request costs the API a place in its limit of requests, and a run one round trip. A list is one
//! request, however many reads it answers, but it has all objects of the place: one that is managed among
//! thousands must not have them all sent. Nobody says beforehand how many reads will come or how many
//! objects there are. So a list counts as worth [`WORTH`] loads until one was timed, and after that as
//! many as fit into its time. Reads are answered by loads until a list would have cost no more. So never
//! more than twice is spent of what somebody would have spent who knew what was to come, plus a wait of
//! [`WINDOW`].
//!
//! - The first read is a load at once: it may remain the only one.
//! - The next ones wait until enough of them have come to be worth a list, or until no other has come for
//!   a while. In that case they are loads, too, side by side.
//! - A list answers all reads that come until it is no longer current: until this process writes, or
//!   until no read has come for [`PAUSE`], since reads that refresh come in one go. It is never used when
//!   it is older than [`OLDEST`].
//! - A refresh reads each object once. Who reads one again wants to know whether it has changed since: that
//!   is a load.

use std::time::Duration;

/// How many loads a list is worth that was not timed yet.
pub(super) const WORTH: u32 = 5;

/// The most loads that a list counts as worth, however long it took.
const MOST_WORTH: u32 = 100;

/// How long a read waits for others after the last one came.
pub(super) const WINDOW: Duration = Duration::from_millis(40);

/// After how long without a read the next one begins anew.
const PAUSE: Duration = Duration::from_secs(2);

/// How old an answer may be that is shared.
const OLDEST: Duration = Duration::from_secs(60);

/// How long the answer to a list may take, without waits for the API's limit: loads would have to wait as long.
pub const LIST_LIMIT: Duration = Duration::from_secs(14);

/// For how long no list is asked for after one failed. It doubles with each that fails after that.
const UNLISTABLE: Duration = Duration::from_secs(60);

/// What was counted since the reads began to come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    /// The loads that were begun.
    pub(super) loads: u32,
    /// The reads that wait, this one included.
    pub(super) waiting: u32,
    /// How many loads a list is worth.
    pub(super) worth: u32,
}

/// What a read does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It asks for its object alone.
    Load,
    /// It waits this long for others.
    Wait(Duration),
    /// It has all objects listed, or waits for the one who does.
    List,
}

// === impl Next ===

impl Next {
    /// As the log tells it.
    pub(super) fn told(self) -> String {
        match self {
            Self::Load => "load this object alone".to_owned(),
            Self::Wait(pause) => format!("wait up to {} ms for other reads", pause.as_millis()),
            Self::List => "share a list of all objects".to_owned(),
        }
    }
}

/// What a read does that has no answer yet, if the last one came so long ago.
pub(super) fn next(Counted { loads, waiting, worth }: Counted, since_the_last: Duration) -> Next {
    match WINDOW.checked_sub(since_the_last) {
        _ if loads.saturating_add(waiting) >= worth => Next::List,
        _ if loads == 0 => Next::Load,
        None | Some(Duration::ZERO) => Next::Load,
        Some(rest) => Next::Wait(rest),
    }
}

/// How many loads a list is worth, if both took so long.
pub(super) fn worth(list: Option<Duration>, load: Option<Duration>) -> u32 {
    let (Some(list), Some(load)) = (list, load) else { return WORTH };
    let times = list.as_micros() / load.as_micros().max(1);
    u32::try_from(times).unwrap_or(MOST_WORTH).clamp(WORTH, MOST_WORTH)
}

/// For how long no list is asked for if so many have failed in a row.
pub(super) fn unlistable(failed: u32) -> Duration {
    UNLISTABLE * 2_u32.saturating_pow(failed.saturating_sub(1).min(10))
}

/// Whether an answer can still be shared that was asked for so long ago, if the last read came so long
/// ago.
pub(super) fn is_current(asked: Duration, since_the_last: Duration) -> bool {
    asked <= OLDEST && since_the_last <= PAUSE
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    fn counted(loads: u32, waiting: u32) -> Counted {
        Counted { loads, waiting, worth: WORTH }
    }

    #[test]
    fn the_first_read_does_not_wait_and_the_next_ones_wait_for_others() {
        assert_eq!(next(counted(0, 1), NOW), Next::Load);
        assert_eq!(next(counted(1, 1), NOW), Next::Wait(WINDOW));
        assert_eq!(next(counted(1, 3), WINDOW / 5), Next::Wait(WINDOW / 5 * 4));
        assert_eq!(next(counted(1, 3), WINDOW), Next::Load);
    }

    #[test]
    fn a_list_is_asked_for_as_soon_as_it_costs_no_more_than_the_loads() {
        assert_eq!(next(counted(1, WORTH - 1), NOW), Next::List);
        assert_eq!(next(counted(WORTH - 1, 1), WINDOW * 9), Next::List, "one after the other, as well");
        assert_eq!(next(Counted { worth: 30, ..counted(1, 9) }, WINDOW), Next::Load);
        assert_eq!(next(Counted { worth: 30, ..counted(20, 10) }, NOW), Next::List);
    }

    #[test]
    fn a_list_that_took_long_is_worth_more_loads() {
        let ms = Duration::from_millis;
        assert_eq!((worth(None, Some(ms(5))), worth(Some(ms(5)), None)), (WORTH, WORTH));
        assert_eq!(worth(Some(ms(100)), Some(ms(100))), WORTH);
        assert_eq!(worth(Some(ms(3000)), Some(ms(100))), 30);
        assert_eq!((worth(Some(ms(3000)), Some(NOW)), worth(Some(Duration::MAX), Some(ms(1)))), (100, 100));
    }

    #[test]
    fn lists_that_keep_failing_are_asked_for_less_and_less_often() {
        assert_eq!([1, 2, 3].map(|failed| unlistable(failed).as_secs()), [60, 120, 240]);
        assert_eq!(unlistable(u32::MAX), unlistable(11));
    }

    #[test]
    fn an_answer_is_shared_while_reads_come_and_not_forever() {
        assert!(is_current(OLDEST, PAUSE));
        assert!(!is_current(OLDEST + WINDOW, NOW) && !is_current(PAUSE, PAUSE + WINDOW));
    }
}
