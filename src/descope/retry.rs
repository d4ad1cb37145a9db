// SPDX-License-Identifier: Apache-2.0

//! Decides whether and when a call is repeated, from what the call does and how its last attempt
//! ended. There is no I/O here: `transport` asks after each attempt, and waits.
//!
//! - Descope answers 429 and E111009 before a call has any effect, so every call is repeated until
//!   the deadline. 429 is the rate limit, and `pace` says when the next attempt may be made; E111009
//!   means that the key's rights are not in force yet.
//! - A call without a connection had no effect either. It is repeated for a few seconds only,
//!   because a wrong address stays wrong. The same goes for a request that the server certainly did
//!   not look at, which is an everyday thing where connections are closed for a restart.
//! - If the service was unavailable or the connection broke, a call is repeated unless it creates
//!   something: two objects are worse than an error.
//!
//! Each kind of failure has its own pauses. They grow, and have a random part, so that operations
//! that failed at the same time don't all try again at the same time.

use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder, ExponentialBuilder};

use super::call::{Attempt, Effect, HttpResponse};
use super::cause::About;
use super::outage::Sign;
use super::pace::Outcome;

/// Half a second to one at first, 4 to 8 seconds later, until the deadline.
const RIGHTS: ExponentialBuilder = growing(500).with_max_delay(Duration::from_secs(4)).without_max_times();

/// Five pauses of 8 to 16 seconds in all, which is longer than a restart of the service takes.
const SERVICE: ExponentialBuilder = growing(250).with_max_times(5);

/// Four pauses of 4 to 8 seconds in all.
const CONNECTION: ExponentialBuilder = growing(250).with_max_times(4);

/// Eight pauses of 7 to 14 seconds in all, the first of them short: another connection will do.
const UNPROCESSED: ExponentialBuilder = growing(50).with_max_delay(Duration::from_secs(2)).with_max_times(8);

type Pauses = <ExponentialBuilder as BackoffBuilder>::Backoff;

/// What to do after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Wait this long, then try again.
    Repeat(Duration),
    /// Try again when it is the call's turn.
    Queue,
    /// Keep the outcome: it is a success, or a failure that repeating the call would not mend or
    /// could make worse.
    Keep,
    /// Keep the outcome, because the call was repeated often enough.
    GiveUp,
    /// Keep the outcome, because the deadline would pass before the next attempt.
    NoTimeLeft,
}

/// The repetitions of one call.
pub(super) struct Retries {
    effect: Effect,
    rights: Pauses,
    service: Pauses,
    connection: Pauses,
    unprocessed: Pauses,
}

// === impl Retries ===

impl Retries {
    /// No repetitions so far, of a call with this effect.
    pub(super) fn new(effect: Effect) -> Self {
        Self {
            effect,
            rights: RIGHTS.build(),
            service: SERVICE.build(),
            connection: CONNECTION.build(),
            unprocessed: UNPROCESSED.build(),
        }
    }

    /// Decides what to do after this attempt. `held` is how long all calls wait because the API asked
    /// for that, and `left` is the time until the deadline.
    pub(super) fn after(&mut self, attempt: &Attempt, held: Duration, left: Duration) -> Next {
        let pause = match attempt {
            Attempt::Answered(response) if response.is_rate_limit() => match held < left {
                true => return Next::Queue,
                false => return Next::NoTimeLeft,
            },
            Attempt::Answered(response) if response.lacks_rights() => self.rights.next(),
            Attempt::Answered(response) if !is_passing(response.status) => return Next::Keep,
            // The next answer would be as large.
            Attempt::TooLarge { .. } => return Next::Keep,
            Attempt::Cut(cause) if cause.unreadable => return Next::Keep,
            // Two long waits were in vain: for the connection, and for a look at who is at fault.
            Attempt::NoConnection(cause) if cause.about == About::SilentProxy => return Next::GiveUp,
            Attempt::NoConnection(_) => self.connection.next(),
            Attempt::Unprocessed(_) => self.unprocessed.next(),
            Attempt::Answered(_) | Attempt::Broken(_) | Attempt::Silent(_) | Attempt::Cut(_) => match self.effect {
                Effect::Create => return Next::Keep,
                Effect::Read | Effect::Idempotent => self.service.next(),
            },
        };
        match pause {
            Some(pause) if pause.max(held) < left => Next::Repeat(pause),
            Some(_) => Next::NoTimeLeft,
            None => Next::GiveUp,
        }
    }
}

/// Pauses that begin with this many milliseconds and double each time. A random part of up to the
/// same length is added to each.
const fn growing(first: u64) -> ExponentialBuilder {
    ExponentialBuilder::new().with_jitter().with_min_delay(Duration::from_millis(first))
}

/// Whether a status means that the service was unavailable, or failed in a way that may pass.
fn is_passing(status: u16) -> bool {
    matches!(status, 500 | 502 | 503 | 504 | 520 | 521 | 522 | 524 | 530)
}

/// What an attempt says about the pace. `now` is compared with a date in the answer.
pub(super) fn outcome(attempt: &Attempt, now: SystemTime) -> Outcome {
    let asked = |response: &HttpResponse| response.retry_after.as_deref().and_then(|text| retry_after(text, now));
    match attempt {
        Attempt::Answered(response) if response.is_rate_limit() => Outcome::Refused(asked(response)),
        Attempt::Answered(response) => match (response.status, asked(response)) {
            (503, Some(asked)) => Outcome::Unavailable(asked),
            _ => Outcome::Accepted,
        },
        Attempt::TooLarge { .. } | Attempt::Cut(_) => Outcome::Accepted,
        Attempt::NoConnection(_) | Attempt::Unprocessed(_) | Attempt::Broken(_) | Attempt::Silent(_) => {
            Outcome::Unanswered
        }
    }
}

/// What an attempt says about whether the host is there.
pub(super) fn sign(attempt: &Attempt) -> Sign {
    match attempt {
        // A gateway in front of the API answers, and no wait is asked for.
        Attempt::Answered(HttpResponse { status: 502..=504 | 520..=530, retry_after: None, .. }) => Sign::None,
        Attempt::Answered(_) | Attempt::TooLarge { .. } | Attempt::Cut(_) => Sign::Alive,
        Attempt::NoConnection(_) | Attempt::Unprocessed(_) | Attempt::Broken(_) => Sign::None,
        Attempt::Silent(_) => Sign::Silent,
    }
}

/// The pause that a `Retry-After` asks for, in seconds or as a date. `None` if it is neither, or if
/// it asks for no pause, like a date in the past: without pauses, the calls would come in a rush.
fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let asked = match text.trim().parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => httpdate::parse_http_date(text).ok().and_then(|date| date.duration_since(now).ok()),
    };
    asked.filter(|asked| !asked.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descope::Cause;

    const SECOND: Duration = Duration::from_secs(1);
    const HOUR: Duration = Duration::from_secs(3600);
    const EFFECTS: [Effect; 3] = [Effect::Read, Effect::Idempotent, Effect::Create];

    fn answered(status: u16, body: &str, retry_after: Option<&str>) -> Attempt {
        let retry_after = retry_after.map(str::to_owned);
        Attempt::Answered(HttpResponse::new(status, retry_after, None, body.into()))
    }

    fn status(status: u16) -> Attempt {
        answered(status, "{}", None)
    }

    fn no_rights() -> Attempt {
        answered(403, r#"{"errorCode":"E111009"}"#, None)
    }

    fn broken() -> Attempt {
        Attempt::Broken("reset".into())
    }

    fn unprocessed() -> Attempt {
        Attempt::Unprocessed("GOAWAY".into())
    }

    fn no_connection() -> Attempt {
        Attempt::NoConnection("refused".into())
    }

    fn after(attempt: &Attempt, effect: Effect) -> Next {
        Retries::new(effect).after(attempt, Duration::ZERO, HOUR)
    }

    /// The pauses of a call whose attempts all end like this, and why it was not repeated again.
    /// Only the pauses take time.
    fn pauses(attempt: &Attempt, mut left: Duration) -> (Vec<Duration>, Next) {
        let (mut retries, mut pauses) = (Retries::new(Effect::Idempotent), Vec::new());
        loop {
            match retries.after(attempt, Duration::ZERO, left) {
                Next::Repeat(pause) => {
                    left -= pause;
                    pauses.push(pause);
                }
                end => return (pauses, end),
            }
        }
    }

    /// Whether a pause is this many milliseconds or up to twice as long.
    fn about(pause: Duration, milliseconds: u64) -> bool {
        let least = Duration::from_millis(milliseconds);
        least <= pause && pause <= 2 * least
    }

    #[test]
    fn a_creation_is_repeated_only_when_it_did_not_happen() {
        for attempt in [status(429), no_rights(), no_connection(), unprocessed()] {
            assert!(matches!(after(&attempt, Effect::Create), Next::Repeat(_) | Next::Queue), "{attempt:?}");
        }
        let (silent, cut) = (Attempt::Silent("60 seconds".into()), Attempt::Cut("reset".into()));
        for attempt in [broken(), silent, cut, status(503), status(524), status(500), status(400)] {
            assert_eq!(after(&attempt, Effect::Create), Next::Keep, "{attempt:?}");
        }
    }

    #[test]
    fn a_code_says_what_it_says_under_any_status() {
        for code in ["E130429", "E111009"] {
            let attempt = answered(200, &format!(r#"{{"errorCode":"{code}"}}"#), None);
            assert!(matches!(after(&attempt, Effect::Create), Next::Repeat(_) | Next::Queue), "{code}");
        }
        let inside = answered(200, r#"{"server":{"errorCode":"E111009"}}"#, None);
        assert_eq!(after(&inside, Effect::Read), Next::Keep);
    }

    #[test]
    fn other_calls_are_repeated_a_few_times() {
        for attempt in [status(500), status(503), status(524), broken()] {
            let (pauses, end) = pauses(&attempt, HOUR);
            assert!(pauses.iter().zip([250, 500, 1000, 2000, 4000]).all(|(pause, least)| about(*pause, least)));
            assert_eq!((pauses.len(), end), (5, Next::GiveUp), "{attempt:?}");
        }
        let (pauses, end) = pauses(&no_connection(), HOUR);
        assert!(pauses.iter().zip([250, 500, 1000, 2000]).all(|(pause, least)| about(*pause, least)));
        assert_eq!((pauses.len(), end), (4, Next::GiveUp));
    }

    #[test]
    fn a_proxy_that_says_nothing_was_waited_for_long_enough() {
        for effect in EFFECTS {
            let attempt = Attempt::NoConnection(Cause::new(About::SilentProxy, "x"));
            assert_eq!(after(&attempt, effect), Next::GiveUp);
        }
    }

    #[test]
    fn a_request_that_the_server_did_not_look_at_is_soon_sent_again() {
        let (pauses, end) = pauses(&unprocessed(), HOUR);
        assert!(pauses.iter().zip([50, 100, 200, 400, 800, 1600]).all(|(pause, least)| about(*pause, least)));
        assert_eq!((pauses.len(), end), (8, Next::GiveUp));
    }

    #[test]
    fn what_a_repetition_does_not_mend_is_kept() {
        for code in [200, 302, 400, 401, 403, 404, 501] {
            for effect in EFFECTS {
                assert_eq!(after(&status(code), effect), Next::Keep, "{code}");
            }
        }
        for effect in EFFECTS {
            assert_eq!(after(&Attempt::TooLarge { status: 503, limit: 1 }, effect), Next::Keep);
        }
    }

    #[test]
    fn rights_that_are_not_in_force_are_awaited_until_the_deadline() {
        let (pauses, end) = pauses(&no_rights(), Duration::from_secs(300));
        assert_eq!(end, Next::NoTimeLeft);
        assert!(pauses.len() >= 37, "the longest pause is 8 seconds: {pauses:?}");
        assert!(pauses.iter().sum::<Duration>() >= Duration::from_secs(292), "{pauses:?}");
        assert!(pauses.iter().zip([500, 1000, 2000]).all(|(pause, least)| about(*pause, least)), "{pauses:?}");
        assert!(pauses[3..].iter().all(|pause| about(*pause, 4000)), "{pauses:?}");
    }

    #[test]
    fn no_attempt_is_announced_that_the_deadline_forbids() {
        let mut retries = Retries::new(Effect::Read);
        let mut after = |attempt: Attempt, held: u64, left: u64| {
            retries.after(&attempt, Duration::from_secs(held), Duration::from_secs(left))
        };
        assert_eq!((after(status(429), 7, 8), after(status(429), 7, 7)), (Next::Queue, Next::NoTimeLeft));
        assert_eq!((after(status(429), 0, 0), after(no_connection(), 0, 0)), (Next::NoTimeLeft, Next::NoTimeLeft));
        assert!(matches!(after(status(503), 7, 8), Next::Repeat(_)));
        assert_eq!(after(status(503), 7, 7), Next::NoTimeLeft);
    }

    #[test]
    fn retry_after_is_understood_in_both_forms() {
        let now = httpdate::parse_http_date("Tue, 24 Nov 2026 12:00:00 GMT").unwrap();
        let asked = |text| outcome(&answered(429, "{}", Some(text)), now);
        assert_eq!(asked("7"), Outcome::Refused(Some(7 * SECOND)));
        assert_eq!(asked("Tue, 24 Nov 2026 12:00:03 GMT"), Outcome::Refused(Some(3 * SECOND)));
        for unusable in ["0", "Tue, 24 Nov 2020 12:00:03 GMT", "soon"] {
            assert_eq!(asked(unusable), Outcome::Refused(None), "{unusable}");
        }
    }

    #[test]
    fn a_host_is_there_if_the_api_answers_whatever_it_is() {
        for alive in [status(200), status(404), status(429), status(500), answered(503, "", Some("7"))] {
            assert_eq!(sign(&alive), Sign::Alive);
        }
        for none in [status(502), status(503), status(504), status(524), broken(), no_connection()] {
            assert_eq!(sign(&none), Sign::None);
        }
        assert_eq!(sign(&Attempt::Silent(Cause::default())), Sign::Silent);
    }

    #[test]
    fn only_a_service_that_says_how_long_makes_all_wait() {
        let outcome = |attempt| outcome(&attempt, SystemTime::now());
        assert_eq!(outcome(answered(503, "{}", Some("7"))), Outcome::Unavailable(7 * SECOND));
        for accepted in [status(503), status(200), answered(500, "{}", Some("7")), Attempt::Cut(Cause::default())] {
            assert_eq!(outcome(accepted), Outcome::Accepted);
        }
        for unanswered in [broken(), no_connection(), unprocessed()] {
            assert_eq!(outcome(unanswered), Outcome::Unanswered);
        }
    }

    #[test]
    fn one_kind_of_failure_does_not_use_up_the_repetitions_of_another() {
        let mut retries = Retries::new(Effect::Read);
        let mut after = |attempt: Attempt| retries.after(&attempt, Duration::ZERO, HOUR);
        for _ in 0..20 {
            assert_eq!(after(status(429)), Next::Queue);
        }
        assert!(matches!(after(status(503)), Next::Repeat(pause) if about(pause, 250)));
        assert!(matches!(after(no_connection()), Next::Repeat(pause) if about(pause, 250)));
        assert!(matches!(after(broken()), Next::Repeat(pause) if about(pause, 500)), "one kind with 503");
    }

    #[test]
    fn operations_that_failed_together_do_not_come_back_together() {
        assert_ne!(pauses(&status(503), HOUR), pauses(&status(503), HOUR));
    }
}
