// SPDX-License-Identifier: Apache-2.0

//! A wait that the API asked for. While it lasts nobody sends; then one request goes ahead, and the
//! rest follows only when the API took that one. Used by `flow`.

use std::time::Duration;

use tokio::time::Instant;

use super::sends::Sends;

/// If the answer does not say how long to wait, and each time that the API refuses again. Added up,
/// they end a little after the windows that limits usually have: 1, 10, 30 and 60 seconds.
const PAUSES: [u64; 5] = [1, 3, 7, 20, 31];

/// Further pauses.
const LAST_PAUSE: u64 = 30;

/// How often in a row the API is believed that a shorter wait than our own is enough. Its limit may
/// be about to end; but one that refuses again and again does not know its own window.
const BELIEVED: usize = 11;

/// The same for an API that took [`MANY`] requests before. It counted them, so its limit is for a time
/// in which so many can be sent; if that were over after the short wait, it would not refuse again.
const BELIEVED_AFTER_MANY: usize = 1;

/// How many requests within [`LATELY`] are many.
const MANY: usize = 50;

/// The longest window that limits usually have.
const LATELY: Duration = Duration::from_secs(60);

/// The longest wait that the API can ask for. It is hardly meant for a client that waits if it is
/// longer, and the next request may find out.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// What is waited instead.
const INSTEAD: Duration = Duration::from_secs(60);

/// Why nobody sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Whether there were too many requests, and not just no time for one.
    pub limited: bool,
    /// What the API asked for. `None`: it did not say how long.
    pub asked: Option<Duration>,
}

/// A wait that the API asked for.
pub(super) struct Hold {
    /// When the request that was refused first was sent.
    pub(super) sent: Instant,
    /// When that was known.
    pub(super) known: Instant,
    /// Whether the API has a limit of requests, and not just no time.
    pub(super) limited: bool,
    /// What the API asked for last.
    asked: Option<Duration>,
    /// Until when nobody sends.
    pub(super) until: Instant,
    /// What was waited so far without the random part.
    pub(super) waited: Duration,
    /// Whether one request went ahead.
    pub(super) probing: bool,
    /// How many times the API refused in a row.
    times: usize,
    /// How often it is believed that a shorter wait than our own is enough.
    believed: usize,
}

// === impl Hold ===

impl Hold {
    /// A wait because of a request that was sent at this time, after these others, and is refused
    /// `now`.
    pub(super) fn new(sends: &Sends, sent: Instant, limited: bool, asked: Option<Duration>, now: Instant) -> Self {
        let before = sent.checked_sub(LATELY).map_or(0, |from| sends.accepted(from, sent));
        let believed = if before < MANY { BELIEVED } else { BELIEVED_AFTER_MANY };
        let waited = Duration::ZERO;
        let mut hold =
            Self { sent, known: now, limited, asked, until: now, waited, probing: false, times: 0, believed };
        hold.again(asked, now);
        hold
    }

    /// The request that went ahead was refused, too.
    pub(super) fn again(&mut self, asked: Option<Duration>, now: Instant) {
        let own = |times: usize| Duration::from_secs(PAUSES.get(times).copied().unwrap_or(LAST_PAUSE));
        let length = match believed(asked).filter(|asked| !asked.is_zero()) {
            Some(asked) if self.times < self.believed => asked,
            Some(asked) => asked.max(own(self.times - self.believed + 1)),
            None => own(self.times),
        };
        self.asked = asked;
        self.times += 1;
        self.waited += length;
        self.until = now + length + random_part(length);
        self.probing = false;
    }

    /// Why nobody sends.
    pub(super) fn wish(&self) -> Wish {
        Wish { limited: self.limited, asked: self.asked }
    }

    /// Another request that was under way when the wait began was refused with this wish.
    pub(super) fn extend(&mut self, asked: Option<Duration>, now: Instant) {
        if let Some(length) = believed(asked).filter(|length| !self.probing && now + *length > self.until) {
            self.waited += now + length - self.until;
            self.until = now + length + random_part(length);
        }
    }
}

fn believed(asked: Option<Duration>) -> Option<Duration> {
    asked.map(|asked| if asked > LONGEST_ASKED { INSTEAD } else { asked })
}

/// Between 3 and 10 per cent, but no more than a second: processes that were refused together come
/// back one after the other.
fn random_part(length: Duration) -> Duration {
    length.mul_f64(0.03 + 0.07 * fastrand::f64()).min(Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(hold: &Hold, since: Instant) -> u64 {
        (hold.until - since).as_secs()
    }

    fn hold(asked: Option<Duration>, now: Instant) -> Hold {
        Hold::new(&Sends::default(), now, true, asked, now)
    }

    /// The pauses of a hold that is refused so often, with a random part of less than a second.
    fn pauses(asked: Option<Duration>, times: usize) -> Vec<u64> {
        pauses_after(&Sends::default(), asked, times)
    }

    fn pauses_after(sends: &Sends, asked: Option<Duration>, times: usize) -> Vec<u64> {
        let now = Instant::now();
        let mut hold = Hold::new(sends, now, true, asked, now);
        let mut pauses = vec![seconds(&hold, now)];
        for _ in 1..times {
            hold.again(asked, now);
            pauses.push(seconds(&hold, now));
        }
        pauses
    }

    fn about(pauses: &[u64], own: &[u64]) -> bool {
        pauses.len() == own.len() && pauses.iter().zip(own).all(|(pause, own)| [*own, own + 1].contains(pause))
    }

    #[test]
    fn pauses_grow_if_the_api_does_not_say_how_long() {
        assert!(about(&pauses(None, 7), &[1, 3, 7, 20, 31, 30, 30]));
        assert!(about(&pauses(Some(Duration::ZERO), 3), &[1, 3, 7]));
    }

    /// An API that refuses ten times and asks for a second each time is asked again within 15.
    #[test]
    fn a_short_wait_is_believed_for_a_while_and_not_forever() {
        let pauses = pauses(Some(Duration::from_secs(1)), 15);
        assert!(about(&pauses[..11], &[1; 11]), "{pauses:?}");
        assert!(about(&pauses[11..], &[3, 7, 20, 31]), "{pauses:?}");
    }

    /// "Retry-After: 1" of a limit of 100 in a minute.
    #[test]
    fn a_short_wait_is_believed_only_once_after_many_requests() {
        let (mut sends, now) = (Sends::default(), Instant::now());
        for _ in 0..MANY {
            let number = sends.send(now);
            sends.answered(number, true);
        }
        let second = Some(Duration::from_secs(1));
        assert!(about(&pauses_after(&sends, second, 5), &[1, 3, 7, 20, 31]));
    }

    #[test]
    fn what_the_api_asks_for_is_waited_in_full_if_it_is_believable() {
        let now = Instant::now();
        let held = |asked| seconds(&hold(Some(Duration::from_secs(asked)), now), now);
        assert!([57, 58].contains(&held(57)) && [300, 301].contains(&held(300)));
        assert!([60, 61].contains(&held(301)) && [60, 61].contains(&held(86_400)));
    }

    #[test]
    fn the_longest_wish_of_several_counts() {
        let now = Instant::now();
        let mut hold = hold(Some(Duration::from_secs(5)), now);
        hold.extend(Some(Duration::from_secs(9)), now);
        hold.extend(Some(Duration::from_secs(2)), now);
        hold.extend(None, now);
        assert!([9, 10].contains(&seconds(&hold, now)));
    }
}
