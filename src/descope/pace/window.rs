// SPDX-License-Identifier: Apache-2.0

//! The requests of the last minute, and how long the next one must wait because of them. No I/O and
//! no clock: all times are microseconds since 1970. Used by `shared`, which keeps it in a file, and
//! by `machine`.

use std::time::Duration;

/// How much later than it was noted a request may arrive. Requests that took longer are noted anew
/// with the time of their end, see [`Window::took_long`].
pub(super) const MARGIN: Duration = Duration::from_secs(1);

/// How long a request counts. The API must see no more than the limit within any minute, and it sees
/// a request when it arrives.
const COUNTS: u64 = 60_000_000 + MARGIN.as_micros() as u64;

/// The length of a time in a file, in bytes.
const BYTES: usize = 8;

/// When requests were sent, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    times: Vec<u64>,
}

// === impl Window ===

impl Window {
    /// What a file holds. Half a time at its end is what a process left that was killed.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let times = bytes.chunks_exact(BYTES).filter_map(|time| time.try_into().ok()).map(u64::from_le_bytes);
        Self { times: times.collect() }
    }

    /// What a file shall hold.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.times.iter().flat_map(|time| time.to_le_bytes()).collect()
    }

    /// How long to wait until a request may be sent when there may be `most` of them. Zero means now.
    ///
    /// Requests that don't count any more are forgotten. A time in the future was noted before the
    /// clock was set back. It counts as now, so that nobody waits for longer than usual.
    pub(super) fn wait(&mut self, most: usize, now: u64) -> Duration {
        self.times.iter_mut().for_each(|time| *time = (*time).min(now));
        self.times.sort_unstable();
        self.times.retain(|time| time.saturating_add(COUNTS) > now);
        let leaves_last = self.times.len().checked_sub(most).and_then(|index| self.times.get(index));
        leaves_last.map_or(Duration::ZERO, |time| Duration::from_micros(time.saturating_add(COUNTS) - now))
    }

    /// Notes a request that is sent now.
    pub(super) fn send(&mut self, now: u64) {
        self.times.push(now);
    }

    /// Notes that the request that was sent then ended only now, so that it may have arrived at any
    /// time in between.
    pub(super) fn took_long(&mut self, sent: u64, now: u64) {
        if let Some(time) = self.times.iter_mut().find(|time| **time == sent) {
            *time = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;
    const START: u64 = 1_700_000_000 * SECOND;

    fn sent(seconds: &[u64]) -> Window {
        Window { times: seconds.iter().map(|second| START + second * SECOND).collect() }
    }

    fn wait(window: &mut Window, most: usize, second: u64) -> u64 {
        window.wait(most, START + second * SECOND).as_secs()
    }

    #[test]
    fn a_request_waits_until_enough_of_the_others_do_not_count_any_more() {
        let mut window = sent(&[0, 10, 20]);
        assert_eq!([4, 3, 2, 1].map(|most| wait(&mut window, most, 30)), [0, 31, 41, 51]);
        assert_eq!((wait(&mut window, 3, 60), wait(&mut window, 3, 61)), (1, 0));
        assert_eq!(window, sent(&[10, 20]), "what does not count is forgotten");
    }

    #[test]
    fn a_clock_that_was_set_back_costs_a_minute_and_no_request_too_many() {
        let mut window = sent(&[5000, 5001]);
        assert_eq!(wait(&mut window, 2, 100), 61);
        assert_eq!(window, sent(&[100, 100]));
        assert_eq!(wait(&mut window, 2, 161), 0);
    }

    #[test]
    fn a_request_that_took_long_counts_from_its_end() {
        let mut window = sent(&[0, 1]);
        window.took_long(START, START + 8 * SECOND);
        window.took_long(START + 2 * SECOND, START + 9 * SECOND);
        assert_eq!(wait(&mut window, 2, 10), 52);
        assert_eq!(window, sent(&[1, 8]));
    }

    #[test]
    fn a_file_holds_times_and_whatever_a_killed_process_left() {
        let window = sent(&[1, 2]);
        let mut bytes = window.bytes();
        assert_eq!((bytes.len(), Window::read(&bytes)), (16, window.clone()));
        bytes.extend_from_slice(&[1, 2, 3]);
        assert_eq!(Window::read(&bytes), window);
        let mut odd = Window::read(&[255; 24]);
        assert_eq!((wait(&mut odd, 3, 0), wait(&mut odd, 3, 61)), (61, 0), "garbage is gone after a minute");
    }
}
