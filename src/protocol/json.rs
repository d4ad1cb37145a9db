// SPDX-License-Identifier: Apache-2.0

//! JSON → values, by type. State files and some tests hold values in JSON.
//!
//! Reading is as lenient as the protocol asks: attributes that the type doesn't have are dropped,
//! because a newer version may have stored them. Missing ones are null, because an older version
//! may not have had them. Numbers and Booleans may be written as texts. Called by the protocol's
//! `decode`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::msgpack::Malformed;
use crate::value::{Number, Step, Type, Value};

/// Reads one value of a type.
pub(super) fn decode(bytes: &[u8], ty: &Type) -> Result<Value, Malformed> {
    decode_raw(serde_json::from_slice(bytes).map_err(|error| invalid(&error))?, ty)
}

/// Reads one value of a type from JSON text that is known to be valid.
pub(super) fn decode_raw(raw: &RawValue, ty: &Type) -> Result<Value, Malformed> {
    if raw.get() == "null" {
        return Ok(Value::Null);
    }
    Ok(match ty {
        Type::Bool => match text_or_raw(raw).as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => return Err(mismatch(raw, ty)),
        },
        // The text of the number itself. A float would round what is beyond 2^53.
        Type::Number => Value::Number(text_or_raw(raw).parse::<Number>().map_err(|_| mismatch(raw, ty))?),
        Type::String => Value::string(read::<String>(raw, ty)?),
        Type::List(element) => Value::List(elements(raw, ty, element)?),
        Type::Set(element) => Value::set(elements(raw, ty, element)?),
        Type::Map(element) => {
            let entries: BTreeMap<String, &RawValue> = read(raw, ty)?;
            let entry = |(key, raw): (String, &RawValue)| match decode_raw(raw, element) {
                Ok(value) => Ok((key, value)),
                Err(error) => Err(error.under(Step::Key(key))),
            };
            Value::Map(entries.into_iter().map(entry).collect::<Result<_, _>>()?)
        }
        Type::Object(attributes) => {
            let members: BTreeMap<String, &RawValue> = read(raw, ty)?;
            let attribute = |(name, ty): (&'static str, &Type)| {
                let value = members.get(name).map_or(Ok(Value::Null), |raw| decode_raw(raw, ty));
                Ok((name, value.map_err(|error| error.under(Step::Attribute(name)))?))
            };
            Value::Object(attributes.iter().map(attribute).collect::<Result<_, Malformed>>()?)
        }
    })
}

fn elements(raw: &RawValue, ty: &Type, element: &Type) -> Result<Vec<Value>, Malformed> {
    let elements: Vec<&RawValue> = read(raw, ty)?;
    let read =
        |(index, raw): (usize, &&RawValue)| decode_raw(raw, element).map_err(|error| error.under(Step::Index(index)));
    elements.iter().enumerate().map(read).collect()
}

/// The text inside a JSON string. Any other JSON as it is.
fn text_or_raw(raw: &RawValue) -> String {
    serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().to_owned())
}

fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue, ty: &Type) -> Result<T, Malformed> {
    serde_json::from_str(raw.get()).map_err(|_| mismatch(raw, ty))
}

fn mismatch(raw: &RawValue, ty: &Type) -> Malformed {
    Malformed::new(format!("expected {}, found {}", ty.noun(), crate::raw::noun(raw)))
}

/// The error of a text that is not JSON. It has a place in the text but doesn't quote it.
fn invalid(error: &serde_json::Error) -> Malformed {
    Malformed::new(format!(
        "the text is not JSON ({:?} error in line {}, column {})",
        error.classify(),
        error.line(),
        error.column()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::AttributeTypes;

    fn ty() -> Type {
        Type::Object(AttributeTypes::from([
            ("name", Type::String),
            ("count", Type::Number),
            ("on", Type::Bool),
            ("tags", Type::Set(Box::new(Type::String))),
        ]))
    }

    #[test]
    fn state_is_read_leniently_and_exactly() {
        let text = br#" { "name": "x", "count": 12345678901234567890123, "on": "true", "gone": {"a": 1},
            "tags": ["b", "a","b"] } "#;
        let Value::Object(object) = decode(text, &ty()).unwrap() else { panic!("not an object") };
        assert_eq!(object["count"], Value::Number("12345678901234567890123".parse().unwrap()));
        assert_eq!(object["on"], Value::Bool(true));
        assert_eq!(object["tags"], Value::set(["a".into(), "b".into()]));
        assert!(!object.contains_key("gone"));
        let Value::Object(object) = decode(b"{}", &ty()).unwrap() else { panic!("not an object") };
        assert_eq!(object.len(), 4);
        assert!(object.values().all(Value::is_null));
    }

    #[test]
    fn errors_name_the_place_and_quote_nothing() {
        for (text, message) in [
            (&br#"{"name": 1}"#[..], "at `name`: expected text, found a number"),
            (br#"{"tags": ["a", []]}"#, "at `tags[1]`: expected text, found a list"),
            (br#"{"count": "many"}"#, "at `count`: expected a number, found text"),
            (br#"[]"#, "expected an object, found a list"),
        ] {
            assert_eq!(decode(text, &ty()).unwrap_err().to_string(), message);
        }
        let error = decode(br#"{"name": "a secret}"#, &ty()).unwrap_err();
        assert_eq!(error.to_string(), "the text is not JSON (Eof error in line 1, column 19)");
        assert!(decode(b"", &ty()).is_err());
    }
}
