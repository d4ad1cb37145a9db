// SPDX-License-Identifier: Apache-2.0

//! Decides when a request may be sent, from how those before it ended. No I/O and no clock:
//! `gate` asks, and says what happened and when.
//!
//! Few requests are under way at first, and one more with each few answers, so that few are refused
//! when a limit is met for the first time.

use std::time::Duration;

use tokio::time::Instant;

use super::hold::{Hold, Wish};
use super::limit::{Leave, Limit, Refusal, Scout};
use super::sends::Sends;

/// How many requests may be under way at first, and after a refusal.
const FIRST_AT_ONCE: usize = 2;

/// After how many answers one more may be under way, and after what time at the earliest. The faster
/// answers come, the less is gained by more at once.
const GROWTH: (u32, Duration) = (6, Duration::from_millis(100));

/// So many requests within such a time may be sent however many are under way: no limit is that low,
/// and where answers take seconds, it takes more at once.
const FEW: (usize, Duration) = (5, Duration::from_secs(1));

/// When the next request may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Now.
    Now,
    /// At this time at the earliest: ask again then.
    At(Instant),
    /// Not before one of those that are under way has ended.
    Later,
}

/// A request that is under way.
#[derive(Debug)]
pub(super) struct Ticket {
    number: u64,
    at: Instant,
    /// How many waits there had been when it was sent.
    holds: u64,
    /// Whether it was sent ahead of the others after a wait.
    probe: bool,
    /// Whether it was sent beyond the limit, and what for.
    scout: Option<Scout>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::descope) enum Outcome {
    /// The API took it, whatever it answered.
    Accepted,
    /// There were too many. The API may have asked for this pause.
    Refused(Option<Duration>),
    /// The API had no time for it, and asked for this pause.
    Unavailable(Duration),
    /// No answer came.
    Unanswered,
}

// === impl Outcome ===

impl Outcome {
    /// The pause that the API asked for.
    pub(super) fn asked(self) -> Option<Duration> {
        match self {
            Self::Refused(asked) => asked,
            Self::Unavailable(asked) => Some(asked),
            Self::Accepted | Self::Unanswered => None,
        }
    }
}

/// What decides.
pub(super) struct Flow {
    most_at_once: usize,
    at_once: usize,
    under_way: usize,
    /// Answers since `at_once` grew, and when that was.
    answers: u32,
    grown: Option<Instant>,
    sends: Sends,
    hold: Option<Hold>,
    holds: u64,
    limit: Option<Limit>,
    scouting: bool,
}

// === impl Flow ===

impl Flow {
    /// At most so many requests at once.
    pub(super) fn new(most_at_once: usize) -> Self {
        let at_once = FIRST_AT_ONCE.min(most_at_once);
        Self {
            most_at_once,
            at_once,
            under_way: 0,
            answers: 0,
            grown: None,
            sends: Sends::default(),
            hold: None,
            holds: 0,
            limit: None,
            scouting: false,
        }
    }

    /// At most so many requests at once, if that is less than before.
    #[cfg(test)]
    pub(super) fn at_most(&mut self, most_at_once: usize) {
        self.most_at_once = self.most_at_once.min(most_at_once).max(1);
        self.at_once = self.at_once.min(self.most_at_once);
    }

    /// When the next request may be sent, if it must not be one of more than `most` at once.
    pub(super) fn turn(&mut self, now: Instant, most: usize) -> Turn {
        if self.under_way >= self.most_at_once.min(most) {
            return Turn::Later;
        }
        if self.under_way >= self.at_once {
            let (few, time) = FEW;
            match self.sends.last_but(few - 1).map(|first| first + time) {
                Some(time) if time > now => return Turn::At(time),
                _ => {}
            }
        }
        match &self.hold {
            Some(hold) if hold.probing => return Turn::Later,
            Some(hold) if hold.until > now => return Turn::At(hold.until),
            Some(_) => return Turn::Now,
            None => {}
        }
        if self.limit.as_ref().is_some_and(|limit| limit.is_forgotten(now)) {
            self.limit = None;
        }
        let Some(limit) = &mut self.limit else { return Turn::Now };
        match limit.leave(&self.sends, now) {
            Leave::Now => Turn::Now,
            Leave::Scout(_) if self.scouting => Turn::Later,
            Leave::Scout(_) => Turn::Now,
            Leave::At(time) => {
                limit.busy(now);
                Turn::At(time)
            }
        }
    }

    /// A request is sent now.
    pub(super) fn sent(&mut self, now: Instant) -> Ticket {
        let probe = self.hold.is_some();
        if let Some(hold) = &mut self.hold {
            hold.probing = true;
        }
        let leave = self.limit.as_ref().filter(|_| !probe).map(|limit| limit.leave(&self.sends, now));
        let scout = leave.and_then(|leave| match leave {
            Leave::Scout(scout) => Some(scout),
            Leave::Now | Leave::At(_) => None,
        });
        self.scouting |= scout.is_some();
        self.under_way += 1;
        Ticket { number: self.sends.send(now), at: now, holds: self.holds, probe, scout }
    }

    /// A request ended like this. The answer is how long all wait because of it, if that is news.
    pub(super) fn ended(&mut self, ticket: &Ticket, outcome: Outcome, now: Instant) -> Option<Duration> {
        self.under_way -= 1;
        self.scouting &= ticket.scout.is_none();
        match outcome {
            Outcome::Accepted => self.accepted(ticket, now),
            Outcome::Refused(asked) => return self.refused(ticket, true, asked, now),
            Outcome::Unavailable(asked) => return self.refused(ticket, false, Some(asked), now),
            Outcome::Unanswered => {
                if let Some(hold) = self.hold.as_mut().filter(|_| ticket.probe) {
                    hold.probing = false;
                }
            }
        }
        None
    }

    /// Whether a request that went ahead after a wait is told again that the API has no time.
    pub(super) fn lasts(&self, ticket: &Ticket, outcome: Outcome) -> bool {
        let unavailable = matches!(outcome, Outcome::Unavailable(_));
        unavailable && ticket.probe && self.hold.as_ref().is_some_and(|hold| !hold.limited)
    }

    /// Until when nobody sends.
    pub(super) fn held_until(&self) -> Option<Instant> {
        self.hold.as_ref().map(|hold| hold.until)
    }

    /// Why nobody sends, if that is so.
    pub(super) fn wish(&self) -> Option<Wish> {
        self.hold.as_ref().map(Hold::wish)
    }

    fn accepted(&mut self, ticket: &Ticket, now: Instant) {
        self.sends.answered(ticket.number, true);
        self.grow(now);
        match (self.hold.take_if(|_| ticket.probe), &mut self.limit, ticket.scout) {
            (Some(Hold { limited: true, sent, known, waited, .. }), limit, _) => {
                let refusal = Refusal { sent, known, waited, resumed: ticket.at };
                *limit = Some(match &limit {
                    None => Limit::learned(&self.sends, &refusal),
                    Some(limit) => limit.relearned(&self.sends, &refusal),
                });
            }
            (_, Some(limit), Some(scout)) => limit.found(scout, true),
            (_, Some(limit), None) => limit.accepted(now),
            (_, None, _) => {}
        }
    }

    fn grow(&mut self, now: Instant) {
        let (answers, time) = GROWTH;
        self.answers += 1;
        // Where requests wait for the limit anyway, more at once would only be refused at once.
        let useless = self.limit.as_ref().is_some_and(|limit| limit.is_reached(now));
        if !useless && self.answers >= answers && now - *self.grown.get_or_insert(now) >= time {
            self.at_once = (self.at_once + 1).min(self.most_at_once);
            (self.answers, self.grown) = (0, Some(now));
        }
    }

    fn refused(&mut self, ticket: &Ticket, limited: bool, asked: Option<Duration>, now: Instant) -> Option<Duration> {
        self.sends.answered(ticket.number, false);
        if limited {
            (self.at_once, self.answers) = (FIRST_AT_ONCE.min(self.most_at_once), 0);
        }
        match (&mut self.hold, &mut self.limit, ticket.scout) {
            // Expected, so nobody waits any longer for it.
            (None, Some(limit), Some(scout)) if limited => limit.found(scout, false),
            (Some(hold), _, _) if ticket.probe => {
                hold.again(asked, now);
                return Some(hold.until - now);
            }
            // It was under way when the wait began.
            (Some(hold), _, _) => hold.extend(asked, now),
            (None, _, _) if ticket.holds < self.holds => {}
            (None, _, _) => {
                self.holds += 1;
                let hold = self.hold.insert(Hold::new(&self.sends, ticket.at, limited, asked, now));
                return Some(hold.until - now);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A flow and a clock that only the test moves.
    struct Bench {
        flow: Flow,
        now: Instant,
    }

    impl Bench {
        fn new() -> Self {
            Self { flow: Flow::new(10), now: Instant::now() }
        }

        fn wait(&mut self, milliseconds: u64) {
            self.now += Duration::from_millis(milliseconds);
        }

        /// Sends all that may be sent now.
        fn send(&mut self) -> Vec<Ticket> {
            let mut sent = Vec::new();
            while self.flow.turn(self.now, 10) == Turn::Now {
                sent.push(self.flow.sent(self.now));
            }
            sent
        }

        fn end(&mut self, tickets: Vec<Ticket>, outcome: Outcome) -> Vec<Duration> {
            tickets.iter().filter_map(|ticket| self.flow.ended(ticket, outcome, self.now)).collect()
        }
    }

    const TOO_MANY: Outcome = Outcome::Refused(Some(Duration::from_secs(7)));

    #[test]
    fn more_at_once_come_with_answers_and_fewer_after_a_refusal() {
        let mut bench = Bench::new();
        let mut at_once = Vec::new();
        for _ in 0..20 {
            let sent = bench.send();
            at_once.push(sent.len());
            bench.wait(110);
            bench.end(sent, Outcome::Accepted);
        }
        assert!(at_once[..3] == [5, 2, 2] && at_once[1..].is_sorted() && at_once[19] == 10, "{at_once:?}");
        let sent = bench.send();
        bench.end(sent, TOO_MANY);
        bench.wait(8_000);
        let probe = bench.send();
        bench.end(probe, Outcome::Accepted);
        assert_eq!(bench.flow.at_once, 2);
    }

    #[test]
    fn slow_answers_do_not_keep_requests_back() {
        let mut bench = Bench::new();
        let mut sent = bench.send().len();
        for _ in 0..10 {
            bench.wait(100);
            sent += bench.send().len();
        }
        assert_eq!((sent, bench.flow.turn(bench.now, 10)), (10, Turn::Later));
    }

    #[test]
    fn quick_answers_do_not_hurry_the_growth() {
        let mut bench = Bench::new();
        for _ in 0..100 {
            let sent = bench.send();
            assert!(sent.len() <= 5);
            bench.wait(1);
            bench.end(sent, Outcome::Accepted);
        }
    }

    #[test]
    fn all_wait_and_one_goes_ahead() {
        let mut bench = Bench::new();
        let sent = bench.send();
        assert_eq!(sent.len(), 5);
        let told = bench.end(sent, TOO_MANY);
        assert_eq!(told.len(), 1, "the others were under way, so that is no news");
        bench.wait(7_000);
        assert!(bench.send().is_empty());
        bench.wait(800);
        let probe = bench.send();
        assert_eq!((probe.len(), bench.flow.turn(bench.now, 10)), (1, Turn::Later));
        // Refused again, so all wait once more, and that is told, too.
        assert_eq!(bench.end(probe, Outcome::Refused(None)).len(), 1);
        bench.wait(2_900);
        assert!(bench.send().is_empty());
        bench.wait(800);
        // No answer says nothing: the next one goes ahead.
        let probe = bench.send();
        bench.end(probe, Outcome::Unanswered);
        let probe = bench.send();
        assert_eq!(probe.len(), 1);
        bench.end(probe, Outcome::Accepted);
        assert_eq!(bench.flow.held_until(), None);
    }

    #[test]
    fn a_service_without_time_teaches_no_limit() {
        for (outcome, learned) in [(Outcome::Unavailable(Duration::from_secs(7)), false), (TOO_MANY, true)] {
            let mut bench = Bench::new();
            let sent = bench.send();
            bench.end(sent, outcome);
            assert!(bench.send().is_empty());
            bench.wait(8_000);
            let probe = bench.send();
            bench.end(probe, Outcome::Accepted);
            assert_eq!(bench.flow.limit.is_some(), learned);
        }
    }

    #[test]
    fn a_late_refusal_from_before_a_wait_does_not_begin_another() {
        let mut bench = Bench::new();
        let mut sent = bench.send();
        let late = vec![sent.remove(0)];
        bench.end(sent, TOO_MANY);
        bench.wait(8_000);
        let probe = bench.send();
        bench.end(probe, Outcome::Accepted);
        assert!(bench.end(late, TOO_MANY).is_empty());
        assert_eq!(bench.flow.held_until(), None);
    }
}
