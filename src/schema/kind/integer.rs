//! A whole number. Blank is `0`.

use super::Kind;
use crate::raw::{RawObject, Unexpected, noun, to_raw};
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
            Value::Number(number) if number.as_i64().is_none() => {
                Err(format!("{number} is not a whole number between {} and {}.", i64::MIN, i64::MAX))
            }
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

    fn take(&self, key: &str, object: &RawObject) -> Result<Value, Unexpected> {
        let Some(raw) = object.get(key) else { return Ok(Value::Number(Number::from(0_i64))) };
        // Protobuf's JSON writes a 64-bit integer as text.
        let text = serde_json::from_str::<String>(raw.get()).unwrap_or_else(|_| raw.get().to_owned());
        let number = text.parse::<Number>().ok().filter(|number| number.as_i64().is_some());
        number.map(Value::Number).ok_or(Unexpected { expected: "a whole number", found: noun(raw).into() })
    }
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
            assert_eq!(INTEGER.take("n", &object(json)), Ok(seven.clone()), "{json}");
        }
        assert_eq!(INTEGER.take("n", &object("{}")), Ok(Value::Number(Number::from(0_i64))));
        for json in [r#"{"n":7.5}"#, r#"{"n":"seven"}"#, r#"{"n":[]}"#] {
            assert!(INTEGER.take("n", &object(json)).is_err(), "{json}");
        }
    }

    #[test]
    fn fractions_are_refused_and_whole_numbers_written() {
        assert!(INTEGER.check(&Value::Number("1.5".parse().unwrap())).is_err());
        let mut written = RawObject::default();
        INTEGER.put(&Value::Number("9007199254740993".parse().unwrap()), "n", &mut written);
        assert_eq!(written.to_raw().get(), r#"{"n":9007199254740993}"#);
    }
}
