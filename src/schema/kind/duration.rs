// SPDX-License-Identifier: Apache-2.0

//! A length of time as one text, `"10 minutes"`, kept remotely as two members: a number at the key,
//! and its unit at the key with `Unit` behind it. Lengths are compared, not texts: "60 minutes"
//! equals "1 hour". Blank is `""`.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::Kind;
use super::meant::Meant;
use crate::raw::{RawObject, RawView, Unexpected, noun, to_raw};
use crate::schema::Literal;
use crate::value::{Number, Type, Value};

/// A length of time.
pub const DURATION: &dyn Kind = &Duration;

/// The unit words, as the API writes them, with their length in seconds.
const UNITS: [(&str, i64); 5] =
    [("seconds", 1), ("minutes", 60), ("hours", 3_600), ("days", 86_400), ("weeks", 604_800)];

struct Duration;

impl Kind for Duration {
    fn ty(&self) -> Type {
        Type::String
    }

    fn example(&self) -> Literal {
        Literal::Text("10 minutes")
    }

    fn says(&self) -> &'static str {
        "A whole number of seconds, minutes, hours, days or weeks, such as `\"10 minutes\"`."
    }

    fn check(&self, value: &Value) -> Result<(), String> {
        match value.as_str() {
            Some(text) if !text.is_empty() => seconds(text).map(|_| ()),
            _ => Ok(()),
        }
    }

    fn meant(&self, value: &Value) -> Option<String> {
        value.as_str().and_then(meant)
    }

    /// A count and a unit that this side does not know are shown as they are.
    fn may_be_answered(&self, value: &Value) -> bool {
        let Some((count, unit)) = value.as_str().and_then(|text| text.split_once(' ')) else { return false };
        let digits = count.bytes().all(|byte| byte.is_ascii_digit());
        let word = !unit.is_empty() && unit.bytes().all(|byte| byte.is_ascii_alphabetic());
        digits && word && count.parse::<i64>().is_ok_and(|count| count > 0)
    }

    fn meaning<'a>(&self, value: &'a Value) -> Cow<'a, Value> {
        length(value).map_or(Cow::Borrowed(value), |length| Cow::Owned(Value::Number(length.into())))
    }

    fn put(&self, value: &Value, key: &str, object: &mut RawObject) {
        let Some(text) = value.as_str() else { return };
        // `""` clears: zero and no unit are what the API answers for a length that was never set.
        let (count, unit) = parse(text).unwrap_or((0, ""));
        object.set(key, to_raw(&count));
        object.set(&unit_key(key), to_raw(unit));
    }

    fn take(&self, key: &str, object: &RawView<'_>) -> Result<Value, Unexpected> {
        let count = object.get(key).map(count).transpose()?.unwrap_or(0);
        let unit = object.text(&unit_key(key), "a unit of time")?.unwrap_or_default();
        if count == 0 || unit.is_empty() {
            return Ok(Value::string(""));
        }
        if count < 0 {
            return Err(Unexpected { expected: "a length of time", found: "a negative number".into() });
        }
        if !unit.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err(Unexpected { expected: "a unit of time", found: "a text that is not a word".into() });
        }
        // A unit that we don't know is shown as it is: users must see what Descope has.
        let unit = if count == 1 { unit.strip_suffix('s').unwrap_or(&unit) } else { &unit };
        Ok(Value::string(format!("{count} {unit}")))
    }
}

/// The length in seconds of a text such as `"4 weeks"`, or what is wrong with it, and how to write what is meant.
pub fn seconds(text: &str) -> Result<i64, String> {
    let instead = |reason| match meant(text) {
        Some(words) => format!("{text:?} is not how Descope writes a length of time. Write {words:?}."),
        None if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() => {
            // An example would be taken for what is meant.
            format!(
                "{text:?} has no unit. Write it after the number and a space: seconds, minutes, hours, days or weeks."
            )
        }
        None => reason,
    };
    let (count, unit) = parse(text).map_err(instead)?;
    let length = UNITS.iter().find(|(word, _)| *word == unit).map_or(0, |(_, length)| *length);
    Ok(i64::from(count).saturating_mul(length))
}

/// How Descope writes the length that a text likely means.
fn meant(text: &str) -> Option<String> {
    Meant::of(text).map(Meant::as_words).filter(|words| parse(words).is_ok())
}

fn unit_key(key: &str) -> String {
    format!("{key}Unit")
}

fn length(value: &Value) -> Option<i64> {
    match value.as_str()? {
        "" => Some(0),
        text => seconds(text).ok(),
    }
}

/// A count and the API's word for its unit. The API's count is an int32.
fn parse(text: &str) -> Result<(i32, &'static str), String> {
    let advice =
        "Write a whole number, a space and a unit: seconds, minutes, hours, days or weeks, as in \"10 minutes\".";
    let words = text.split_once(' ').filter(|_| text.split(char::is_whitespace).all(|word| !word.is_empty()));
    let (count, unit) = words.ok_or_else(|| format!("{text:?} is not a length of time. {advice}"))?;
    if !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{count:?} in {text:?} is not a whole number from zero up. {advice}"));
    }
    let Ok(count) = count.parse::<i32>() else {
        return Err(format!("{count:?} in {text:?} is too large: the maximum is {}.", i32::MAX));
    };
    let known = UNITS.iter().find(|(word, _)| *word == unit || word.strip_suffix('s') == Some(unit));
    match known {
        Some((word, _)) => Ok((count, word)),
        None if unit.strip_suffix('s').unwrap_or(unit).eq_ignore_ascii_case("month") => {
            let days = i64::from(count).saturating_mul(30);
            Err(format!("{unit:?} in {text:?} has no fixed length. Write it in days, such as \"{days} days\"."))
        }
        None => Err(format!("{unit:?} in {text:?} is not a unit of time that Descope knows. {advice}")),
    }
}

/// A count as an answer gives it: a number, or its text.
fn count(raw: &RawValue) -> Result<i64, Unexpected> {
    let unexpected = || Unexpected { expected: "a whole number", found: noun(raw).into() };
    let text = match raw.get().starts_with('"') {
        true => Cow::Owned(serde_json::from_str::<String>(raw.get()).map_err(|_| unexpected())?),
        false => Cow::Borrowed(raw.get()),
    };
    if let Ok(count) = text.parse() {
        return Ok(count);
    }
    text.parse::<Number>().ok().and_then(|number| number.as_i64()).ok_or_else(unexpected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> RawObject {
        RawObject::parse(&RawValue::from_string(text.to_owned()).unwrap()).unwrap()
    }

    #[test]
    fn what_a_person_may_write() {
        for (text, length) in
            [("1 second", 1), ("10 minutes", 600), ("1 hours", 3_600), ("0 days", 0), ("4 weeks", 2_419_200)]
        {
            assert_eq!(seconds(text), Ok(length), "{text}");
        }
        for text in [
            "4 fortnights",
            "10",
            "minutes",
            "ten minutes",
            "-1 days",
            "1.5 hours",
            "10  minutes",
            "99999999999 days",
            "+5 days",
            "672h",
        ] {
            assert!(DURATION.check(&text.into()).is_err(), "{text}");
        }
        for (text, words) in [
            (" 10 minutes", "\" 10 minutes\" is not how Descope writes a length of time. Write \"10 minutes\"."),
            ("10  minutes", "Write \"10 minutes\"."),
            ("10 minutes ", "Write \"10 minutes\"."),
            ("10 Minutes", "Write \"10 minutes\"."),
            ("672h", "Write \"672 hours\"."),
            ("1h30m", "Write \"90 minutes\"."),
            ("1.5 hours", "Write \"90 minutes\"."),
            (
                "600",
                "\"600\" has no unit. Write it after the number and a space: seconds, minutes, hours, days or weeks.",
            ),
            ("ten minutes", "\"ten\" in \"ten minutes\" is not a whole number from zero up."),
            ("2147483648 seconds", "is too large: the maximum is 2147483647."),
            ("2 months", "\"months\" in \"2 months\" has no fixed length. Write it in days, such as \"60 days\"."),
            ("4 Fortnights", "\"Fortnights\" in \"4 Fortnights\" is not a unit of time that Descope knows."),
        ] {
            let reason = seconds(text).unwrap_err();
            assert!(reason.contains(words), "{text}: {reason}");
        }
        assert_eq!(DURATION.check(&"".into()), Ok(()));
    }

    #[test]
    fn what_an_answer_may_hold_beyond_that() {
        for text in ["3 months", "1 fortnight", "99999999999 days", "10 Minutes"] {
            let value = text.into();
            assert!(DURATION.check(&value).is_err() && DURATION.may_be_answered(&value), "{text}");
        }
        for text in ["10", "soon", "10  minutes", "-1 days", "1.5 hours", "0 months", "99999999999999999999 days", ""] {
            assert!(!DURATION.may_be_answered(&text.into()), "{text}");
        }
        let answered = DURATION.take("t", &object(r#"{"t":99999999999,"tUnit":"fortnights"}"#).view()).unwrap();
        assert!(DURATION.may_be_answered(&answered), "{answered:?}");
    }

    #[test]
    fn equal_lengths_are_equal() {
        for (a, b) in [("60 minutes", "1 hour"), ("7 days", "1 week"), ("", "0 minutes"), ("1 day", "1 days")] {
            assert!(DURATION.same(&a.into(), &b.into()), "{a} {b}");
        }
        assert!(!DURATION.same(&"1 hour".into(), &"61 minutes".into()));
        assert!(!DURATION.same(&"3 months".into(), &"4 months".into()));
        assert!(!DURATION.same(&Value::unknown(), &"1 hour".into()));
    }

    #[test]
    fn two_members_become_one_text_and_back() {
        for (text, json) in [
            ("10 minutes", r#"{"t":10,"tUnit":"minutes"}"#),
            ("1 week", r#"{"t":1,"tUnit":"weeks"}"#),
            ("", r#"{"t":0,"tUnit":""}"#),
        ] {
            let mut written = RawObject::default();
            DURATION.put(&text.into(), "t", &mut written);
            assert_eq!(written.to_raw().get(), json);
            assert_eq!(DURATION.take("t", &written.view()), Ok(text.into()));
        }
    }

    #[test]
    fn answers_are_read_leniently() {
        for (json, text) in [
            (r#"{"t":"10","tUnit":"minutes"}"#, "10 minutes"),
            (r#"{"t":10.0,"tUnit":"minutes"}"#, "10 minutes"),
            (r#"{"t":null,"tUnit":null}"#, ""),
            (r#"{}"#, ""),
            (r#"{"tUnit":"minutes"}"#, ""),
            (r#"{"t":3,"tUnit":"months"}"#, "3 months"),
        ] {
            assert_eq!(DURATION.take("t", &object(json).view()), Ok(text.into()), "{json}");
        }
        assert!(DURATION.take("t", &object(r#"{"t":"soon","tUnit":"minutes"}"#).view()).is_err());
    }
}
