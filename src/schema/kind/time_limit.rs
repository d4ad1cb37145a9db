// SPDX-License-Identifier: Apache-2.0

//! How long something may take, as one text: `"5m"` and `"1h30m"` as users of other providers write
//! it, or `"5 minutes"`. Lengths are compared, not texts. Only this side reads it, so no API limits
//! what it may say. Nothing and less than nothing are no time limits.

use std::borrow::Cow;
use std::time::Duration;

use super::Kind;
use super::meant::Meant;
use crate::raw::{RawObject, RawView, Unexpected, to_raw};
use crate::schema::Literal;
use crate::value::{Type, Value};

/// How long something may take.
pub const TIME_LIMIT: &dyn Kind = &TimeLimit;

struct TimeLimit;

impl Kind for TimeLimit {
    fn ty(&self) -> Type {
        Type::String
    }

    fn example(&self) -> Literal {
        Literal::Text("5m")
    }

    fn says(&self) -> &'static str {
        "A length of time above zero, such as `\"90s\"`, `\"5m\"`, `\"1h30m\"` or `\"5 minutes\"`."
    }

    fn check(&self, value: &Value) -> Result<(), String> {
        match value.as_str() {
            Some(text) if time_limit(text).is_none() => Err(match Meant::of(text).map(Meant::as_in_go) {
                Some(instead) => format!("{text:?} is not how a time limit is written. Write {instead:?}."),
                None => format!(
                    "{text:?} is not a length of time above zero. Write numbers with their units, as in \"90s\", \
                     \"5m\", \"1h30m\" or \"5 minutes\"."
                ),
            }),
            _ => Ok(()),
        }
    }

    fn meant(&self, value: &Value) -> Option<String> {
        value.as_str().and_then(Meant::of).map(Meant::as_in_go)
    }

    fn meaning<'a>(&self, value: &'a Value) -> Cow<'a, Value> {
        // Longer than any number of nanoseconds in an u64 is centuries, and then only equal texts are the same.
        let length = value.as_str().and_then(time_limit).and_then(|length| u64::try_from(length.as_nanos()).ok());
        length.map_or(Cow::Borrowed(value), |length| Cow::Owned(Value::Number(length.into())))
    }

    fn put(&self, value: &Value, key: &str, object: &mut RawObject) {
        if let Some(text) = value.as_str() {
            object.set(key, to_raw(text));
        }
    }

    fn take(&self, key: &str, object: &RawView<'_>) -> Result<Value, Unexpected> {
        Ok(Value::string(object.text(key, "text")?.unwrap_or_default()))
    }
}

/// The length of a text such as `"1h30m"`. `None` if it is not one above zero.
pub fn time_limit(text: &str) -> Option<Duration> {
    // `M` would be a month, and is more likely to be meant as a minute.
    let is_clear = !text.contains(|letter: char| letter.is_ascii_uppercase());
    humantime::parse_duration(text).ok().filter(|length| is_clear && !length.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_as_in_go_or_in_words() {
        for (text, length) in [
            ("90s", 90),
            ("5m", 300),
            ("1h30m", 5400),
            ("1.5h", 5400),
            ("2h0m0s", 7200),
            ("5 minutes", 300),
            ("1 hour", 3600),
            ("1 hour 30 minutes", 5400),
            ("2 days", 172_800),
        ] {
            assert_eq!(time_limit(text), Some(Duration::from_secs(length)), "{text}");
            assert_eq!(TIME_LIMIT.check(&text.into()), Ok(()));
        }
        assert_eq!(time_limit("500ms"), Some(Duration::from_millis(500)));
    }

    #[test]
    fn nothing_and_less_are_refused() {
        for text in [
            "",
            " ",
            "0",
            "0s",
            "0m0s",
            "-5m",
            "5",
            "5M",
            "P1M",
            "5 parsecs",
            "m",
            "never",
            "1h-30m",
            "99999999999999999999h",
        ] {
            assert!(TIME_LIMIT.check(&text.into()).unwrap_err().contains("\"5m\""), "{text}");
        }
        assert_eq!(TIME_LIMIT.check(&Value::unknown()), Ok(()));
        for (text, instead) in [("PT1H30M", "1h30m"), ("5 Minutes", "5m"), ("2 Hours", "2h"), ("P1D", "24h")] {
            let reason = TIME_LIMIT.check(&text.into()).unwrap_err();
            assert!(reason.ends_with(&format!("Write {instead:?}.")), "{text}: {reason}");
        }
    }

    #[test]
    fn lengths_are_compared() {
        assert!(TIME_LIMIT.same(&"60s".into(), &"1 minute".into()));
        assert!(!TIME_LIMIT.same(&"60s".into(), &"61s".into()) && !TIME_LIMIT.same(&"never".into(), &"soon".into()));
    }
}
