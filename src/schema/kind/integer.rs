// SPDX-License-Identifier: Apache-2.0

//! A whole number. Blank is `0`.

use super::Kind;
use crate::raw::{RawObject, RawView, Unexpected, noun, to_raw};
use crate::schema::Literal;
use crate::value::{Number, Type, Value};

/// A whole number.
pub const INTEGER: &dyn Kind = &Integer;

struct Integer;

impl Kind for Integer {
    fn ty(&self) -> Type {
        Type::Number
    }

    fn example(&self) -> Literal {
        Literal::Integer(3)
    }

    fn check(&self, value: &Value) -> Result<(), String> {
        match value {
            Value::Number(number) => whole(number).map(|_| ()),
            _ => Ok(()),
        }
    }

    fn put(&self, value: &Value, key: &str, object: &mut RawObject) {
        if let Value::Number(number) = value
            && let Some(number) = number.as_i64()
        {
            object.set(key, to_raw(&number));
        }
    }

    fn take(&self, key: &str, object: &RawView<'_>) -> Result<Value, Unexpected> {
        let Some(raw) = object.get(key) else { return Ok(Value::Number(Number::from(0_i64))) };
        // Protobuf's JSON writes a 64-bit integer as text.
        let text = serde_json::from_str::<String>(raw.get()).unwrap_or_else(|_| raw.get().to_owned());
        let number = text.parse::<Number>().ok().filter(|number| number.as_i64().is_some());
        number.map(Value::Number).ok_or(Unexpected { expected: "a whole number", found: noun(raw).into() })
    }
}

/// A whole number, or what is wrong with it.
pub fn whole(number: &Number) -> Result<i64, String> {
    number.as_i64().ok_or_else(|| {
        let text = number.to_string();
        // Only a number that is too long for plain digits is written with an exponent.
        match text.contains('.') || text.contains("e-") {
            true => format!("{text} is not a whole number."),
            false if text.starts_with('-') => format!("{text} is too small: the minimum is {}.", i64::MIN),
            false => format!("{text} is too large: the maximum is {}.", i64::MAX),
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn object(text: &str) -> RawObject {
        RawObject::parse(&RawValue::from_string(text.to_owned()).unwrap()).unwrap()
    }

    #[test]
    fn whole_numbers_are_read_as_numbers_and_as_text() {
        let seven = Value::Number(Number::from(7_i64));
        for json in [r#"{"n":7}"#, r#"{"n":"7"}"#, r#"{"n":7.0}"#] {
            assert_eq!(INTEGER.take("n", &object(json).view()), Ok(seven.clone()), "{json}");
        }
        assert_eq!(INTEGER.take("n", &object("{}").view()), Ok(Value::Number(Number::from(0_i64))));
        for json in [r#"{"n":7.5}"#, r#"{"n":"seven"}"#, r#"{"n":[]}"#] {
            assert!(INTEGER.take("n", &object(json).view()).is_err(), "{json}");
        }
    }

    #[test]
    fn fractions_are_refused_and_whole_numbers_written() {
        for (text, words) in [
            ("1.5", "1.5 is not a whole number."),
            ("1e-9999", "1e-9999 is not a whole number."),
            ("1e30", "is too large: the maximum is 9223372036854775807."),
            ("-1e9999", "-1e9999 is too small: the minimum is -9223372036854775808."),
        ] {
            let reason = INTEGER.check(&Value::Number(text.parse().unwrap())).unwrap_err();
            assert!(reason.ends_with(words), "{reason}");
        }
        let mut written = RawObject::default();
        INTEGER.put(&Value::Number("9007199254740993".parse().unwrap()), "n", &mut written);
        assert_eq!(written.to_raw().get(), r#"{"n":9007199254740993}"#);
    }
}
