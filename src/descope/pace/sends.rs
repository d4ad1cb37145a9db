// SPDX-License-Identifier: Apache-2.0

//! The requests of the recent past, and what the API did with them. Used by `flow` and `limit`.

use std::collections::VecDeque;

use tokio::time::Instant;

/// How many are remembered. Limits of more requests than this are not found, and nobody needs that.
const MOST: usize = 5_000;

/// The requests of the recent past.
#[derive(Default)]
pub(super) struct Sends {
    /// In the order in which they were sent.
    sends: VecDeque<Send>,
    /// The number of the next one.
    next: u64,
}

struct Send {
    number: u64,
    at: Instant,
    /// Unknown until an answer comes.
    accepted: Option<bool>,
}

// === impl Sends ===

impl Sends {
    /// Remembers a request that is sent now. The answer is its number.
    pub(super) fn send(&mut self, now: Instant) -> u64 {
        if self.sends.len() == MOST {
            self.sends.pop_front();
        }
        let number = self.next;
        self.next += 1;
        self.sends.push_back(Send { number, at: now, accepted: None });
        number
    }

    /// Remembers whether the API accepted the request of this number.
    pub(super) fn answered(&mut self, number: u64, accepted: bool) {
        if let Ok(found) = self.sends.binary_search_by_key(&number, |send| send.number)
            && let Some(send) = self.sends.get_mut(found)
        {
            send.accepted = Some(accepted);
        }
    }

    /// How many were accepted of those that were sent at these times, both included.
    pub(super) fn accepted(&self, from: Instant, to: Instant) -> usize {
        let since = self.sends.iter().rev().take_while(|send| from <= send.at);
        since.filter(|send| send.accepted == Some(true) && send.at <= to).count()
    }

    /// When the last request but `more` was sent.
    pub(super) fn last_but(&self, more: usize) -> Option<Instant> {
        let index = self.sends.len().checked_sub(more + 1)?;
        self.sends.get(index).map(|send| send.at)
    }

    /// When the last request but `more` was sent, not counting those that were refused.
    pub(super) fn last_not_refused_but(&self, more: usize) -> Option<Instant> {
        self.sends.iter().rev().filter(|send| send.accepted != Some(false)).nth(more).map(|send| send.at)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn requests_are_found_by_time_and_by_count() {
        let (mut sends, start) = (Sends::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        let numbers: Vec<u64> = (0..5).map(|second| sends.send(after(second))).collect();
        for (number, accepted) in numbers.iter().zip([false, true, true, true]) {
            sends.answered(*number, accepted);
        }
        assert_eq!([sends.accepted(start, after(9)), sends.accepted(after(2), after(3))], [3, 2]);
        assert_eq!([0, 4, 5].map(|more| sends.last_but(more)), [Some(after(4)), Some(start), None]);
        assert_eq!([0, 3, 4].map(|more| sends.last_not_refused_but(more)), [Some(after(4)), Some(after(1)), None]);
    }

    #[test]
    fn old_requests_are_forgotten() {
        let (mut sends, start) = (Sends::default(), Instant::now());
        let first = sends.send(start);
        for _ in 0..MOST {
            sends.send(start);
        }
        sends.answered(first, true);
        assert_eq!((sends.accepted(start, start), sends.last_but(MOST)), (0, None));
    }
}
