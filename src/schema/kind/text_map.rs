// SPDX-License-Identifier: Apache-2.0

//! Texts by key. Blank is `{}`.

use std::collections::BTreeMap;

use super::Kind;
use crate::raw::{RawObject, RawView, Unexpected, to_raw};
use crate::schema::Literal;
use crate::value::{Type, Value};

/// Texts by key.
pub const TEXT_MAP: &dyn Kind = &TextMap;

struct TextMap;

impl Kind for TextMap {
    fn ty(&self) -> Type {
        Type::Map(Box::new(Type::String))
    }

    fn example(&self) -> Literal {
        Literal::Pairs(&[("team", "platform")])
    }

    fn check(&self, value: &Value) -> Result<(), String> {
        match value {
            Value::Map(entries) => match entries.iter().find(|(_, text)| text.is_null()) {
                Some((key, _)) => Err(format!("The value of {key:?} is null. Leave the key out.")),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn put(&self, value: &Value, key: &str, object: &mut RawObject) {
        if let Value::Map(entries) = value {
            let texts: BTreeMap<&str, &str> =
                entries.iter().filter_map(|(key, text)| Some((key.as_str(), text.as_str()?))).collect();
            object.set(key, to_raw(&texts));
        }
    }

    fn take(&self, key: &str, object: &RawView<'_>) -> Result<Value, Unexpected> {
        // A key that occurs twice is refused: writing the map would lose one of its values.
        object.object(key)?;
        let texts: BTreeMap<String, String> = object.scalar(key, "an object of texts")?.unwrap_or_default();
        Ok(Value::Map(texts.into_iter().map(|(key, text)| (key, Value::string(text))).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_written_and_read() {
        let map = Literal::Pairs(&[("b", "2"), ("a", "1")]).value();
        let mut written = RawObject::default();
        TEXT_MAP.put(&map, "m", &mut written);
        assert_eq!(written.to_raw().get(), r#"{"m":{"a":"1","b":"2"}}"#);
        assert_eq!(TEXT_MAP.take("m", &written.view()), Ok(map));
        assert_eq!(TEXT_MAP.take("n", &written.view()), Ok(Value::Map(BTreeMap::new())));
    }

    #[test]
    fn a_key_that_occurs_twice_is_refused() {
        let twice = serde_json::value::RawValue::from_string(r#"{"m":{"a":"1","a":"2"}}"#.to_owned()).unwrap();
        assert!(TEXT_MAP.take("m", &RawObject::parse(&twice).unwrap().view()).is_err());
    }

    #[test]
    fn a_null_value_is_refused_with_its_key() {
        let map = Value::Map(BTreeMap::from([("k".to_owned(), Value::Null)]));
        assert!(TEXT_MAP.check(&map).unwrap_err().contains("\"k\""));
    }
}
