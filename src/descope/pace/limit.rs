// SPDX-License-Identifier: Apache-2.0

//! The limit that the API seems to have: so many requests within such a time. It is learned from
//! refusals, and obeyed and doubted from then on. Used by `flow`.
//!
//! A rate alone would not do: of a limit of 100 a minute, all 100 may be used at once, and it takes
//! that to be as fast as the limit allows. Counting the requests of a sliding window fits limits
//! with sliding windows, fixed windows and buckets of tokens.

use std::time::Duration;

use tokio::time::Instant;

use super::sends::Sends;

/// The shortest time that a limit is learned over.
const SHORTEST: Duration = Duration::from_secs(1);

/// How much longer a window is taken for than it seems, for requests that are not under way equally
/// long.
const MARGIN: f64 = 1.05;

/// How long nothing may be refused before more is tried, and as a number of windows.
const TRUSTED: (Duration, u32) = (Duration::from_secs(20), 5);

/// How much more is tried at first, and at most, as a part of the present rate.
const STEPS: (f64, f64) = (0.05, 0.4);

/// What is left of a rate that was too high.
const DECREASE: f64 = 0.9;

/// From this length of a window on, a single request finds out whether more are accepted.
const LONG: Duration = Duration::from_secs(5);

/// How many requests a second any limit allows, as far as Descope tells.
const LOW: f64 = 1.0;

/// How long nothing may be refused, and nothing have to wait, before the limit is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(120);

/// So many requests within such a time.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    most: usize,
    within: Duration,
    /// When the first request was sent that the API took again.
    resumed: Instant,
    /// When more was tried, or something refused, for the last time.
    changed: Instant,
    /// When a request had to wait for the last time.
    busy: Instant,
    /// How much more is tried the next time, and the window before the last time.
    step: f64,
    proven: Option<Duration>,
    /// Whether requests that are refused count, as far as that is known.
    counts_refused: Option<bool>,
    /// Whether a single request beyond the limit was refused.
    scouted: bool,
}

/// What happened from the last time that the API took requests again until it took them once more.
pub(super) struct Refusal {
    /// When the request that was refused was sent.
    pub(super) sent: Instant,
    /// When that was known.
    pub(super) known: Instant,
    /// How long nobody sent then, without random parts.
    pub(super) waited: Duration,
    /// When the first request was sent that the API took again.
    pub(super) resumed: Instant,
}

/// When the next request may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// Now.
    Now,
    /// At this time at the earliest.
    At(Instant),
    /// Now, as the only one that goes beyond the limit.
    Scout(Scout),
}

/// What a single request beyond the limit is to find out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scout {
    /// Whether more are accepted.
    More,
    /// Whether requests that are refused count.
    Refused,
}

// === impl Refusal ===

impl Refusal {
    /// How many requests were accepted in this time before the API looked at the refused one, which
    /// was half-way between sending it and knowing the answer.
    fn accepted(&self, sends: &Sends, time: Duration) -> usize {
        let looked = self.sent + (self.known - self.sent) / 2;
        sends.accepted(looked.checked_sub(time).unwrap_or(looked), looked)
    }
}

// === impl Limit ===

impl Limit {
    /// What is learned from the first refusal: the requests before it were too many, and the wait
    /// was long enough.
    pub(super) fn learned(sends: &Sends, refusal: &Refusal) -> Self {
        let waited = refusal.waited.max(SHORTEST);
        Self::new(refusal.accepted(sends, waited), waited.mul_f64(MARGIN), refusal.resumed)
    }

    fn new(most: usize, within: Duration, resumed: Instant) -> Self {
        Self {
            most: most.max(1),
            within: within.max(SHORTEST),
            resumed,
            changed: resumed,
            busy: resumed,
            step: STEPS.0,
            proven: None,
            counts_refused: None,
            scouted: false,
        }
    }

    /// What is learned from a refusal although this limit was kept.
    pub(super) fn relearned(&self, sends: &Sends, refusal: &Refusal) -> Self {
        let kept = refusal.sent - self.resumed;
        let accepted = sends.accepted(self.resumed, refusal.known);
        let cycle = refusal.resumed - self.resumed;
        let learned = match self.proven {
            // Too much was tried.
            Some(proven) if kept > self.within * 2 => {
                Self { step: STEPS.0 / 2.0, ..Self::new(self.most, proven, refusal.resumed) }
            }
            _ if kept > self.within * 2 => Self::new(self.most, self.within.div_f64(DECREASE), refusal.resumed),
            // What was accepted is all that the API takes from one wait to the next.
            _ if kept < refusal.waited / 2 || accepted >= self.most && refusal.waited > SHORTEST * 2 => {
                Self::new(accepted, cycle, refusal.resumed).at_most(DECREASE * self.rate())
            }
            // The window is right, and the number is not.
            _ => {
                let accepted = refusal.accepted(sends, self.within.min(kept));
                Self::new(accepted, self.within, refusal.resumed).at_most(DECREASE * self.rate())
            }
        };
        // The fewer were counted, the less is known.
        let step = if accepted <= 3 { STEPS.1 } else { learned.step };
        Self { step, counts_refused: self.counts_refused, ..learned }
    }

    fn at_most(mut self, rate: f64) -> Self {
        let factor = self.rate() / rate;
        if factor > 1.0 {
            self.within = self.within.mul_f64(factor);
        }
        self
    }

    fn rate(&self) -> f64 {
        f64::from(u32::try_from(self.most).unwrap_or(u32::MAX)) / self.within.as_secs_f64()
    }

    /// When the next request may be sent.
    pub(super) fn leave(&self, sends: &Sends, now: Instant) -> Leave {
        let free = |first: Option<Instant>| first.map_or(now, |first| first + self.within);
        let all = free(sends.last_but(self.most - 1));
        let not_refused = free(sends.last_not_refused_but(self.most - 1));
        let free = match self.counts_refused {
            _ if all <= now => return Leave::Now,
            None if not_refused <= now => return Leave::Scout(Scout::Refused),
            Some(false) if not_refused <= now => return Leave::Now,
            Some(true) => all,
            Some(false) | None => not_refused,
        };
        if self.within < LONG || self.scouted || self.rate() > LOW {
            return Leave::At(free);
        }
        match sends.last_but(0).map_or(now, |last| last + self.within / 2) {
            scouting if scouting <= now => Leave::Scout(Scout::More),
            scouting => Leave::At(scouting.min(free)),
        }
    }

    /// A request has to wait for its turn.
    pub(super) fn busy(&mut self, now: Instant) {
        self.busy = now;
    }

    /// Whether requests have to wait for the limit.
    pub(super) fn is_reached(&self, now: Instant) -> bool {
        now - self.busy < self.within * 2
    }

    /// A request was accepted: more is tried after a while.
    pub(super) fn accepted(&mut self, now: Instant) {
        let trusted = match self.step < STEPS.1 {
            true => TRUSTED.0.max(self.within * TRUSTED.1),
            false => self.within * 4,
        };
        if now - self.changed > trusted {
            (self.proven, self.within) = (Some(self.within), self.within.div_f64(1.0 + self.step));
            (self.changed, self.scouted) = (now, false);
            self.step = (self.step * 2.0).min(STEPS.1);
        }
    }

    /// What a request beyond the limit found out.
    pub(super) fn found(&mut self, scout: Scout, accepted: bool) {
        match scout {
            Scout::Refused => self.counts_refused = Some(!accepted),
            Scout::More if accepted => self.most *= 2,
            Scout::More => self.scouted = true,
        }
    }

    /// Whether the limit need not be kept any more.
    pub(super) fn is_forgotten(&self, now: Instant) -> bool {
        now - self.busy > FORGOTTEN && now - self.changed > FORGOTTEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A limit of five requests within this time, all five of them just sent, and when that was.
    fn used_up(seconds: u64) -> (Limit, Sends, Instant) {
        let (mut sends, now) = (Sends::default(), Instant::now());
        for _ in 0..5 {
            let number = sends.send(now);
            sends.answered(number, true);
        }
        (Limit::new(5, SECOND * u32::try_from(seconds).unwrap(), now), sends, now)
    }

    #[test]
    fn a_limit_that_is_used_up_is_waited_for() {
        let (limit, mut sends, now) = used_up(2);
        assert_eq!(limit.leave(&sends, now), Leave::At(now + 2 * SECOND));
        assert_eq!(limit.leave(&sends, now + 2 * SECOND), Leave::Now);
        sends.send(now + 2 * SECOND);
        assert_eq!(limit.leave(&sends, now + 2 * SECOND), Leave::Now);
    }

    #[test]
    fn an_improbably_low_limit_is_tried_with_a_single_request() {
        let (mut limit, sends, now) = used_up(60);
        assert_eq!(limit.leave(&sends, now), Leave::At(now + 30 * SECOND));
        assert_eq!(limit.leave(&sends, now + 30 * SECOND), Leave::Scout(Scout::More));
        let mut refused = limit.clone();
        refused.found(Scout::More, false);
        assert_eq!(refused.leave(&sends, now + 30 * SECOND), Leave::At(now + 60 * SECOND));
        limit.found(Scout::More, true);
        assert_eq!(limit.leave(&sends, now + 30 * SECOND), Leave::Now);
    }

    #[test]
    fn whether_refused_requests_count_is_found_out() {
        let (mut limit, mut sends, now) = used_up(2);
        let refused = sends.send(now + SECOND);
        sends.answered(refused, false);
        let later = now + 2 * SECOND;
        for _ in 0..4 {
            assert_eq!(limit.leave(&sends, later), Leave::Now);
            sends.send(later);
        }
        assert_eq!(limit.leave(&sends, later), Leave::Scout(Scout::Refused));
        limit.found(Scout::Refused, true);
        assert_eq!(limit.leave(&sends, later), Leave::Now);
        limit.found(Scout::Refused, false);
        assert_eq!(limit.leave(&sends, later), Leave::At(now + 3 * SECOND));
    }

    #[test]
    fn more_is_tried_after_a_while_and_given_up_when_it_was_too_much() {
        let (mut limit, sends, now) = used_up(2);
        limit.accepted(now + 19 * SECOND);
        assert_eq!(limit.within, 2 * SECOND);
        limit.accepted(now + 21 * SECOND);
        assert!(limit.within < 2 * SECOND);
        let sent = now + 30 * SECOND;
        let refusal = Refusal { sent, known: sent, waited: SECOND, resumed: sent + SECOND };
        assert_eq!(limit.relearned(&sends, &refusal).within, 2 * SECOND);
    }

    #[test]
    fn a_limit_that_nobody_meets_is_forgotten() {
        let (mut limit, _, now) = used_up(2);
        assert!(!limit.is_forgotten(now + 119 * SECOND) && limit.is_forgotten(now + 121 * SECOND));
        limit.busy(now + 60 * SECOND);
        assert!(!limit.is_forgotten(now + 121 * SECOND));
    }
}
