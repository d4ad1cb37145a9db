//! Whether to try again, and when: a pure decision over what came back and what the call does.
//!
//! - 429 and E111009 are answered before a call has any effect, so every call is repeated, until the deadline.
//! - Statuses that say the service was not there, and broken connections, are repeated unless the call creates: an object created
//!   twice is worse than an error.

use std::time::{Duration, SystemTime};

use super::call::{Attempt, Effect};

/// How often a call is repeated when the service was not there or the connection broke: over some eight seconds, which outlasts a restart.
const REPEATS: u32 = 5;

/// How often a call is repeated when no connection can be made: over some four seconds, since a wrong address is no passing trouble.
const CONNECTIONS: u32 = 4;

/// How often a call is repeated while the key's rights are not in force yet.
const RIGHTS: u32 = 6;

/// The longest that one `Retry-After` is waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How long to wait before the next attempt; `None` when this was the last. `number` counts attempts from 0.
pub(super) fn wait(attempt: &Attempt, effect: Effect, number: u32, now: SystemTime) -> Option<Duration> {
    let backoff = Duration::from_millis(250).saturating_mul(2_u32.saturating_pow(number.min(6)));
    match attempt {
        Attempt::Answered(response) if response.status == 429 => {
            let asked = response.retry_after.as_deref().and_then(|text| parse_retry_after(text, now));
            // A date in the past, be it for a clock that is ahead, must not make a loop without a pause.
            let asked = asked.map(|asked| if asked.is_zero() { backoff } else { asked });
            Some(asked.unwrap_or(backoff * 4).min(LONGEST_WAIT))
        }
        Attempt::Answered(response) if response.status >= 400 && response.error_code() == "E111009" => {
            (number < RIGHTS).then_some(backoff * 2)
        }
        Attempt::Answered(response) => {
            let not_there = matches!(response.status, 503 | 520 | 521 | 522 | 524 | 530);
            let passing = not_there || matches!(response.status, 500 | 502 | 504);
            (passing && effect != Effect::Create && number < REPEATS).then_some(backoff)
        }
        Attempt::NoConnection(_) => (number < CONNECTIONS).then_some(backoff),
        Attempt::Broken(_) => (effect != Effect::Create && number < REPEATS).then_some(backoff),
    }
}

/// A `Retry-After` of either form: seconds, or a date.
fn parse_retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    match text.trim().parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => httpdate::parse_http_date(text).ok().map(|date| date.duration_since(now).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::call::HttpResponse;
    use super::*;

    fn answered(status: u16, body: &str, retry_after: Option<&str>) -> Attempt {
        let retry_after = retry_after.map(str::to_owned);
        Attempt::Answered(HttpResponse { status, retry_after, request_id: None, body: body.into() })
    }

    fn status(status: u16) -> Attempt {
        answered(status, "{}", None)
    }

    fn broken() -> Attempt {
        Attempt::Broken("reset".to_owned())
    }

    #[test]
    fn a_creation_is_repeated_only_when_it_did_not_happen() {
        let now = SystemTime::now();
        for (attempt, repeated) in [
            (status(429), true),
            (answered(403, r#"{"errorCode":"E111009"}"#, None), true),
            (Attempt::NoConnection("refused".to_owned()), true),
            (broken(), false),
            (status(503), false),
            (status(524), false),
            (status(500), false),
            (status(400), false),
        ] {
            assert_eq!(wait(&attempt, Effect::Create, 0, now).is_some(), repeated, "{attempt:?}");
        }
    }

    #[test]
    fn other_calls_are_repeated_a_few_times() {
        let now = SystemTime::now();
        for attempt in [status(500), status(503), status(524), broken()] {
            assert!(wait(&attempt, Effect::Idempotent, 0, now).is_some(), "{attempt:?}");
            assert!(wait(&attempt, Effect::Read, REPEATS, now).is_none(), "{attempt:?}");
        }
        for attempt in [status(400), status(401), status(403), status(404)] {
            assert!(wait(&attempt, Effect::Read, 0, now).is_none(), "{attempt:?}");
        }
    }

    #[test]
    fn retry_after_is_obeyed_in_both_forms() {
        let now = httpdate::parse_http_date("Tue, 24 Nov 2026 12:00:00 GMT").unwrap();
        let limited = |retry_after| answered(429, r#"{"errorCode":"E130429"}"#, Some(retry_after));
        assert_eq!(wait(&limited("7"), Effect::Create, 9, now), Some(Duration::from_secs(7)));
        assert_eq!(wait(&limited("Tue, 24 Nov 2026 12:00:03 GMT"), Effect::Read, 0, now), Some(Duration::from_secs(3)));
        for soon in ["0", "Tue, 24 Nov 2020 12:00:03 GMT"] {
            assert_eq!(wait(&limited(soon), Effect::Read, 0, now), Some(Duration::from_millis(250)));
            assert_eq!(wait(&limited(soon), Effect::Read, 9, now), Some(Duration::from_secs(16)));
        }
        assert_eq!(wait(&limited("9999"), Effect::Read, 0, now), Some(LONGEST_WAIT));
        assert_eq!(wait(&limited("soon"), Effect::Read, 0, now), Some(Duration::from_secs(1)));
    }
}
