//! Values from JSON by type, as a state file holds them. Lenient where the protocol is: unknown keys are dropped (attributes that
//! a newer version had), missing ones are null (attributes that an older version lacked), scalars may be written as text.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::msgpack::Malformed;
use crate::value::{Number, Path, Type, Value};

/// Reads one value of a type.
pub(super) fn decode(bytes: &[u8], ty: &Type) -> Result<Value, Malformed> {
    let raw: Box<RawValue> = serde_json::from_slice(bytes)
        .map_err(|error| Malformed { path: Path::root(), reason: format!("no JSON: {}", error.classify_text()) })?;
    decode_raw(&raw, ty)
}

/// Reads one value of a type from JSON that was taken apart already.
pub(super) fn decode_raw(raw: &RawValue, ty: &Type) -> Result<Value, Malformed> {
    value(raw, ty, &Path::root())
}

fn value(raw: &RawValue, ty: &Type, at: &Path) -> Result<Value, Malformed> {
    if raw.get() == "null" {
        return Ok(Value::Null);
    }
    Ok(match ty {
        Type::Bool => match text_or_raw(raw).as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => return Err(mismatch(raw, ty, at)),
        },
        // The number's own text: a float would round what is beyond 2^53.
        Type::Number => Value::Number(text_or_raw(raw).parse::<Number>().map_err(|_| mismatch(raw, ty, at))?),
        Type::String => Value::string(read::<String>(raw, ty, at)?),
        Type::List(element) => Value::List(elements(raw, ty, element, at)?),
        Type::Set(element) => Value::set(elements(raw, ty, element, at)?),
        Type::Map(element) => {
            let entries: BTreeMap<String, Box<RawValue>> = read(raw, ty, at)?;
            let entry = |(key, raw): (String, Box<RawValue>)| {
                let value = value(&raw, element, &at.key(&key))?;
                Ok((key, value))
            };
            Value::Map(entries.into_iter().map(entry).collect::<Result<_, _>>()?)
        }
        Type::Object(attributes) => {
            let members: BTreeMap<String, Box<RawValue>> = read(raw, ty, at)?;
            let attribute = |(name, ty): (&String, &Type)| {
                let value = members.get(name).map_or(Ok(Value::Null), |raw| value(raw, ty, &at.attribute(name)))?;
                Ok((name.clone(), value))
            };
            Value::Object(attributes.iter().map(attribute).collect::<Result<_, _>>()?)
        }
    })
}

fn elements(raw: &RawValue, ty: &Type, element: &Type, at: &Path) -> Result<Vec<Value>, Malformed> {
    let elements: Vec<Box<RawValue>> = read(raw, ty, at)?;
    elements.iter().enumerate().map(|(index, raw)| value(raw, element, &at.index(index))).collect()
}

/// The text inside a JSON string, else the JSON itself.
fn text_or_raw(raw: &RawValue) -> String {
    serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().to_owned())
}

fn read<T: DeserializeOwned>(raw: &RawValue, ty: &Type, at: &Path) -> Result<T, Malformed> {
    serde_json::from_str(raw.get()).map_err(|_| mismatch(raw, ty, at))
}

fn mismatch(raw: &RawValue, ty: &Type, at: &Path) -> Malformed {
    Malformed { path: at.clone(), reason: format!("expected {}, found {}", ty.noun(), crate::raw::noun(raw)) }
}

/// What is wrong with a JSON text, without quoting it.
trait ClassifyText {
    fn classify_text(&self) -> String;
}

impl ClassifyText for serde_json::Error {
    fn classify_text(&self) -> String {
        format!("{:?} error in line {}, column {}", self.classify(), self.line(), self.column())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ty() -> Type {
        Type::Object(BTreeMap::from([
            ("name".to_owned(), Type::String),
            ("count".to_owned(), Type::Number),
            ("on".to_owned(), Type::Bool),
            ("tags".to_owned(), Type::Set(Box::new(Type::String))),
        ]))
    }

    #[test]
    fn state_is_read_leniently_and_exactly() {
        let text = br#" { "name": "x", "count": 12345678901234567890123, "on": "true", "gone": {"a": 1}, "tags": ["b","a","b"] } "#;
        let Value::Object(object) = decode(text, &ty()).unwrap() else { panic!("no object") };
        assert_eq!(object["count"], Value::Number("12345678901234567890123".parse().unwrap()));
        assert_eq!(object["on"], Value::Bool(true));
        assert_eq!(object["tags"], Value::set(["a".into(), "b".into()]));
        assert!(!object.contains_key("gone"));
        let Value::Object(object) = decode(b"{}", &ty()).unwrap() else { panic!("no object") };
        assert_eq!(object.len(), 4);
        assert!(object.values().all(Value::is_null));
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_path() {
        for (text, message) in [
            (&br#"{"name": 1}"#[..], "at `name`: expected text, found a number"),
            (br#"{"tags": ["a", []]}"#, "at `tags[1]`: expected text, found a list"),
            (br#"{"count": "many"}"#, "at `count`: expected a number, found text"),
            (br#"[]"#, "expected an object, found a list"),
        ] {
            assert_eq!(decode(text, &ty()).unwrap_err().to_string(), message);
        }
        assert!(decode(b"{", &ty()).is_err());
        assert!(decode(b"", &ty()).is_err());
    }
}
